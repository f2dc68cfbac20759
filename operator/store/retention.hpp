#pragma once

#include "operator/model/ledger.hpp"
#include "operator/model/rollout.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// What `Store::prune` takes away. Pure.
namespace wavegate::store {

inline constexpr std::size_t kEventsKept = 1000;
inline constexpr std::size_t kRolloutsKept = 50;

/// For each entry, oldest first: may it go? The newest of each kind and subject stays.
std::vector<bool> prunable(const EvidenceLog& evidence, Wall before);
/// Only settled ones go, and of those neither the newest of each kind and target nor what the
/// record still names.
std::vector<bool> prunable(const IntentLog& intents, const RolloutRecord& record, Wall before);
/// Of the rollouts that have a record, by id: the newest `kRolloutsKept` stay, and so do the one in
/// force and those that an intent names of which nobody knows yet what became of it.
std::vector<bool> prunable(
    const std::vector<std::string>& rollouts,
    std::string_view in_force,
    const IntentLog& intents);

}  // namespace wavegate::store
