#pragma once

#include "reconcilers/rollout/reduce.hpp"

namespace wavegate::rollout {

/// Proves again, for ever, what is Ready (design §6, Watch). Each service has its turn once a
/// round: the bare 401, then a call through; in each fourth round garbage and the tools directly
/// too, once an hour the tokens that must be refused. What fails is asked once more after a moment,
/// then told by cause: a service's own makes it Degraded, one that several share is named in the
/// record's faults instead, and leaves the services as they are. What is Degraded comes back by
/// itself once it answers. Nothing is ever flipped back: it was no flip that broke it.
void keep_watch(Reducer& reducer);

/// Before a wave begins: were three Ready services (or as many as there are) called through within
/// the last minute, and good? Asks them when not.
bool controls_are_fresh(const Scene& scene, Move& move);

}  // namespace wavegate::rollout
