#include "reconcilers/rollout/way_back.hpp"

#include "reconcilers/rollout/progress.hpp"
#include "reconcilers/rollout/settle.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wavegate::rollout {
namespace {

constexpr Duration kStuckRetry = std::chrono::minutes(1);

bool holds_on_failure(const Plan& plan, const Member& member) {
    const auto* service = plan.desired.service(member.service);
    const auto* wave = service == nullptr ? nullptr : plan.desired.wave(service->wave);
    return wave != nullptr && wave->on_failure == FailurePolicy::Hold;
}

/// Writes the way back; true once nothing is left to be written.
bool written(Plan& plan, Member& member) {
    const auto* intent = member.intent.empty() ? nullptr : plan.ledger.intent(member.intent);
    if (intent != nullptr && intent->kind != "wayback") {
        intent = nullptr;  // the flip's
    }
    if (intent != nullptr) {
        switch (settle(plan, intent, member.service)) {
            case Outcome::Written:
                if (plan.edit_for(member.service, StackPurpose::WayBack) == nullptr &&
                    plan.obstacle_for(member.service) == nullptr) {
                    return true;
                }
                break;
            case Outcome::Unknown:
                plan.look(kAskAgain);
                return false;
            case Outcome::NotWritten:
            case Outcome::Failed:
                break;
        }
    }
    const auto* edit = plan.edit_for(member.service, StackPurpose::WayBack);
    const auto* obstacle = plan.obstacle_for(member.service);
    if (edit == nullptr && obstacle != nullptr) {
        // Not back, and nothing to write: it waits for a person, or for its deadline.
        explain(member, member.reason, "the way back waits: " + obstacle->message);
        plan.look(kAskAgain);
        return false;
    }
    if (edit == nullptr) {
        return true;
    }
    const bool fresh = intent == nullptr || plan.observed.swarm.at().mono > intent->settled.mono;
    if (plan.cooling(edit->target) || !fresh) {
        plan.look(kAskAgain);
        return false;
    }
    member.tasks.clear();
    member.intent = plan.release(*edit);
    return false;
}

/// Reached through the multiplexer as before? A child that it parked while the service was down is
/// not back for anybody until it is shown again. What the multiplexer can't tell is not waited for
/// beyond the deadline: the service itself is well.
bool answers_through(Plan& plan, Member& member, AuthMode mode) {
    const auto stage = plan.record().multiplexer.stage;
    const bool never_wired =
        stage == MultiplexerStage::Unknown || stage == MultiplexerStage::Failed;
    if (mode == AuthMode::Jwt && never_wired) {
        return true;  // it has no token for this service, and had none before
    }
    plan.look(kAskAgain);
    if (stage != MultiplexerStage::Wired && !never_wired) {
        explain(member, member.reason, "it answers; through waits for the multiplexer");
        return false;
    }
    const auto* evidence = through_since(plan, member, member.tasks_since);
    if (evidence == nullptr || plan.now.mono - evidence->taken.mono >= kAskAgain) {
        plan.ask(CheckKind::Through, member.service, mode);
    }
    if (evidence == nullptr) {
        return false;
    }
    if (evidence->verdict == Verdict::Pass) {
        return true;
    }
    explain(
        member,
        member.reason,
        fmt::format(
            "it answers; through: {} ({})", to_string(evidence->seen), explained(*evidence)));
    if (evidence->seen == ProbeClass::Parked && stage == MultiplexerStage::Wired) {
        plan.record().multiplexer.stage = MultiplexerStage::Restarting;
    }
    const auto* service = plan.desired.service(member.service);
    const bool unanswerable = evidence->verdict == Verdict::Unknown ||
                              evidence->seen == ProbeClass::SharedCause ||
                              evidence->seen == ProbeClass::OwnCredential;
    return unanswerable && service != nullptr &&
           plan.now.mono - member.since.mono > plan.deadline_of(*service);
}

/// Runs, and answers in the way that its last good block says: by itself, and through.
bool verified(Plan& plan, Member& member) {
    const auto* running = plan.running(member.service);
    if (running == nullptr) {
        return false;
    }
    const auto mode = effective_mode(running->auth);
    const auto kind = mode == AuthMode::None ? CheckKind::Open : CheckKind::Direct;
    const auto view = converge(*plan.observed.swarm, *running, false);
    if (!stable(plan, *running, view, member.tasks, member.tasks_since)) {
        member.asking = kind;
        explain(member, member.reason, "going back: " + view.message);
        plan.look(std::chrono::seconds(1));
        return false;
    }
    const auto* evidence = plan.since(kind, member.service, member.tasks_since);
    if (evidence != nullptr && evidence->verdict == Verdict::Pass) {
        member.asking = CheckKind::Through;
        return answers_through(plan, member, mode);
    }
    member.asking = kind;
    if (evidence == nullptr || plan.now.mono - evidence->taken.mono >= kAskAgain) {
        plan.ask(kind, member.service, mode);
    }
    plan.look(kAskAgain);
    return false;
}

void remember_rejection(Plan& plan, const Member& member) {
    if (!member.shared_cause && !member.tried.empty()) {
        plan.record().rejected[member.service] = member.tried;
    }
}

}  // namespace

void send_back(Plan& plan, Member& member, Reason reason, const std::string& message) {
    if (holds_on_failure(plan, member)) {
        plan.happen(member, Happening::Kept, reason, message);
        return;
    }
    member.cause = message;
    member.asking = CheckKind::Open;  // far from through: a restart of the multiplexer waits for it
    plan.happen(member, Happening::Failed, reason, message);
}

void go_back(Plan& plan, Member& member) {
    const auto* service = plan.desired.service(member.service);
    const auto why = member.reason;
    const auto& looked_for = plan.diff.ways_back;
    if (std::find(looked_for.begin(), looked_for.end(), member.service) == looked_for.end()) {
        // The diff was made before it was known that this member goes back: the next one will tell.
        plan.look(Duration(0));
        return;
    }
    const auto* obstacle = plan.obstacle_for(member.service);
    if (obstacle != nullptr && obstacle->reason == "NoWayBack") {
        remember_rejection(plan, member);
        plan.happen(member, Happening::NoWayBack, Reason::NoWayBack, obstacle->message);
        return;
    }
    if (written(plan, member) && verified(plan, member)) {
        remember_rejection(plan, member);
        const auto message = fmt::format("{}; verified on its last good auth block", member.cause);
        plan.happen(member, Happening::BackVerified, why, message);
        return;
    }
    const auto since = plan.now.mono - member.since.mono;
    if (member.phase == Phase::Stuck) {
        if (since > kStuckRetry) {
            member.since = plan.now;
            member.intent.clear();
            plan.event(
                "Warning",
                "Service/" + member.service,
                "Stuck",
                "the way back failed; trying again");
        }
        plan.look(kAskAgain);
        return;
    }
    if (service != nullptr && since > plan.deadline_of(*service)) {
        plan.happen(
            member,
            Happening::BackFailed,
            Reason::DeadlineExceeded,
            "the way back could not be verified in time");
    }
    plan.look(kAskAgain);
}

}  // namespace wavegate::rollout
