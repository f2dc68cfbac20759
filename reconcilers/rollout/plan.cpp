#include "reconcilers/rollout/plan.hpp"

#include "operator/base/digest.hpp"
#include "operator/base/log.hpp"
#include "operator/model/inputs.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wavegate::rollout {

Plan::Plan(
    const DesiredState& desired_state,
    const Observed& observation,
    const Diff& difference,
    const RolloutRecord& record,
    const Ledger& past,
    Time time)
    : desired(desired_state), observed(observation), diff(difference), ledger(past), now(time) {
    step.next = record;
    step.look_again = now.mono + kResync;
}

bool Plan::happen(Member& member, Happening happening, Reason reason, std::string message) {
    const auto& found = cell(member.phase, happening);
    if (found.kind == Cell::Kind::Impossible || found.kind == Cell::Kind::Missing) {
        log::error(
            "{} happened to {} in phase {}",
            to_string(happening),
            member.service,
            to_string(member.phase));
        return false;
    }
    if (found.kind == Cell::Kind::Ignore) {
        return false;
    }
    const bool moved = found.next != member.phase;
    if (happening == Happening::Retried || happening == Happening::Retargeted ||
        happening == Happening::Released) {
        // A person accepted what had been tried by then.
        std::erase(step.next.accepted, member.service);
    }
    member.phase = found.next;
    member.reason = reason;
    member.message = std::move(message);
    if (!moved) {
        return true;
    }
    member.since = now;
    member.bad_since.reset();
    member.suspect_since.reset();
    member.bad = ProbeClass::None;
    const bool bad = member.phase == Phase::RollingBack || member.phase == Phase::Stuck ||
                     member.phase == Phase::Failed || member.phase == Phase::Held;
    event(
        bad ? "Warning" : "Normal",
        "Service/" + member.service,
        std::string(to_string(member.phase)),
        member.message.empty() ? std::string(to_string(reason)) : member.message);
    look(Duration(0));
    return true;
}

void explain(Member& member, Reason reason, std::string message) {
    member.reason = reason;
    member.message = std::move(message);
}

void Plan::ask(CheckKind kind, const std::string& subject, AuthMode mode) {
    const bool asked = std::any_of(step.ask.begin(), step.ask.end(), [&](const Check& check) {
        return check.kind == kind && check.subject == subject;
    });
    if (asked) {
        return;
    }
    Check check;
    check.kind = kind;
    check.subject = subject;
    check.mode = mode;
    if (kind == CheckKind::Token) {
        check.inputs = token_inputs(desired, observed);
    } else if (kind == CheckKind::Policy) {
        check.inputs = policy_inputs(desired, observed);
    } else {
        check.inputs = service_inputs(desired, observed, subject);
    }
    step.ask.push_back(std::move(check));
}

std::string Plan::release(const Edit& edit) {
    auto released = edit;
    released.intent = fmt::format("{}@{}", edit.id, now.wall.time_since_epoch().count());
    released.rollout = step.next.id;
    auto id = released.intent;
    step.release.push_back(std::move(released));
    look(Duration(0));
    return id;
}

void Plan::wait(Wait wait) {
    step.waits.push_back(std::move(wait));
}

void Plan::event(std::string kind, std::string object, std::string reason, std::string message) {
    Event event;
    event.at = now;
    event.kind = std::move(kind);
    event.object = std::move(object);
    event.reason = std::move(reason);
    event.message = std::move(message);
    step.events.push_back(std::move(event));
}

void Plan::look(Duration from_now) {
    step.look_again = std::min(step.look_again, now.mono + std::max(from_now, Duration(0)));
}

const Evidence* Plan::since(CheckKind kind, const std::string& subject, Time since) const {
    const auto* evidence = ledger.latest(kind, subject);
    return evidence != nullptr && evidence->taken.mono >= since.mono ? evidence : nullptr;
}

