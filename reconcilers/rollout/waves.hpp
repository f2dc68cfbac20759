#pragma once

#include "reconcilers/rollout/plan.hpp"

namespace wavegate::rollout {

/// Where a wave stands; derived from its members, never stored.
WavePhase
wave_phase(const DesiredState& desired, const RolloutRecord& record, const std::string& wave);
/// Ready, or excepted by a person or by what its wave declares.
bool is_done(const DesiredState& desired, const RolloutRecord& record, const Member& member);
bool is_excepted(const DesiredState& desired, const RolloutRecord& record, const Member& member);

/// Releases the flips that may go now, wave by wave, and lets waves soak.
void advance_waves(Plan& plan);

}  // namespace wavegate::rollout
