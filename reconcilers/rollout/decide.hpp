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

/// May a person say that now? Then it becomes a word of the ledger, which the next step hears.
/// Invalid: there is nothing that it would end, or it names nobody; NotFound: no such member.
Result<void> may_say(const RolloutRecord& record, const Ledger& ledger, const Command& command);

}  // namespace wavegate::rollout
