#pragma once

#include "reconcilers/rollout/reduce.hpp"

namespace wavegate::rollout {

/// Remembers tool names that baselines and direct probes showed; never forgets one. A service that
/// shows other names each time is remembered by its first ones.
void remember_tools(Reducer& reducer);

}  // namespace wavegate::rollout
