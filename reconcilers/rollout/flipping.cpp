// A flip is on its way: its intent stands in the ledger, its answer or its sight is awaited.
#include "reconcilers/rollout/converge.hpp"
#include "reconcilers/rollout/settle.hpp"
#include "reconcilers/rollout/steps.hpp"

namespace wavegate::rollout {
namespace {

/// Its own answer ends it; without that, what is seen does.
Duration until_seen(const Scene& scene, const Member& member, const std::string& intent) {
    const bool under_way =
        scene.released.contains(intent) || is_landing(scene.observed, scene.ledger, member);
    return scene.observed.told && under_way ? kLookAtUpdates : kAskAgain;
}

void tell_unknown(const Intent* intent, Move& move) {
    const bool lost = intent != nullptr && intent->state == IntentState::Lost;
    if (lost) {
        move.wait_for(
            Reason::WriteFailed, "the answer was lost: it may still land, and keeps its place");
    } else {
        move.wait_for(Reason::None, "the flip is being written");
    }
}

}  // namespace

Move step_flipping(const Scene& scene, const Member& member, const state::Flipping& in) {
    Move move;
    const auto* intent = scene.intent(in.flight.intent);
    switch (outcome_of(scene, in.flight.intent)) {
        case Outcome::Written: {
            state::Converging next;
            next.flight = in.flight;
            next.flight.flipped = intent->settled;
            move.turns(Happening::Written, std::move(next), Reason::None, "the flip was written");
            break;
        }
        case Outcome::NotWritten: {
            const bool stays = intent != nullptr && intent->lasting;
            move.turns(
                Happening::NotWritten,
                state::Pending(),
                stays ? Reason::WriteFailed : Reason::GuardRefused,
                intent == nullptr ? "the write was never sent" : intent->note);
            break;
        }
        case Outcome::Failed: {
            state::RollingBack next;
            next.back.flight = in.flight;
            next.back.cause = {Reason::WriteFailed, intent->note, false};
            move.turns(Happening::WriteFailed, std::move(next), Reason::WriteFailed, intent->note);
            break;
        }
        case Outcome::Unknown:
            tell_unknown(intent, move);
            move.looks(until_seen(scene, member, in.flight.intent));
            break;
    }
    return move;
}

}  // namespace wavegate::rollout
