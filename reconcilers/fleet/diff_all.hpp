#pragma once

#include "operator/model/desired.hpp"
#include "operator/model/edit.hpp"
#include "operator/model/ledger.hpp"
#include "operator/model/rollout.hpp"
#include "reconcilers/stacks/diff.hpp"

namespace wavegate::fleet {

/// What the stacks' diff must know of the rollout and its evidence: who goes back, whose running
/// block is known to be good.
stacks::DiffContext context_of(
    const DesiredState& desired,
    const Observed& observed,
    const RolloutRecord& record,
    const Ledger& ledger);

/// Everything that differs, of every kind. Pure; `files` only saves time.
Diff diff_all(
    const DesiredState& desired,
    const Observed& observed,
    const RolloutRecord& record,
    const Ledger& ledger,
    formats::ComposeCache& files);

}  // namespace wavegate::fleet
