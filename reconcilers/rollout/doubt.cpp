#include "reconcilers/rollout/doubt.hpp"

#include "reconcilers/rollout/progress.hpp"

#include <fmt/format.h>

namespace wavegate::rollout {
namespace {

constexpr Duration kDoubtAgain = std::chrono::seconds(10);

/// Is it the way there, and not the service, that gave no answer?
bool is_shared(const Evidence& through) {
    return through.verdict == Verdict::Unknown || through.seen == ProbeClass::SharedCause ||
           through.seen == ProbeClass::OwnCredential;
}

Reason name_doubt(const Plan& plan, Member& member, const Evidence& through) {
    if (is_shared(through)) {
        member.bad_since.reset();
        return Reason::SharedCause;
    }
    member.bad_since = member.bad_since.value_or(through.taken);
    const auto* service = plan.desired.service(member.service);
    const bool late =
        service != nullptr && plan.now.mono - member.bad_since->mono > plan.deadline_of(*service);
    return late ? Reason::DeadlineExceeded : Reason::GateFailed;
}

bool is_named(const Member& member) {
    return member.phase == Phase::Ready &&
           (member.reason == Reason::GateFailed || member.reason == Reason::SharedCause ||
            member.reason == Reason::DeadlineExceeded);
}

/// Good by itself and lost by the multiplexer: a restart is due, as for a service that was flipped.
void mend_parked(Plan& plan, const Member& member, const Evidence& through) {
    const auto* direct = plan.since(CheckKind::Direct, member.service, through.taken);
    if (direct == nullptr) {
        plan.ask(CheckKind::Direct, member.service, member.to);
    } else if (direct->verdict == Verdict::Pass) {
        plan.record().multiplexer.stage = MultiplexerStage::Restarting;
    }
}

}  // namespace

bool is_doubted(const Ledger& ledger, const Member& member) {
    const auto* through = ledger.latest(CheckKind::Through, member.service);
    const bool proven = member.phase == Phase::Probed || member.phase == Phase::Ready;
    return proven && member.to == AuthMode::Jwt && through != nullptr &&
           through->verdict != Verdict::Pass;
}

void report(Plan& plan, Member& member, Reason reason, const std::string& message, Time since) {
    const auto* service = plan.desired.service(member.service);
    const bool late = service != nullptr && plan.now.mono - since.mono > plan.deadline_of(*service);
    if (late && member.reason != Reason::DeadlineExceeded) {
        plan.event("Warning", "Service/" + member.service, "DeadlineExceeded", message);
    }
    explain(member, late ? Reason::DeadlineExceeded : reason, message);
}

bool is_overdue(const Member& member) {
    const bool never_sent_back = member.phase == Phase::Ready || member.phase == Phase::Pending ||
                                 (in_motion(member.phase) && member.adopted);
    return never_sent_back && member.reason == Reason::DeadlineExceeded;
}

void follow_doubt(Plan& plan, Member& member) {
    if (!is_doubted(plan.ledger, member)) {
        if (is_named(member)) {
            member.bad_since.reset();
            explain(member, Reason::None, "it answers again");
        }
        return;
    }
    if (plan.record().multiplexer.stage != MultiplexerStage::Wired) {
        return;
    }
    const auto& through = *plan.ledger.latest(CheckKind::Through, member.service);
    if (member.phase == Phase::Ready) {
        const auto reason = name_doubt(plan, member, through);
        explain(
            member,
            reason,
            fmt::format(
                "it was good and answers no more; through: {} ({})",
                to_string(through.seen),
                explained(through)));
        if (through.seen == ProbeClass::Parked) {
            mend_parked(plan, member, through);
        }
    } else if (!is_shared(through)) {
        bear(plan, member, through);
        return;
    }
    const auto age = plan.now.mono - through.taken.mono;
    if (age >= kDoubtAgain) {
        plan.ask(CheckKind::Through, member.service, member.to);
    }
    plan.look(age >= kDoubtAgain ? kDoubtAgain : kDoubtAgain - age);
}

}  // namespace wavegate::rollout
