// Not touched yet. What it waits for is said by what a flip needs (needs.hpp); here is what is
// learned of it meanwhile.
#include "reconcilers/rollout/adopt.hpp"
#include "reconcilers/rollout/steps.hpp"

namespace wavegate::rollout {

Move step_pending(const Scene& scene, const Member& member, const state::Pending& in) {
    Move move;
    if (const auto* late = landed_late(scene, member.service)) {
        state::RollingBack next;
        next.back.flight.intent = late->id;
        next.back.flight.flipped = late->settled;
        next.back.cause = {
            Reason::WriteFailed,
            "its flip had been given up for lost and is in force after all",
            true};
        auto message = next.back.cause.message;
        return move.turns(
            Happening::LandedLate, std::move(next), Reason::WriteFailed, std::move(message));
    }
    const auto* baseline = scene.ledger.latest(CheckKind::Baseline, member.service);
    if (in.broken_since && baseline != nullptr && baseline->verdict == Verdict::Pass) {
        auto next = in;
        next.broken_since.reset();
        next.told = false;
        move.keeps(next);
    }
    return move;
}

}  // namespace wavegate::rollout
