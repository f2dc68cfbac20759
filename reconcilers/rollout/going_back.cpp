// Its last good block is put back, and must be seen to work; past its deadline it is Stuck.
#include "operator/model/inputs.hpp"
#include "reconcilers/rollout/converge.hpp"
#include "reconcilers/rollout/pauses.hpp"
#include "reconcilers/rollout/settle.hpp"
#include "reconcilers/rollout/steps.hpp"
#include "reconcilers/rollout/trouble.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wavegate::rollout {
namespace {

constexpr Duration kStuckRetry = std::chrono::minutes(1);

class GoingBack {
  public:
    GoingBack(const Scene& scene, const Member& member, state::GoingBack& back, Move& move)
        : scene_(scene), member_(member), back_(back), move_(move) {}

    /// True once it is verified on its last good block.
    bool advance() { return is_written() && answers(); }

  private:
    void say(const std::string& message) { move_.wait_for(back_.cause.reason, message); }

    /// Writes the way back; true once nothing is left to be written.
    bool is_written() {
        const auto outcome = outcome_of(scene_, back_.intent);
        const auto* edit = scene_.edit_for(member_.service, StackPurpose::WayBack);
        if (!back_.intent.empty() && outcome == Outcome::Unknown) {
            say("the way back is on its way");
            move_.looks(kAskAgain);
            return false;
        }
        if (edit != nullptr) {
            write(*edit);
            return false;
        }
        if (const auto* obstacle = scene_.obstacle_for(member_.service)) {
            // Not back, and nothing to write: it waits for a person, or for its deadline.
            say("the way back waits: " + obstacle->message);
            move_.looks(kAskAgain);
            return false;
        }
        return true;
    }

    void write(const Edit& edit) {
        say("the way back is due");
        move_.looks(kAskAgain);
        const auto* last = scene_.intent(back_.intent);
        const bool seen = last == nullptr || scene_.observed.swarm.at().mono > last->settled.mono;
        if (!seen || is_cooling(scene_, edit.target)) {
            return;
        }
        if (const auto* other = unsettled_on(scene_, edit.target)) {
            say(fmt::format("the way back waits for the {} that is under way", other->kind));
            return;
        }
        if (const auto pause = pause_in_vain(scene_, edit)) {
            say("the way back waits: " + pause->message);
            move_.looks(pause->left);
            return;
        }
        back_.tasks = Tasks();
        move_.release = &edit;
    }

    /// Runs, and answers in the way that its last good block says: by itself, and through.
    bool answers() {
        const auto* running = scene_.running(member_.service);
        if (running == nullptr) {
            return false;
        }
        const auto mode = scene_.mode_of(running->auth);
        const auto kind = mode == AuthMode::None ? CheckKind::Open : CheckKind::Direct;
        const auto view = converge(*scene_.observed.swarm, *running, false);
        const auto left = left_to_watch(scene_, *running, view, back_.tasks);
        if (left > Duration(0)) {
            back_.answers = false;
            say("going back: " + view.message);
            move_.looks(left);
            silent();
            return false;
        }
        const auto* evidence = scene_.evidence_since(kind, member_.service, back_.tasks.since);
        if (evidence != nullptr && evidence->verdict == Verdict::Pass) {
            back_.answers = true;
            back_.silent.reset();
            return answers_through(mode);
        }
        back_.answers = false;
        if (evidence != nullptr) {
            say("going back: " + told(*evidence));
            silent();
        }
        if (evidence == nullptr || scene_.age(evidence->taken) >= kAskAgain) {
            move_.asks(kind, member_.service, mode);
        }
        move_.looks(kAskAgain);
        return false;
    }

    void silent() { back_.silent = back_.silent.value_or(scene_.now); }

