#include "reconcilers/rollout/gates.hpp"

#include "operator/model/inputs.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wavegate::rollout {
namespace {

/// When the last flip of this rollout got its verdict; the beginning of time when none did.
Mono last_verdict(const Scene& scene) {
    Mono last{};
    for (const auto& member : scene.record.members()) {
        const auto phase = member.phase();
        const bool judged =
            !member.adopted() &&
            (phase == Phase::Probed || phase == Phase::RollingBack || phase == Phase::RolledBack);
        if (judged) {
            last = std::max(last, member.since.mono);
        }
    }
    return last;
}

/// Fresh evidence about what is there now; null: there is none.
const Evidence*
current(const Scene& scene, CheckKind kind, const std::string& inputs, Mono verdict) {
    const auto* evidence = scene.ledger.latest(kind, scene.desired.fleet.name);
    const bool fresh = evidence != nullptr && evidence->rollout == scene.record.id() &&
                       evidence->taken.mono >= verdict && evidence->inputs == inputs &&
                       scene.is_fresh(evidence->taken);
    return fresh ? evidence : nullptr;
}

bool is_due(const Scene& scene, const Evidence* evidence) {
    return evidence == nullptr || scene.age(evidence->taken) >= kBadAgain;
}

}  // namespace

std::vector<Question> open_gates(const Scene& scene) {
    const auto verdict = last_verdict(scene);
    std::vector<Question> open;
    const auto look_at = [&](CheckKind kind, const std::string& inputs) {
        const auto* evidence = current(scene, kind, inputs, verdict);
        if (evidence == nullptr || evidence->verdict != Verdict::Pass) {
            open.push_back({kind, scene.desired.fleet.name, AuthMode::Jwt, false});
        }
    };
    look_at(CheckKind::Policy, policy_inputs(scene.desired, scene.observed));
    look_at(CheckKind::Token, token_inputs(scene.desired, scene.observed));
    return open;
}

bool is_to_be_asked(const Scene& scene, const Question& gate) {
    const bool policy = gate.kind == CheckKind::Policy;
    const auto inputs = policy ? policy_inputs(scene.desired, scene.observed)
                               : token_inputs(scene.desired, scene.observed);
    return is_due(scene, current(scene, gate.kind, inputs, last_verdict(scene)));
}

std::string failing_gate(const Scene& scene) {
    for (const auto kind : {CheckKind::Token, CheckKind::Policy}) {
        const auto* evidence = scene.ledger.latest(kind, scene.desired.fleet.name);
        if (evidence != nullptr && evidence->verdict != Verdict::Pass) {
            return fmt::format(
                "{} gate: {} ({})",
                kind == CheckKind::Token ? "token" : "policy",
                to_string(evidence->seen),
                explained(*evidence));
        }
    }
    return {};
}

bool policies_verified(const Scene& scene) {
    const auto* evidence = scene.ledger.latest(CheckKind::Policy, scene.desired.fleet.name);
    return evidence != nullptr && evidence->verdict == Verdict::Pass &&
           evidence->inputs == policy_inputs(scene.desired, scene.observed);
}

bool policies_are_to_be_asked(const Scene& scene) {
    const auto* evidence = scene.ledger.latest(CheckKind::Policy, scene.desired.fleet.name);
    return is_due(scene, evidence) ||
           evidence->inputs != policy_inputs(scene.desired, scene.observed);
}

void follow_shared_parts(Reducer& reducer) {
    const auto& scene = reducer.scene();
    const auto bad_since = scene.record.shared_bad();
    if (!bad_since) {
        return;
    }
    bool good = true;
    const auto consult = [&](CheckKind kind, const std::string& subject) {
        const auto* evidence = scene.evidence_since(kind, subject, *bad_since);
        good = good && evidence != nullptr && evidence->verdict == Verdict::Pass;
        if (is_due(scene, evidence)) {
            reducer.ask({kind, subject, AuthMode::Jwt, false});
        }
    };
    consult(CheckKind::Token, scene.desired.fleet.name);
    consult(CheckKind::Policy, scene.desired.fleet.name);
    consult(CheckKind::Children, scene.desired.fleet.multiplexer.stack);
    reducer.decide_again(kBadAgain);
    reducer.shared_parts_answer(good);
}

}  // namespace wavegate::rollout
