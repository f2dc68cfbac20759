#include "reconcilers/rollout/gates.hpp"

#include "operator/model/inputs.hpp"

#include <algorithm>

namespace wavegate::rollout {
namespace {

constexpr Duration kSharedAgain = std::chrono::seconds(10);

/// When the last flip of this rollout got its verdict; the beginning of time when none did.
Mono last_verdict(const Plan& plan) {
    Mono last{};
    for (const auto& member : plan.step.next.members) {
        const bool judged = !member.adopted &&
                            (member.phase == Phase::Probed || member.phase == Phase::RollingBack ||
                             member.phase == Phase::RolledBack);
        if (judged) {
            last = std::max(last, member.since.mono);
        }
    }
    return last;
}

bool holds(Plan& plan, CheckKind kind, const std::string& inputs, Mono verdict) {
    const auto& fleet = plan.desired.fleet.name;
    const auto* evidence = plan.ledger.latest(kind, fleet);
    const bool current = evidence != nullptr && evidence->rollout == plan.record().id &&
                         evidence->taken.mono >= verdict && evidence->inputs == inputs &&
                         plan.now.mono - evidence->taken.mono <= kGateFreshness;
    if (current && evidence->verdict == Verdict::Pass) {
        return true;
    }
    if (!current || plan.now.mono - evidence->taken.mono >= kSharedAgain) {
        plan.ask(kind, fleet);
    }
    plan.look(kSharedAgain);
    return false;
}

}  // namespace

bool gates_are_fresh(Plan& plan) {
    const auto verdict = last_verdict(plan);
    const bool policy =
        holds(plan, CheckKind::Policy, policy_inputs(plan.desired, plan.observed), verdict);
    const bool token =
        holds(plan, CheckKind::Token, token_inputs(plan.desired, plan.observed), verdict);
    return policy && token;
}

bool policies_verified(Plan& plan) {
    const auto* evidence = plan.ledger.latest(CheckKind::Policy, plan.desired.fleet.name);
    const auto inputs = policy_inputs(plan.desired, plan.observed);
    if (evidence != nullptr && evidence->verdict == Verdict::Pass && evidence->inputs == inputs) {
        return true;
    }
    if (evidence == nullptr || evidence->inputs != inputs ||
        plan.now.mono - evidence->taken.mono >= kSharedAgain) {
        plan.ask(CheckKind::Policy, plan.desired.fleet.name);
    }
    plan.look(kSharedAgain);
    return false;
}

void follow_shared_parts(Plan& plan) {
    auto& record = plan.record();
    if (!record.shared_bad) {
        return;
    }
    bool good = true;
    for (const auto kind : {CheckKind::Token, CheckKind::Policy}) {
        const auto* evidence = plan.since(kind, plan.desired.fleet.name, *record.shared_bad);
        good = good && evidence != nullptr && evidence->verdict == Verdict::Pass;
        if (evidence == nullptr || plan.now.mono - evidence->taken.mono >= kSharedAgain) {
            plan.ask(kind, plan.desired.fleet.name);
        }
    }
    const auto& multiplexer = plan.desired.fleet.multiplexer.stack;
    const auto* children = plan.since(CheckKind::Children, multiplexer, *record.shared_bad);
    good = good && children != nullptr && children->verdict == Verdict::Pass;
    if (children == nullptr || plan.now.mono - children->taken.mono >= kSharedAgain) {
        plan.ask(CheckKind::Children, multiplexer);
    }
    plan.look(kSharedAgain);
    if (!good) {
        record.shared_good.reset();
        return;
    }
    if (!record.shared_good) {
        record.shared_good = plan.now;
    }
    if (plan.now.mono - record.shared_good->mono >= kSharedGood) {
        record.shared_bad.reset();
        record.shared_good.reset();
        plan.event(
            "Normal",
            "Fleet/" + plan.desired.fleet.name,
            "SharedPartsGood",
            "the shared parts have been good for two minutes: the rollout goes on");
    }
}

}  // namespace wavegate::rollout
