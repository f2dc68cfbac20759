#include "reconcilers/stacks/context.hpp"

#include "operator/model/inputs.hpp"
#include "operator/model/rollout_id.hpp"

#include <set>
#include <string>
#include <string_view>

namespace wavegate::stacks {
namespace {

/// A baseline or a through-probe that passed on the very spec that runs now.
bool is_verified(
    const DesiredState& desired,
    const Observed& observed,
    const Ledger& ledger,
    const std::string& service) {
    const auto inputs = service_inputs(desired, observed, service);
    const auto passed = [&](CheckKind kind) {
        const auto* evidence = ledger.latest(kind, service);
        return evidence != nullptr && evidence->verdict == Verdict::Pass &&
               evidence->inputs == inputs;
    };
    return passed(CheckKind::Through) || passed(CheckKind::Baseline);
}

/// Services whose newest commit was left without a redeploy that is known to have worked.
std::set<std::string_view> unfinished(const Ledger& ledger) {
    std::set<std::string_view> services;
    for (const auto& intent : ledger.intents) {
        if (intent.kind == "restart") {
            continue;
        }
        const bool left = !intent.file_after.empty() && intent.state != IntentState::Written &&
                          intent.state != IntentState::Adopted;
        if (left) {
            services.insert(intent.service);
        } else {
            services.erase(intent.service);
        }
    }
    return services;
}

std::set<std::string> own_heads(const Observed& observed, const Ledger& ledger) {
    std::set<std::string> own;
    for (const auto& [name, head] : observed.heads) {
        const auto* stack = observed.stack(name);
        const bool waits =
            head.ok() && stack != nullptr && stack->git && head->commit != stack->git->config_hash;
        if (waits && ledger.committed(*head, "stack/" + name, stack->git->config_hash) != nullptr) {
            own.insert(name);
        }
    }
    return own;
}

}  // namespace

DiffContext context_of(
    const DesiredState& desired,
    const Observed& observed,
    const RolloutRecord& record,
    const Ledger& ledger) {
    DiffContext context;
    const auto left = unfinished(ledger);
    context.rollout = rollout_id(desired, record);
    for (const auto& member : record.members()) {
        if (member.going_back() != nullptr) {
            context.way_back.insert(member.service);
            if (const auto* flip = ledger.latest_intent("flip", member.service)) {
                context.met[member.service] = flip->block_before;
            }
        } else if (is_verified(desired, observed, ledger, member.service)) {
            context.verified.insert(member.service);
        }
        if (left.contains(member.service)) {
            context.unfinished.insert(member.service);
        }
    }
    context.own_heads = own_heads(observed, ledger);
    context.unwire = record.multiplexer().stage() == MultiplexerStage::Unwiring;
    return context;
}

}  // namespace wavegate::stacks
