#include "reconcilers/rollout/progress.hpp"

#include "operator/model/inputs.hpp"
#include "reconcilers/rollout/doubt.hpp"
#include "reconcilers/rollout/settle.hpp"
#include "reconcilers/rollout/way_back.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wavegate::rollout {
namespace {

constexpr Duration kSpecGrace = std::chrono::seconds(10);

CheckKind first_gate(const Member& member) {
    return member.to == AuthMode::Jwt ? CheckKind::Unauthorized : CheckKind::Open;
}

std::optional<CheckKind> next_gate(CheckKind gate) {
    switch (gate) {
        case CheckKind::Unauthorized:
            return CheckKind::Direct;
        case CheckKind::Direct:
        case CheckKind::Open:
            return CheckKind::Through;
        default:
            return std::nullopt;
    }
}

Duration patience(const Plan& plan, const Member& member, const Evidence& evidence) {
    const auto* service = plan.desired.service(member.service);
    switch (evidence.seen) {
        case ProbeClass::PolicyDenied:
        case ProbeClass::PolicyServerUnreachable:
            return kPatienceDenied;
        case ProbeClass::Down:
            return service == nullptr ? kPatienceRetry : plan.deadline_of(*service);
        default:
            return kPatienceRetry;
    }
}

bool multiplexer_ready(Plan& plan) {
    return plan.record().multiplexer.stage == MultiplexerStage::Wired;
}

void flipping(Plan& plan, Member& member) {
    const auto* intent = plan.ledger.intent(member.intent);
    const auto outcome = settle(plan, intent, member.service);
    switch (outcome) {
        case Outcome::Written:
            member.flipped = intent->settled;
            member.tasks.clear();
            plan.happen(member, Happening::Written, Reason::None, "the flip was written");
            break;
        case Outcome::NotWritten:
            plan.happen(
                member,
                Happening::NotWritten,
                intent != nullptr && intent->lasting ? Reason::WriteFailed : Reason::GuardRefused,
                intent == nullptr ? "the write was never sent" : intent->note);
            break;
        case Outcome::Failed:
            member.cause = intent->note;
            plan.happen(member, Happening::WriteFailed, Reason::WriteFailed, intent->note);
            break;
        case Outcome::Unknown:
            explain(member, Reason::WriteFailed, "the answer was lost: observing");
            plan.look(kAskAgain);
            break;
    }
}

/// A failure of the service itself, as far as its own gates can tell. Adopted services were not
/// flipped by us: they are reported and asked again, never sent back.
void blame(
    Plan& plan,
    Member& member,
    Reason reason,
    const std::string& message,
    bool shared_for_sure = false) {
    if (member.adopted) {
        report(plan, member, reason, message, member.since);
        plan.look(kResync);
        return;
    }
    if (!member.suspect_since) {
        member.suspect_since = plan.now;
    }
    auto shared = SharedVerdict::Well;
    if (shared_for_sure) {
        shared = SharedVerdict::Bad;
    } else if (member.to == AuthMode::Jwt && reason != Reason::RejectedBySwarm) {
        shared = ask_shared_parts(plan, member, *member.suspect_since);
    }
    if (shared == SharedVerdict::Asking) {
        explain(member, reason, message + "; asking the shared parts first");
        plan.look(kAskAgain);
        return;
    }
    if (shared == SharedVerdict::Well) {
        member.shared_cause = false;
        send_back(plan, member, reason, message);
        return;
    }
    auto& record = plan.record();
    if (!record.shared_bad) {
        record.shared_bad = plan.now;
        plan.event(
            "Warning",
            "Fleet/" + plan.desired.fleet.name,
            "SharedCause",
            "shared parts are bad: nothing further is flipped");
    }
    record.shared_good.reset();
    member.suspect_since.reset();
    member.shared_cause = true;
    explain(member, Reason::SharedCause, message);
    plan.look(kAskAgain);
    const auto* service = plan.desired.service(member.service);
    if (service != nullptr && plan.now.mono - member.flipped.mono > plan.deadline_of(*service)) {
        send_back(plan, member, Reason::SharedCause, message);
    }
}

/// Does anything differ that the flip did not set? Its image, say, or a commit that came between.
bool changed_more(const Plan& plan, const Member& member, const SwarmService& running) {
    const auto* intent = member.adopted ? nullptr : plan.ledger.intent(member.intent);
    return intent != nullptr && intent->kind == "flip" && !intent->untouched.empty() &&
           untouched_digest(running, intent->keys) != intent->untouched;
}

void converging(Plan& plan, Member& member, const ServiceSpec& service) {
    const auto* running = plan.running(member.service);
    if (running == nullptr || plan.observed.swarm.at().mono < member.since.mono) {
        plan.look(kAskAgain);
        return;
    }
    const auto view = converge(*plan.observed.swarm, *running, !member.adopted);
    if (view.seen == ProbeClass::RolledBackBySwarm) {
        blame(plan, member, Reason::RejectedBySwarm, view.message);
        return;
    }
    if (!satisfies(running->auth, wanted_block(plan.desired.fleet.jwt, member.to))) {
        if (plan.now.mono - member.since.mono > kSpecGrace) {
            blame(plan, member, Reason::RejectedBySwarm, "it runs another auth block than written");
        }
        plan.look(kAskAgain);
        return;
    }
    if (changed_more(plan, member, *running)) {
        plan.happen(
            member,
            Happening::HandChanged,
            Reason::ForeignChange,
            "more than its own variables changed with the flip (its image now: " + running->image +
                "): look at what its stack deploys");
        return;
    }
    if (stable(plan, *running, view, member.tasks, member.tasks_since)) {
        member.asking = first_gate(member);
        plan.happen(member, Happening::Converged, member.reason, view.message);
        return;
    }
    const bool late = plan.now.mono - member.since.mono > plan.deadline_of(service);
    if (view.state == Convergence::Failed || late) {
        blame(plan, member, late ? Reason::DeadlineExceeded : Reason::GateFailed, view.message);
    } else {
        explain(member, member.adopted ? Reason::Unverified : Reason::None, view.message);
    }
    plan.look(std::chrono::seconds(1));
}

}  // namespace

