#include "operator/store/retention.hpp"

#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace wavegate::store {

namespace {

bool is_settled(const Intent& intent) {
    return intent.state != IntentState::Open && intent.state != IntentState::Lost;
}

Wall settled_at(const Intent& intent) {
    return intent.settled.wall == Wall() ? intent.at.wall : intent.settled.wall;
}

/// Writes that a member or the multiplexer stands on.
std::set<std::string_view> named_by(const RolloutRecord& record) {
    std::set<std::string_view> ids;
    for (const auto& member : record.members()) {
        if (const auto* flight = member.flight()) {
            ids.insert(flight->intent);
        }
        if (const auto* back = member.going_back()) {
            ids.insert(back->intent);
        }
    }
    std::visit(
        [&](const auto& in) {
            if constexpr (requires { in.intent; }) {
                ids.insert(in.intent);
            }
        },
        record.multiplexer().state);
    return ids;
}

}  // namespace

std::vector<bool> prunable(const EvidenceLog& evidence, Wall before) {
    std::vector<bool> go(evidence.size(), false);
    std::set<std::pair<CheckKind, std::string_view>> newer;
    for (std::size_t i = evidence.size(); i-- > 0;) {
        const bool newest = newer.insert({evidence[i].kind, evidence[i].subject}).second;
        go[i] = !newest && evidence[i].taken.wall < before;
    }
    return go;
}

std::vector<bool> prunable(const IntentLog& intents, const RolloutRecord& record, Wall before) {
    std::vector<bool> go(intents.size(), false);
    const auto named = named_by(record);
    std::set<std::pair<std::string_view, std::string_view>> newer;
    for (std::size_t i = intents.size(); i-- > 0;) {
        const auto& intent = intents[i];
        const bool newest = newer.insert({intent.kind, intent.target}).second;
        go[i] = !newest && is_settled(intent) && settled_at(intent) < before &&
                !named.contains(intent.id);
    }
    return go;
}

std::vector<bool> prunable(
    const std::vector<std::string>& rollouts,
    std::string_view in_force,
    const IntentLog& intents) {
    std::set<std::string_view> stays{in_force};
    for (const auto& intent : intents) {
        if (!is_settled(intent)) {
            stays.insert(intent.rollout);
        }
    }
    std::vector<bool> go(rollouts.size(), false);
    for (std::size_t i = 0; i < rollouts.size(); ++i) {
        // What was kept before the first rollout is the record of none.
        const bool old = i + kRolloutsKept < rollouts.size() || rollouts[i].empty();
        go[i] = old && !stays.contains(rollouts[i]);
    }
    return go;
}

}  // namespace wavegate::store
