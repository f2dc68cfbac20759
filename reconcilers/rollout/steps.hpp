#pragma once

#include "reconcilers/rollout/move.hpp"
#include "reconcilers/rollout/scene.hpp"
#include "reconcilers/rollout/waves.hpp"

namespace wavegate::rollout {

/// What a member does next, by its state; one file a state. Pure: the answer is a value, and asking
/// twice gives the same. What keeps a pending member from its flip is asked apart (needs.hpp).
Move step(const Scene& scene, const Waves& waves, const Member& member);

Move step_pending(const Scene& scene, const Member& member, const state::Pending& in);
Move step_flipping(const Scene& scene, const Member& member, const state::Flipping& in);
Move step_converging(const Scene& scene, const Member& member, const state::Converging& in);
Move step_probing(const Scene& scene, const Member& member, const state::Probing& in);
Move step_probed(
    const Scene& scene,
    const Waves& waves,
    const Member& member,
    const state::Probed& in);
/// Of RollingBack and Stuck: puts the last good block back and verifies it.
Move step_back(const Scene& scene, const Member& member, const state::GoingBack& in);
Move step_rolled_back(const Scene& scene, const Member& member, const state::RolledBack& in);

/// What is in flight, and may still be taken back, goes back when a person said abort since it
/// began. A flip whose answer is awaited waits for that first.
std::optional<Move> taken_back(const Scene& scene, const Member& member);

/// Its last good block is put back; or it is held as it is, where its wave says `onFailure: hold`.
void send_back(const Scene& scene, const Member& member, Cause cause, Move& move);

/// Does what was good still run what it ran? Turns the move where another's hand changed its block,
/// or where it runs another spec by now. True: it did.
bool has_changed(const Scene& scene, const Member& member, Move& move);

}  // namespace wavegate::rollout
