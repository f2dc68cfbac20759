#pragma once

#include "operator/model/ledger.hpp"
#include "operator/model/rollout.hpp"

namespace wavegate::rollout {

/// Is there something about a member that `retry` ends? In Pending: a rejection, turns, or a broken
/// baseline.
bool has_what_retry_ends(const RolloutRecord& record, const Ledger& ledger, const Member& member);

}  // namespace wavegate::rollout