const Evidence* through_since(const Plan& plan, const Member& member, Time since) {
    const auto& restarted = plan.step.next.multiplexer.since;
    return plan.since(
        CheckKind::Through, member.service, since.mono < restarted.mono ? restarted : since);
}

void bear(Plan& plan, Member& member, const Evidence& evidence) {
    if (!member.bad_since || member.bad != evidence.seen) {
        member.bad_since = member.bad_since.value_or(evidence.taken);
        member.bad = evidence.seen;
    }
    const auto borne = plan.now.mono - member.bad_since->mono;
    const auto limit = patience(plan, member, evidence);
    const auto message = fmt::format(
        "{}: {} ({})", to_string(evidence.kind), to_string(evidence.seen), explained(evidence));
    if (evidence.seen == ProbeClass::Parked) {
        plan.record().multiplexer.stage = MultiplexerStage::Restarting;
        explain(member, Reason::WaitingForMultiplexer, message);
        member.bad_since.reset();
        return;
    }
    if (member.suspect_since && evidence.taken.mono < member.suspect_since->mono) {
        // The shared parts were asked later, and may have come back in between: ask it, too.
        plan.ask(evidence.kind, member.service, member.to);
        explain(member, member.reason, message);
        return;
    }
    if (borne >= limit) {
        const bool shared =
            evidence.seen == ProbeClass::SharedCause || evidence.seen == ProbeClass::OwnCredential;
        blame(plan, member, Reason::GateFailed, message, shared);
    } else {
        explain(member, member.reason, message);
        plan.look(limit - borne);
    }
    if (plan.now.mono - evidence.taken.mono >= kAskAgain) {
        plan.ask(evidence.kind, member.service, member.to);
    } else {
        plan.look(kAskAgain - (plan.now.mono - evidence.taken.mono));
    }
}