const Edit* Plan::edit_for(const std::string& service, StackPurpose purpose) const {
    const auto at = std::find_if(diff.edits.begin(), diff.edits.end(), [&](const Edit& edit) {
        const auto* stack = edit.stack();
        return stack != nullptr && stack->service == service && stack->purpose == purpose;
    });
    return at == diff.edits.end() ? nullptr : &*at;
}

const Obstacle* Plan::obstacle_for(const std::string& service) const {
    const auto at =
        std::find_if(diff.obstacles.begin(), diff.obstacles.end(), [&](const Obstacle& obstacle) {
            return obstacle.service == service;
        });
    return at == diff.obstacles.end() ? nullptr : &*at;
}

const SwarmService* Plan::running(const std::string& service) const {
    const auto* spec = desired.service(service);
    return spec == nullptr ? nullptr : observed.running(spec->stack, spec->compose_service);
}

namespace {

bool ended_badly(const Intent& intent) {
    return intent.state == IntentState::Refused || intent.state == IntentState::Failed ||
           intent.state == IntentState::Lost || intent.state == IntentState::Dropped;
}

/// The newest intent on a target, if it ended badly; and how often in a row this very edit met a
/// refusal that stays.
struct LastTry {
    const Intent* bad = nullptr;
    int lasting = 0;
};

LastTry last_try(const Ledger& ledger, const std::string& target, const std::string& edit) {
    constexpr int most = 10;  // the pause grows no further
    LastTry found;
    for (auto at = ledger.intents.rbegin(); at != ledger.intents.rend() && found.lasting < most;
         ++at) {
        if (at->target != target) {
            continue;
        }
        const bool first = found.bad == nullptr;
        if (first && ended_badly(*at)) {
            found.bad = &*at;
        }
        if (!at->lasting || at->edit != edit) {
            break;
        }
        ++found.lasting;
    }
    return found;
}

Duration since_end(const Intent& intent, Time now) {
    return now.mono - std::max(intent.settled.mono, intent.at.mono);
}

}  // namespace

bool Plan::cooling(const std::string& target) const {
    const auto* bad = last_try(ledger, target, {}).bad;
    return bad != nullptr && since_end(*bad, now) < kRefusedPause;
}

Duration Plan::pause_left(const Edit& edit) const {
    const auto last = last_try(ledger, edit.target, edit.id);
    if (last.bad == nullptr) {
        return Duration(0);
    }
    auto pause = kRefusedPause;
    for (int i = 1; i < last.lasting; ++i) {
        pause = std::min(2 * pause, kLongestPause);
    }
    return std::max(pause - since_end(*last.bad, now), Duration(0));
}

bool Plan::barred(const Edit& edit) const {
    return !ledger.takes_commits || pause_left(edit) > Duration(0);
}

Duration Plan::soak_of(const ServiceSpec& service) const {
    const auto* wave = desired.wave(service.wave);
    const auto own = service.soak.value_or(Duration(0));
    return wave == nullptr ? own : std::max(wave->soak, own);
}

Duration Plan::deadline_of(const ServiceSpec& service) const {
    constexpr Duration standard = std::chrono::minutes(10);
    const auto* wave = desired.wave(service.wave);
    const auto of_wave = wave == nullptr || wave->deadline.count() == 0 ? standard : wave->deadline;
    return service.deadline.value_or(of_wave);
}

bool stable(
    Plan& plan,
    const SwarmService& service,
    const ConvergenceView& view,
    std::string& tasks,
    Time& tasks_since) {
    if (view.state != Convergence::Running) {
        tasks.clear();
        return false;
    }
    if (tasks != view.tasks) {
        tasks = view.tasks;
        tasks_since = plan.observed.swarm.at();
    }
    const auto watched = plan.observed.swarm.at().mono - tasks_since.mono;
    if (watched >= service.monitor) {
        return true;
    }
    plan.look(std::min<Duration>(service.monitor - watched, std::chrono::seconds(1)));
    return false;
}

std::string tried_hash(const StackEdit& edit) {
    return short_hash(canonical(edit.block_after) + edit.image, 16);
}

}  // namespace wavegate::rollout
