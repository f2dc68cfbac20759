#include "reconcilers/rollout/decide.hpp"

#include "operator/model/admission.hpp"
#include "operator/model/inputs.hpp"
#include "reconcilers/rollout/doubt.hpp"
#include "reconcilers/rollout/enrol.hpp"
#include "reconcilers/rollout/gates.hpp"
#include "reconcilers/rollout/multiplexer.hpp"
#include "reconcilers/rollout/progress.hpp"
#include "reconcilers/rollout/soak.hpp"
#include "reconcilers/rollout/waves.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

namespace wavegate::rollout {
namespace {

/// On its way, forward or back.
bool is_rolling(const Member& member) {
    return in_motion(member.phase) || member.phase == Phase::RollingBack;
}

/// So, by a write of ours.
bool is_under_test(const Member& member) {
    return is_rolling(member) && !member.adopted;
}

bool has_failed(const Member& member) {
    const auto phase = member.phase;
    return !member.shared_cause &&
           (phase == Phase::RolledBack || phase == Phase::Stuck || phase == Phase::Failed);
}

bool waits_for_person(const Member& member) {
    const auto reason = member.reason;
    return member.phase == Phase::Held || reason == Reason::Rejected ||
           reason == Reason::NeedsPassThrough || reason == Reason::StackRepoAhead;
}

bool any_in_motion(const RolloutRecord& record) {
    return std::any_of(record.members.begin(), record.members.end(), is_rolling);
}

/// How often this very edit was written one after the other, each within reach of the next, and
/// when last.
struct Repeats {
    int times = 0;
    Mono last{};
};

Repeats repeats_of(const Plan& plan, const Edit& edit) {
    Repeats found;
    Mono next = plan.now.mono;
    const auto& intents = plan.ledger.intents;
    bool same = true;
    for (auto at = intents.rbegin(); same && at != intents.rend(); ++at) {
        if (at->target != edit.target) {
            continue;
        }
        same = at->edit == edit.id && at->state == IntentState::Written &&
               next - at->settled.mono <= 2 * kLongestPause;
        if (same) {
            next = at->settled.mono;
            found.last = ++found.times == 1 ? next : found.last;
        }
    }
    return found;
}

/// How long an edit waits that was written already and is needed again: it changes nothing, then,
/// or somebody undoes it, and writing it again and again would not help. Once may be a slip, which
/// is mended at once; then the pause doubles each time.
Duration pause_in_vain(Plan& plan, const Edit& edit) {
    const auto repeats = repeats_of(plan, edit);
    if (repeats.times < 2) {
        return Duration(0);
    }
    Duration pause = kRefusedPause;
    for (int i = 2; i < repeats.times && pause < kLongestPause; ++i) {
        pause *= 2;
    }
    pause = std::min(pause, kLongestPause);
    const auto left = repeats.last + pause - plan.now.mono;
    if (left <= Duration(0)) {
        return Duration(0);
    }
    Wait wait;
    wait.object = edit.target;
    wait.reason = Reason::WriteFailed;
    wait.message = fmt::format(
        "written {} times, and something else is there again: look who changes it", repeats.times);
    wait.since.mono = repeats.last;
    wait.since.wall = plan.now.wall - (plan.now.mono - repeats.last);
    wait.until = repeats.last + pause;
    plan.wait(std::move(wait));
    return left;
}

/// Clients, secrets and new policies go as soon as they differ: they only add. What takes a
/// policy away waits, while services enforce, until what is left was verified.
void release_shared_edits(Plan& plan) {
    const auto& edits = plan.diff.edits;
    const bool creates = std::any_of(edits.begin(), edits.end(), [](const Edit& edit) {
        const auto* policy = std::get_if<PolicyEdit>(&edit.body);
        return policy != nullptr && policy->verb == PolicyEdit::Verb::Create;
    });
    for (const auto& edit : edits) {
        if (edit.stack() != nullptr || edit.restart() != nullptr || plan.barred(edit)) {
            continue;
        }
        if (const auto pause = pause_in_vain(plan, edit); pause > Duration(0)) {
            plan.look(pause);
            continue;
        }
        const auto* policy = std::get_if<PolicyEdit>(&edit.body);
        const bool takes_away = policy != nullptr && policy->verb == PolicyEdit::Verb::Delete;
        const bool harmless = !takes_away || !any_enforcing(plan.desired, plan.observed);
        if (harmless || (!creates && policies_verified(plan))) {
            plan.release(edit);
        }
    }
}

/// Env syncs restart a service: one at a time, and only while nothing else is in motion.
void release_env_sync(Plan& plan) {
    if (plan.record().paused || any_in_motion(plan.record())) {
        return;
    }
    for (const auto& edit : plan.diff.edits) {
        const auto* stack = edit.stack();
        if (stack == nullptr || stack->purpose != StackPurpose::EnvSync || plan.barred(edit)) {
            continue;
        }
        const auto* member = plan.record().member(stack->service);
        const bool settled_or_waiting =
            member != nullptr && (settled(member->phase) || member->phase == Phase::Pending);
        if (settled_or_waiting) {
            plan.release(edit);
            return;
        }
    }
}

std::string verb_for(const Member& member) {
    switch (member.phase) {
        case Phase::Stuck:
        case Phase::Failed:
        case Phase::Ready:
            return "accept";
        case Phase::RolledBack:
        case Phase::Held:
            return "retry";
        default:
            return is_overdue(member)                  ? "accept"
                   : member.reason == Reason::Rejected ? "retry"
                   : member.reason == Reason::Paused   ? "resume"
                                                       : "";
    }
}

void tell_waits(Plan& plan) {
    for (const auto& member : plan.record().members) {
        if (member.phase == Phase::Ready && !is_doubted(plan.ledger, member)) {
            continue;
        }
        Wait wait;
        wait.object = "Service/" + member.service;
        wait.reason = member.reason;
        wait.message = member.message;
        wait.since = member.since;
        wait.verb = verb_for(member);
        const auto* service = plan.desired.service(member.service);
        if (service != nullptr && in_motion(member.phase) && !member.adopted) {
            wait.until = member.since.mono + plan.deadline_of(*service);
        }
        plan.wait(std::move(wait));
    }
}

bool all_done(const DesiredState& desired, const RolloutRecord& record) {
    return std::all_of(record.members.begin(), record.members.end(), [&](const Member& member) {
        return is_done(desired, record, member);
    });
}

/// Is there something that only a person can bring to what is desired?
bool leaves_something(const Diff& diff) {
    return std::any_of(diff.obstacles.begin(), diff.obstacles.end(), [](const Obstacle& obstacle) {
        return obstacle.awaits_person();
    });
}

/// What nobody here can mend: it is told as long as it is so.
void tell_obstacles(Plan& plan) {
    for (const auto& obstacle : plan.diff.obstacles) {
        if (!obstacle.awaits_person()) {
            continue;
        }
        Wait wait;
        wait.object = obstacle.object;
        wait.reason = obstacle.reason == kForeign ? Reason::Foreign : Reason::EnvUnreadable;
        wait.message = obstacle.message;
        wait.since = plan.record().started;
        plan.wait(std::move(wait));
    }
}

void finish(Plan& plan) {
    auto& record = plan.record();
    if (!all_done(plan.desired, record)) {
        record.finished.reset();
    } else if (!record.finished && !leaves_something(plan.diff)) {
        record.finished = plan.now;
        plan.event(
            "Normal",
            "Fleet/" + plan.desired.fleet.name,
            "RolloutComplete",
            fmt::format("revision {} is in force everywhere", record.revision));
    }
}

/// Nothing new, as at nearly every pass: told without looking each name up.
bool begins_as(const std::vector<std::string>& tools, const Facts& facts) {
    auto known = tools.begin();
    return std::all_of(facts.begin(), facts.end(), [&](const auto& fact) {
        return fact.first != "tool" || (known != tools.end() && *known++ == fact.second);
    });
}

void remember(const Facts& facts, std::vector<std::string>& tools) {
    constexpr std::size_t most = 2'000;
    if (begins_as(tools, facts)) {
        return;
    }
    std::unordered_set<std::string> known(tools.begin(), tools.end());
    for (const auto& [key, value] : facts) {
        if (key == "tool" && tools.size() < most && known.insert(value).second) {
            tools.push_back(value);
        }
    }
}

/// Remembers tool names that baselines and direct probes showed; never forgets one. A service that
/// shows other names each time is remembered by its first ones.
void remember_tools(Plan& plan) {
    auto& seen = plan.record().seen_tools;
    for (const auto& member : plan.record().members) {
        for (const auto kind : {CheckKind::Baseline, CheckKind::Direct}) {
            const auto* evidence = plan.ledger.latest(kind, member.service);
            if (evidence == nullptr) {
                continue;
            }
            remember(evidence->facts, seen[member.service]);
        }
    }
}

/// A fleet that was there a pass ago does not leave as a whole: the list is wrong (another
/// cluster, a credential that may see no more), not empty.
bool sees_nothing(Plan& plan) {
    const auto& services = plan.desired.services;
    return !plan.record().members.empty() &&
           std::none_of(services.begin(), services.end(), [&](const ServiceSpec& service) {
               return is_deployed(service, plan.observed);
           });
}

/// A foreign object in the place of the multiplexer's client stands in the way of every flip.
bool lacks_its_client(const DesiredState& desired, const Diff& diff) {
    return std::any_of(diff.obstacles.begin(), diff.obstacles.end(), [&](const Obstacle& obstacle) {
        return obstacle.reason == kForeign &&
               obstacle.object == "OidcClient/" + desired.fleet.multiplexer.client;
    });
}

}  // namespace

Step decide(
    const DesiredState& desired,
    const Observed& observed,
    const Diff& diff,
    const RolloutRecord& record,
    const Ledger& ledger,
    Time now) {
    Plan plan(desired, observed, diff, record, ledger, now);
    release_shared_edits(plan);
    if (!observed.stacks.ok() || !observed.swarm.ok() || sees_nothing(plan)) {
        // Blind: nothing is known of any service, so nothing about any is decided.
        Wait wait;
        wait.object = "Fleet/" + desired.fleet.name;
        wait.message = "stacks and services can't be observed";
        wait.since = now;
        plan.wait(std::move(wait));
        plan.look(kAskAgain);
        return std::move(plan.step);
    }
    enrol(plan);
    remember_tools(plan);
    for (auto& member : plan.record().members) {
        progress(plan, member);
    }
    follow_shared_parts(plan);
    advance_multiplexer(plan);
    soak_canary(plan);
    advance_waves(plan);
    release_env_sync(plan);
    tell_obstacles(plan);
    tell_waits(plan);
    finish(plan);
    return std::move(plan.step);
}

Standing standing(const DesiredState& desired, const RolloutRecord& record, const Diff& diff) {
    const auto& members = record.members;
    if (std::any_of(members.begin(), members.end(), is_under_test)) {
        return Standing::Moving;
    }
    bool halted = record.multiplexer.stage == MultiplexerStage::Failed;
    bool awaited = record.paused || (!record.finished && lacks_its_client(desired, diff));
    // Annotations tell of the fleet; it is converged whether they were written or not.
    bool moving = std::any_of(diff.edits.begin(), diff.edits.end(), [](const Edit& edit) {
        return !std::holds_alternative<AnnotationEdit>(edit.body);
    });
    for (const auto& member : members) {
        const bool done = is_done(desired, record, member);
        halted = halted || (!done && has_failed(member));
        awaited = awaited || (!record.finished && is_overdue(member)) ||
                  (!done && waits_for_person(member));
        moving = moving || (!done && is_rolling(member));
    }
    if (halted) {
        return Standing::Halted;
    }
    if (awaited) {
        return Standing::Awaited;
    }
    if (moving) {
        return Standing::Moving;
    }
    if (all_done(desired, record) && leaves_something(diff)) {
        return Standing::Awaited;
    }
    return record.finished ? Standing::Converged : Standing::Moving;
}

}  // namespace wavegate::rollout