namespace {

void probing(Plan& plan, Member& member) {
    if (member.asking == CheckKind::Through && !multiplexer_ready(plan) &&
        member.to == AuthMode::Jwt) {
        explain(member, Reason::WaitingForMultiplexer, "through waits for the multiplexer");
        return;
    }
    const auto* evidence = member.asking == CheckKind::Through
                               ? through_since(plan, member, member.since)
                               : plan.since(member.asking, member.service, member.since);
    if (evidence == nullptr) {
        plan.ask(member.asking, member.service, member.to);
        return;
    }
    if (evidence->verdict != Verdict::Pass) {
        bear(plan, member, *evidence);
        return;
    }
    member.bad_since.reset();
    member.suspect_since.reset();
    if (const auto next = next_gate(member.asking)) {
        member.asking = *next;
        probing(plan, member);
        return;
    }
    member.watched = Duration(0);
    member.sampled.reset();
    member.shared_cause = false;
    plan.happen(member, Happening::Passed, Reason::None, "every gate passed");
    // What needs no soak is done: the way out, and what was found running as it should.
    if (member.to == AuthMode::None || member.adopted) {
        plan.happen(member, Happening::Soaked, Reason::None, "it answers as it should");
    }
}

/// A service that was good must still be what it was: same block, same spec.
void watch(Plan& plan, Member& member) {
    const auto* running = plan.running(member.service);
    if (running == nullptr) {
        return;
    }
    if (!satisfies(running->auth, wanted_block(plan.desired.fleet.jwt, member.to))) {
        const bool ours = plan.observed.swarm.at().mono < member.since.mono;
        if (!ours) {
            plan.happen(
                member,
                Happening::HandChanged,
                Reason::ChangedByHand,
                "its auth block was changed by another's hand");
        }
        return;
    }
    if (member.phase == Phase::Probing) {
        return;  // the newest through-probe is of the spec before
    }
    const auto* through = plan.ledger.latest(CheckKind::Through, member.service);
    const bool stale =
        through != nullptr && (through->verdict == Verdict::Pass || member.phase == Phase::Ready) &&
        through->inputs != service_inputs(plan.desired, plan.observed, member.service);
    if (stale && plan.observed.swarm.at().mono > member.since.mono) {
        member.adopted = member.phase == Phase::Ready;
        member.tasks.clear();
        plan.happen(
            member, Happening::Restarted, Reason::Unverified, "it runs another spec by now");
    }
}

void rolled_back(Plan& plan, Member& member) {
    const auto& record = plan.record();
    if (member.shared_cause && !record.shared_bad) {
        plan.happen(member, Happening::Retried, Reason::None, "the shared parts are good again");
        return;
    }
    const auto* edit = plan.edit_for(member.service, StackPurpose::Flip);
    if (edit != nullptr && !member.shared_cause && !member.tried.empty() &&
        tried_hash(*edit->stack()) != member.tried) {
        plan.happen(member, Happening::Retried, Reason::None, "its spec changed since");
    }
}

}  // namespace

SharedVerdict ask_shared_parts(Plan& plan, const Member& accused, Time since) {
    const auto& fleet = plan.desired.fleet.name;
    bool asking = false;
    bool bad = false;
    const auto consult = [&](CheckKind kind, const std::string& subject) {
        const auto* evidence = plan.since(kind, subject, since);
        if (evidence == nullptr) {
            plan.ask(kind, subject);
            asking = true;
        } else if (evidence->verdict != Verdict::Pass) {
            bad = true;
        }
    };
    consult(CheckKind::Token, fleet);
    consult(CheckKind::Policy, fleet);
    // A service that was proven good on this very path tells a sick shared part from a sick child.
    for (const auto& member : plan.record().members) {
        const bool control = member.service != accused.service && member.to == AuthMode::Jwt &&
                             (member.phase == Phase::Ready || member.phase == Phase::Probed);
        if (control && multiplexer_ready(plan)) {
            consult(CheckKind::Through, member.service);
            break;
        }
    }
    if (bad) {
        return SharedVerdict::Bad;
    }
    return asking ? SharedVerdict::Asking : SharedVerdict::Well;
}

void progress(Plan& plan, Member& member) {
    const auto* service = plan.desired.service(member.service);
    switch (member.phase) {
        case Phase::Flipping:
            flipping(plan, member);
            break;
        case Phase::Converging:
            if (service != nullptr) {
                converging(plan, member, *service);
            }
            break;
        case Phase::Probing:
            watch(plan, member);
            if (member.phase == Phase::Probing) {
                probing(plan, member);
            }
            break;
        case Phase::Probed:
        case Phase::Ready:
            watch(plan, member);
            if (member.phase == Phase::Probed || member.phase == Phase::Ready) {
                follow_doubt(plan, member);
            }
            break;
        case Phase::RollingBack:
        case Phase::Stuck:
            go_back(plan, member);
            break;
        case Phase::RolledBack:
            rolled_back(plan, member);
            break;
        default:
            break;
    }
}

}  // namespace wavegate::rollout
