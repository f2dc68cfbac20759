// Converged: its gates are asked one after the other, and the first bad answer is borne or judged.
#include "reconcilers/rollout/adopt.hpp"
#include "reconcilers/rollout/steps.hpp"
#include "reconcilers/rollout/trouble.hpp"

namespace wavegate::rollout {
namespace {

std::optional<CheckKind> gate_after(CheckKind gate) {
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

/// The way out waits for no multiplexer that a person must mend first: it can't tell anything.
bool needs_through(const Scene& scene, const Member& member) {
    return member.to == AuthMode::Jwt || !scene.multiplexer_is(MultiplexerStage::Failed);
}

/// The first gate that has no passing answer since it converged; nothing when all have.
std::optional<CheckKind> open_gate(const Scene& scene, const Member& member, CheckKind from) {
    for (std::optional<CheckKind> gate = from; gate; gate = gate_after(*gate)) {
        const bool through = *gate == CheckKind::Through;
        const auto* evidence = through ? scene.through_since(member.service, member.since)
                                       : scene.evidence_since(*gate, member.service, member.since);
        const bool passed = evidence != nullptr && evidence->verdict == Verdict::Pass;
        if (!passed && (!through || needs_through(scene, member))) {
            return gate;
        }
    }
    return std::nullopt;
}

void ask_gate(const Scene& scene, const Member& member, state::Probing next, Move& move) {
    const bool through = next.gate == CheckKind::Through;
    if (through && member.to == AuthMode::Jwt && !scene.multiplexer_is(MultiplexerStage::Wired)) {
        move.wait_for(Reason::WaitingForMultiplexer, "through waits for the multiplexer");
        move.keeps(std::move(next));
        return;
    }
    const auto* evidence = through ? scene.through_since(member.service, member.since)
                                   : scene.evidence_since(next.gate, member.service, member.since);
    if (evidence == nullptr) {
        move.asks(next.gate, member.service, member.to);
        move.keeps(std::move(next));
        return;
    }
    const auto blame = bear(scene, member, *evidence, next.trouble, move);
    if (blame == Blame::Borne) {
        move.keeps(std::move(next));
        return;
    }
    send_back(
        scene,
        member,
        {blame == Blame::Own ? Reason::GateFailed : Reason::SharedCause,
         told(*evidence),
         blame == Blame::Shared},
        move);
}

}  // namespace

Move step_probing(const Scene& scene, const Member& member, const state::Probing& in) {
    if (auto ours = take_up(scene, member, in)) {
        return std::move(*ours);
    }
    Move move;
    if (has_changed(scene, member, move)) {
        return move;
    }
    const auto gate = open_gate(scene, member, in.gate);
    if (!gate) {
        state::Probed next;
        next.flight = in.flight;
        next.soak_since = scene.now;
        move.turns(Happening::Passed, std::move(next), Reason::None, "every gate passed");
        return move;
    }
    auto next = in;
    if (*gate != in.gate) {
        next.gate = *gate;
        next.trouble = Trouble();
    }
    ask_gate(scene, member, std::move(next), move);
    return move;
}

}  // namespace wavegate::rollout
