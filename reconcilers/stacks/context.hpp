#pragma once

#include "operator/model/desired.hpp"
#include "operator/model/ledger.hpp"
#include "operator/model/observed.hpp"
#include "operator/model/rollout.hpp"
#include "reconcilers/stacks/diff.hpp"

namespace wavegate::stacks {

/// What record and ledger say of the stacks. Pure.
DiffContext context_of(
    const DesiredState& desired,
    const Observed& observed,
    const RolloutRecord& record,
    const Ledger& ledger);

}  // namespace wavegate::stacks
