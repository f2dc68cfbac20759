#pragma once

#include "reconcilers/rollout/plan.hpp"

namespace wavegate::rollout {

/// The multiplexer as a member of its own: wired once policies and client stand, restarted when
/// it lost children, unwired when its wiring breaks it. Any restart of it is an action on the
/// whole fleet: it waits until nothing is between its flip and a passed direct probe.
void advance_multiplexer(Plan& plan);

}  // namespace wavegate::rollout
