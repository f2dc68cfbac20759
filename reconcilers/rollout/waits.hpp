#pragma once

#include "reconcilers/rollout/reduce.hpp"

namespace wavegate::rollout {

/// A wait for each member that is not Ready, or is Ready and doubted: what it waits for, and the
/// verb that ends it, which is accepted then. And one for each object that only a person can bring
/// to what is desired, an env sync that needs other lines in a file included.
void tell_waits(Reducer& reducer);

}  // namespace wavegate::rollout
