#pragma once

#include "operator/model/ledger.hpp"
#include "operator/model/rollout.hpp"

#include <cstddef>
#include <vector>

/// What `Store::prune` takes away. Pure.
namespace wavegate::store {

inline constexpr std::size_t kEventsKept = 1000;

/// For each entry, oldest first: may it go? The newest of each kind and subject stays.
std::vector<bool> prunable(const EvidenceLog& evidence, Wall before);
/// Only settled ones go, and of those neither the newest of each kind and target nor what the
/// record still names.
std::vector<bool> prunable(const IntentLog& intents, const RolloutRecord& record, Wall before);

}  // namespace wavegate::store
