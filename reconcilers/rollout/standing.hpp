#pragma once

#include "reconcilers/rollout/reduce.hpp"

namespace wavegate::rollout {

/// Is everything that is desired in force, but for what a person or a wave let off? Those are named
/// in the event that says so.
void finish(Reducer& reducer);

/// What `apply` and `rollout status` end with (design §9).
Standing standing(const Reducer& reducer);

}  // namespace wavegate::rollout
