#include "reconcilers/fleet/diff_all.hpp"

#include "operator/model/inputs.hpp"
#include "reconcilers/annotations/diff.hpp"
#include "reconcilers/clients/diff.hpp"
#include "reconcilers/policies/diff.hpp"
#include "reconcilers/secrets/diff.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <string_view>

namespace wavegate::fleet {
namespace {

void append(Diff& all, Diff part) {
    std::move(part.edits.begin(), part.edits.end(), std::back_inserter(all.edits));
    std::move(part.obstacles.begin(), part.obstacles.end(), std::back_inserter(all.obstacles));
    std::move(part.ways_back.begin(), part.ways_back.end(), std::back_inserter(all.ways_back));
    std::move(part.unread.begin(), part.unread.end(), std::back_inserter(all.unread));
}

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

stacks::DiffContext context_of(
    const DesiredState& desired,
    const Observed& observed,
    const RolloutRecord& record,
    const Ledger& ledger) {
    stacks::DiffContext context;
    const auto left = unfinished(ledger);
    context.rollout = record.id();
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

Diff diff_all(
    const DesiredState& desired,
    const Observed& observed,
    const RolloutRecord& record,
    const Ledger& ledger,
    formats::ComposeCache& files) {
    auto context = context_of(desired, observed, record, ledger);
    context.files = &files;
    Diff all;
    append(all, clients::diff(desired, observed));
    append(all, secrets::diff(desired, observed));
    append(all, policies::diff(desired, observed));
    append(all, stacks::diff(desired, observed, context));
    append(all, annotations::diff(desired, observed, record, ledger));
    return all;
}

}  // namespace wavegate::fleet
