#pragma once

#include "reconcilers/rollout/reduce.hpp"

namespace wavegate::rollout {

/// Makes the record the one of this desired state: a new digest is a new rollout that inherits
/// what is in motion; members are the deployed services, each with the mode it should run in.
void enrol(Reducer& reducer);

}  // namespace wavegate::rollout
