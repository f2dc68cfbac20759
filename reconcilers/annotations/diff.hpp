#pragma once

#include "operator/model/desired.hpp"
#include "operator/model/edit.hpp"
#include "operator/model/ledger.hpp"
#include "operator/model/observed.hpp"
#include "operator/model/rollout.hpp"

namespace wavegate::annotations {

/// Annotations that Grafana lacks: a region per rollout (closed when it finished), a point per
/// flip, way back and halt. Wanted is what record and ledger tell, observed is Grafana's search by
/// tag; each carries a tag of its own, so a lost answer or a restart makes no double. Pure.
Diff diff(
    const DesiredState& desired,
    const Observed& observed,
    const RolloutRecord& record,
    const Ledger& ledger);

}  // namespace wavegate::annotations
