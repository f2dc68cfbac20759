// How the multiplexer's outbound env goes back, where wiring broke it.
#include "reconcilers/rollout/children.hpp"
#include "reconcilers/rollout/multiplexer.hpp"
#include "reconcilers/rollout/pauses.hpp"
#include "reconcilers/rollout/settle.hpp"

namespace wavegate::rollout {
namespace {

/// Is it back to what it was before its wiring, whatever became of the answer?
bool is_unwired(const Scene& scene) {
    const auto& stack = scene.desired.fleet.multiplexer.stack;
    return scene.edit_for(stack, StackPurpose::Unwiring) == nullptr &&
           scene.obstacle_for(stack) == nullptr;
}

MultiplexerMove release_unwiring(const Scene& scene, const stage::Unwiring& in) {
    MultiplexerMove move;
    const auto& stack = scene.desired.fleet.multiplexer.stack;
    const auto* edit = scene.edit_for(stack, StackPurpose::Unwiring);
    const auto* obstacle = scene.obstacle_for(stack);
    if (edit == nullptr && obstacle != nullptr && obstacle->reason == "SecretReplaced") {
        const auto cause = in.cause + "; " + obstacle->message;
        return move.turns(stage::Failed{cause}, cause);
    }
    if (edit == nullptr || !scene.ledger.takes_commits || pause_of(scene, *edit)) {
        return move.waits(in.cause).looks(kAskAgain);
    }
    move.release = *edit;
    return move.waits(in.cause);
}

}  // namespace

MultiplexerMove step_unwiring(const Scene& scene, const stage::Unwiring& in) {
    if (in.intent.empty()) {
        return release_unwiring(scene, in);
    }
    MultiplexerMove move;
    move.waits(in.cause).looks(kAskAgain);
    switch (outcome_in_sight(scene, in.intent, is_unwired(scene))) {
        case Outcome::Unknown:
            return move;
        case Outcome::NotWritten: {
            const auto* intent = scene.intent(in.intent);
            move.waits(
                "its env can't go back: " +
                (intent == nullptr ? std::string("not written") : intent->note));
            move.stays = stage::Unwiring{in.cause, "", {}};
            return move;
        }
        case Outcome::Failed:
            return move.turns(stage::Failed{"write failed"}, "write failed");
        case Outcome::Written:
            break;
    }
    auto next = in;
    const auto since = scene.record.multiplexer().since;
    if (shows_children(scene, since, next.tasks, move) == Shown::All) {
        const std::string cause = "its env went back: wiring it broke it";
        return move.turns(stage::Failed{cause}, cause);
    }
    if (scene.age(since) > kMultiplexerDeadline) {
        const std::string cause = "it did not show its children again in time";
        return move.turns(stage::Failed{cause}, cause);
    }
    move.stays = std::move(next);
    return move;
}

}  // namespace wavegate::rollout