    /// Reached through the multiplexer as before? A child that it parked while the service was down
    /// is not back for anybody until it is shown again. What the multiplexer can't tell is not
    /// waited for beyond the deadline: the service itself is well.
    bool answers_through(AuthMode mode) {
        const auto stage = scene_.record.multiplexer().stage();
        const bool never_wired =
            stage == MultiplexerStage::Unknown || stage == MultiplexerStage::Failed;
        if (mode == AuthMode::Jwt && never_wired) {
            return true;  // it has no token for this service, and had none before
        }
        move_.looks(kAskAgain);
        if (stage != MultiplexerStage::Wired && !never_wired) {
            say("it answers; through waits for the multiplexer");
            return false;
        }
        const auto* evidence = scene_.through_since(member_.service, back_.tasks.since);
        if (evidence == nullptr || scene_.age(evidence->taken) >= kAskAgain) {
            move_.asks(CheckKind::Through, member_.service, mode);
        }
        if (evidence == nullptr) {
            return false;
        }
        if (evidence->verdict == Verdict::Pass) {
            return true;
        }
        say("it answers; " + told(*evidence));
        if (evidence->seen == ProbeClass::Parked) {
            move_.claims.push_back(Claim::RestartMultiplexer);
        }
        return is_shared(*evidence) && scene_.is_late(member_.service, member_.since);
    }

    const Scene& scene_;
    const Member& member_;
    state::GoingBack& back_;
    Move& move_;
};

/// The diff was made before it was known that this member goes back: the next one will tell.
bool is_looked_for(const Scene& scene, const Member& member) {
    const auto& looked_for = scene.diff.ways_back;
    return std::find(looked_for.begin(), looked_for.end(), member.service) != looked_for.end();
}

void end_verified(const state::GoingBack& back, Move& move) {
    state::RolledBack next{back.flight.tried, back.cause};
    move.turns(
        Happening::BackVerified,
        std::move(next),
        back.cause.reason,
        fmt::format("{}; verified on its last good auth block", back.cause.message));
}

/// Loud, and tried again each minute.
void try_again(const Scene& scene, const Member& member, state::GoingBack back, Move& move) {
    const auto last = back.tried_again.value_or(member.since);
    if (scene.age(last) > kStuckRetry && move.release == nullptr) {
        back.tried_again = scene.now;
        move.shout = "the way back failed; trying again: " + move.hold.message;
    }
    move.keeps(state::Stuck{std::move(back)}).looks(kAskAgain);
}

}  // namespace

Move step_back(const Scene& scene, const Member& member, const state::GoingBack& in) {
    Move move;
    move.wait_for(in.cause.reason, in.cause.message);
    if (!is_looked_for(scene, member)) {
        return move.looks(Duration(0));
    }
    const auto* obstacle = scene.obstacle_for(member.service);
    if (obstacle != nullptr && obstacle->reason == "NoWayBack") {
        Cause cause{Reason::NoWayBack, obstacle->message, in.cause.shared};
        state::Failed next{in.flight.tried, std::move(cause)};
        return move.turns(
            Happening::NoWayBack, std::move(next), Reason::NoWayBack, obstacle->message);
    }
    auto back = in;
    if (GoingBack(scene, member, back, move).advance()) {
        end_verified(back, move);
        return move;
    }
    if (member.phase() == Phase::Stuck) {
        try_again(scene, member, std::move(back), move);
        return move;
    }
    move.looks(kAskAgain);
    if (scene.is_late(member.service, member.since) && move.release == nullptr) {
        move.turns(
            Happening::BackFailed,
            state::Stuck{std::move(back)},
            Reason::DeadlineExceeded,
            "the way back could not be verified in time");
        return move;
    }
    return move.keeps(state::RollingBack{std::move(back)});
}

Move step_rolled_back(const Scene& scene, const Member& member, const state::RolledBack& in) {
    Move move;
    const bool accepted = is_accepted(scene.ledger, member);
    move.wait_for(
        accepted ? Reason::Accepted : in.cause.reason,
        accepted ? "its failure is accepted: " + in.cause.message
                 : in.cause.message + "; it runs on its last good auth block");
    if (in.cause.shared && !scene.record.shared_bad()) {
        const bool aborted = in.cause.reason == Reason::Aborted;
        return move.turns(
            Happening::Retried,
            state::Pending(),
            Reason::None,
            aborted ? "it is as it was before the flip that was aborted"
                    : "the shared parts are good again");
    }
    const auto* edit = scene.edit_for(member.service, StackPurpose::Flip);
    const bool other =
        edit != nullptr && !in.tried.empty() && tried_hash(*edit->stack()) != in.tried;
    if (other && !in.cause.shared) {
        return move.turns(
            Happening::Retried, state::Pending(), Reason::None, "its spec changed since");
    }
    return move;
}

}  // namespace wavegate::rollout
