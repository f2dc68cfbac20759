#pragma once

#include "operator/base/result.hpp"
#include "operator/model/desired.hpp"
#include "operator/model/observed.hpp"
#include "operator/model/step.hpp"

namespace wavegate::rollout {

/// The only planner, and pure: what is released now, what must be asked, what waits for what,
/// and when to look again. `diff` is what differs between `desired` and `observed`; `record` and
/// `ledger` are what earlier steps left behind. Deciding again on the same world changes nothing.
Step decide(
    const DesiredState& desired,
    const Observed& observed,
    const Diff& diff,
    const RolloutRecord& record,
    const Ledger& ledger,
    Time now);

/// A person's command, applied to the record between two steps. Invalid: the verb means nothing in
/// the member's phase (the message says which would); NotFound: no such member. An acceptance is a
/// fact of the ledger: who commands it adds that beside the record.
Result<RolloutRecord>
apply(const RolloutRecord& record, const Ledger& ledger, const Command& command, Time now);

}  // namespace wavegate::rollout
