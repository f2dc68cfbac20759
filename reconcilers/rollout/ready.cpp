// It was proven. It must still be what it was, and answer when it is asked as a control.
#include "reconcilers/rollout/steps.hpp"
#include "reconcilers/rollout/trouble.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wavegate::rollout {
namespace {

/// Good by itself and lost by the multiplexer: a restart is due, as for a service that was flipped.
void mend_parked(const Scene& scene, const Member& member, const Evidence& through, Move& move) {
    const auto* direct = scene.evidence_since(CheckKind::Direct, member.service, through.taken);
    if (direct == nullptr) {
        move.asks(CheckKind::Direct, member.service, member.to);
    } else if (direct->verdict == Verdict::Pass) {
        move.claims.push_back(Claim::RestartMultiplexer);
    }
}

Reason
name_doubt(const Scene& scene, const Member& member, const Evidence& through, Trouble& trouble) {
    if (is_shared(through)) {
        trouble = Trouble();
        return Reason::SharedCause;
    }
    trouble.since = trouble.since.value_or(through.taken);
    trouble.seen = through.seen;
    return scene.is_late(member.service, *trouble.since) ? Reason::DeadlineExceeded
                                                         : Reason::GateFailed;
}

/// As the times tell, it was proven before its flip had soaked: a wall clock that was set back
/// before the operator was started again turns them around. The guard has nothing else to go by,
/// and would hold the flip's slot for ever: it is proven anew.
bool seems_unproven(const Scene& scene, const Member& member) {
    const auto* flip = scene.ledger.latest_intent("flip", member.service);
    const auto* through = scene.ledger.latest(CheckKind::Through, member.service);
    if (flip == nullptr || through == nullptr || through->verdict != Verdict::Pass) {
        return false;
    }
    const bool soaked = flip->to == AuthMode::Jwt;
    const auto from = std::max(flip->at.mono, flip->settled.mono);
    return through->taken.mono < (soaked ? from + scene.soak_of(member.service) : flip->at.mono);
}

void prove_anew(const Scene& scene, const Member& member, Move& move) {
    const auto age = scene.age(scene.ledger.latest(CheckKind::Through, member.service)->taken);
    if (age >= kSharedAgain) {
        move.asks(CheckKind::Through, member.service, member.to);
    }
    move.looks(kSharedAgain);
}

}  // namespace

Move step_ready(const Scene& scene, const Member& member, const state::Ready& in) {
    Move move;
    if (has_changed(scene, member, move)) {
        return move;
    }
    auto next = in;
    if (!is_doubted(scene.ledger, member)) {
        next.trouble = Trouble();
        if (seems_unproven(scene, member) && scene.multiplexer_is(MultiplexerStage::Wired)) {
            prove_anew(scene, member, move);
        }
        return move.keeps(std::move(next));
    }
    if (!scene.multiplexer_is(MultiplexerStage::Wired)) {
        return move;
    }
    const auto& through = *scene.ledger.latest(CheckKind::Through, member.service);
    const auto reason = name_doubt(scene, member, through, next.trouble);
    move.wait_for(
        reason,
        fmt::format(
            "it was good and answers no more; through: {} ({})",
            to_string(through.seen),
            explained(through)));
    if (through.seen == ProbeClass::Parked) {
        mend_parked(scene, member, through, move);
    }
    const auto age = scene.age(through.taken);
    if (age >= kSharedAgain) {
        move.asks(CheckKind::Through, member.service, member.to);
    }
    move.looks(age >= kSharedAgain ? kSharedAgain : kSharedAgain - age);
    return move.keeps(std::move(next));
}

}  // namespace wavegate::rollout
