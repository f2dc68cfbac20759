#pragma once

#include "reconcilers/rollout/move.hpp"
#include "reconcilers/rollout/scene.hpp"

namespace wavegate::rollout {

/// Is the member known to work as it is? A broken one is not flipped: it is reported, not blamed,
/// and asked again until it recovers. The move says what it waits for, and asks.
bool baseline_holds(const Scene& scene, const Member& member, Move& move);

}  // namespace wavegate::rollout
