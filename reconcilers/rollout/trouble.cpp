#include "reconcilers/rollout/trouble.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wavegate::rollout {
namespace {

enum class SharedParts { Asking, Well, Bad };

Duration patience(const Scene& scene, const Member& member, const Evidence& evidence) {
    switch (evidence.seen) {
        case ProbeClass::PolicyDenied:
        case ProbeClass::PolicyServerUnreachable:
            return kPatienceDenied;
        case ProbeClass::Down:
        case ProbeClass::Converging:  // over a rate limit, or not up yet: no verdict
            return scene.deadline_of(member.service);
        default:
            return kPatienceRetry;
    }
}

bool is_control(const Member& member, const Member& accused) {
    const auto phase = member.phase();
    return member.service != accused.service && member.to == AuthMode::Jwt &&
           (phase == Phase::Ready || phase == Phase::Probed);
}

SharedParts ask_shared_parts(const Scene& scene, const Member& accused, Time since, Move& move) {
    const auto& fleet = scene.desired.fleet.name;
    bool asking = false;
    bool bad = false;
    const auto consult = [&](CheckKind kind, const std::string& subject) {
        const auto* evidence = scene.evidence_since(kind, subject, since);
        if (evidence == nullptr) {
            move.asks(kind, subject);
            asking = true;
        } else if (evidence->verdict != Verdict::Pass) {
            bad = true;
        }
    };
    consult(CheckKind::Token, fleet);
    consult(CheckKind::Policy, fleet);
    // A service that was proven good on this very path tells a sick shared part from a sick child.
    const auto& members = scene.record.members();
    const auto control = std::find_if(members.begin(), members.end(), [&](const Member& member) {
        return is_control(member, accused);
    });
    if (control != members.end() && scene.multiplexer_is(MultiplexerStage::Wired)) {
        consult(CheckKind::Through, control->service);
    }
    if (bad) {
        return SharedParts::Bad;
    }
    return asking ? SharedParts::Asking : SharedParts::Well;
}

/// Nobody of us flipped it: said, aloud once when its deadline passes, and asked again.
Blame report(
    const Scene& scene,
    const Member& member,
    const Cause& cause,
    Trouble& trouble,
    Move& move) {
    const bool late = scene.is_late(member.service, member.since);
    move.wait_for(late ? Reason::DeadlineExceeded : cause.reason, cause.message).looks(kResync);
    if (late && !trouble.suspect_since) {
        trouble.suspect_since = scene.now;
        move.shout = cause.message;
    }
    return Blame::Borne;
}

/// It is given until its deadline to see the shared parts well again.
Blame blame_on_shared_parts(const Scene& scene, const Member& member) {
    const auto* flight = member.flight();
    const bool late = flight != nullptr && scene.is_late(member.service, flight->flipped);
    return late ? Blame::Shared : Blame::Borne;
}

/// Nothing further is flipped.
Blame share(
    const Scene& scene,
    const Member& member,
    const Cause& cause,
    Trouble& trouble,
    Move& move) {
    // What they said holds for a while: asked over and over, a sick part would get no rest.
    if (trouble.suspect_since && scene.age(*trouble.suspect_since) >= kBadAgain) {
        trouble.suspect_since.reset();
    }
    move.claims.push_back(Claim::SharedPartsBad);
    move.wait_for(Reason::SharedCause, cause.message).looks(kAskAgain);
    return blame_on_shared_parts(scene, member);
}

}  // namespace

std::string told(const Evidence& evidence) {
    return fmt::format(
        "{}: {} ({})", to_string(evidence.kind), to_string(evidence.seen), explained(evidence));
}

bool is_shared(const Evidence& evidence) {
    return evidence.verdict == Verdict::Unknown || evidence.seen == ProbeClass::SharedCause ||
           evidence.seen == ProbeClass::OwnCredential;
}

bool is_doubted(const Ledger& ledger, const Member& member) {
    const auto* through = ledger.latest(CheckKind::Through, member.service);
    if (member.phase() == Phase::Degraded) {
        return true;
    }
    const bool proven = member.phase() == Phase::Probed || member.phase() == Phase::Ready;
    return proven && member.to == AuthMode::Jwt && through != nullptr &&
           through->verdict != Verdict::Pass;
}

Blame accuse(
    const Scene& scene,
    const Member& member,
    const Cause& cause,
    Trouble& trouble,
    Move& move) {
    if (member.adopted()) {
        return report(scene, member, cause, trouble, move);
    }
    if (cause.shared) {
        return share(scene, member, cause, trouble, move);
    }
    trouble.suspect_since = trouble.suspect_since.value_or(scene.now);
    auto shared = SharedParts::Well;
    if (member.to == AuthMode::Jwt && cause.reason != Reason::RejectedBySwarm) {
        shared = ask_shared_parts(scene, member, *trouble.suspect_since, move);
    }
    switch (shared) {
        case SharedParts::Asking:
            move.wait_for(cause.reason, cause.message + "; asking the shared parts first")
                .looks(kAskAgain);
            return Blame::Borne;
        case SharedParts::Bad:
            return share(scene, member, cause, trouble, move);
        case SharedParts::Well:
            break;
    }
    if (!scene.record.shared_bad()) {
        return Blame::Own;
    }
    // They have just come back: what it answered may be of before.
    move.wait_for(Reason::SharedCause, cause.message).looks(kAskAgain);
    return blame_on_shared_parts(scene, member);
}

Blame bear(
    const Scene& scene,
    const Member& member,
    const Evidence& evidence,
    Trouble& trouble,
    Move& move) {
    trouble.since = trouble.since.value_or(evidence.taken);
    trouble.seen = evidence.seen;
    const auto message = told(evidence);
    if (evidence.seen == ProbeClass::Parked) {
        trouble = Trouble();
        move.claims.push_back(Claim::RestartMultiplexer);
        move.wait_for(Reason::WaitingForMultiplexer, message).looks(kAskAgain);
        return Blame::Borne;
    }
    if (trouble.suspect_since && evidence.taken.mono < trouble.suspect_since->mono &&
        !member.adopted()) {
        // The shared parts were asked later, and may have come back in between: ask it, too.
        move.asks(evidence.kind, member.service, member.to).wait_for(Reason::None, message);
        return Blame::Borne;
    }
    // Who is over a rate limit gets over it by being left alone.
    const auto pause = evidence.seen == ProbeClass::Converging ? kBadAgain : kAskAgain;
    const auto age = scene.age(evidence.taken);
    if (age >= pause) {
        move.asks(evidence.kind, member.service, member.to);
    } else {
        move.decides(pause - age);
    }
    const auto limit = patience(scene, member, evidence);
    const auto borne = scene.age(*trouble.since);
    if (borne < limit) {
        move.wait_for(Reason::None, message).decides(limit - borne);
        return Blame::Borne;
    }
    const bool shared =
        evidence.seen == ProbeClass::SharedCause || evidence.seen == ProbeClass::OwnCredential;
    return accuse(scene, member, Cause{Reason::GateFailed, message, shared}, trouble, move);
}

}  // namespace wavegate::rollout
