#pragma once

#include "reconcilers/rollout/plan.hpp"

#include <vector>

namespace wavegate::rollout {

/// Watches a wave's probed members (or its canary alone) for the soak: only watched time counts,
/// and through passes again at its end. A wave soaks once every member is probed or excepted.
void soak_wave(Plan& plan, const WaveSpec& wave, const std::vector<Member*>& members);

/// Watches the canary while the rest of its wave waits for it.
void soak_canary(Plan& plan);

}  // namespace wavegate::rollout
