#pragma once

#include "operator/model/desired.hpp"
#include "operator/model/ledger.hpp"
#include "operator/model/observed.hpp"
#include "operator/model/step.hpp"

namespace wavegate::rollout {

/// The only planner, and pure: what is released now, what must be asked, what waits for what,
/// and when to look again. `diff` is what differs between `desired` and `observed`; `record` and
/// `ledger` are what earlier steps left behind.
Step decide(
    const DesiredState& desired,
    const Observed& observed,
    const Diff& diff,
    const RolloutRecord& record,
    const Ledger& ledger,
    Time now);

/// A person's command, applied to the record between two steps. Invalid: no such member, or the
/// verb means nothing in its phase (the message says which would).
Result<RolloutRecord> apply(const RolloutRecord& record, const Command& command, Time now);

/// What `apply` and `rollout status` end with (design §9).
enum class Standing { Converged, Moving, Halted, Awaited };
Standing standing(const DesiredState& desired, const RolloutRecord& record, const Diff& diff);

}  // namespace wavegate::rollout
