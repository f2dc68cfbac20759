#pragma once

#include "reconcilers/rollout/plan.hpp"

namespace wavegate::rollout {

/// Do gates 1 and 2 hold on fresh evidence (taken in this rollout, after the last verdict, not
/// older than a minute, about what is there now)? Asks them when they do not.
bool gates_are_fresh(Plan& plan);

/// Follows the shared parts while they are bad: good for two minutes ends it.
void follow_shared_parts(Plan& plan);

/// Has gate 2 passed for the policies as they are now? Asks it when not.
bool policies_verified(Plan& plan);

}  // namespace wavegate::rollout
