#pragma once

#include "operator/model/desired.hpp"
#include "operator/model/revision.hpp"
#include "operator/model/rollout.hpp"

#include <string>

namespace wavegate::fleet {

/// Why a revision without errors is all the same not taken by itself, as a sentence; empty: it is.
/// A person may take it (`rollout accept --revision`), or commit another.
std::string objection_to(
    const DesiredState& now,
    const Revision& revision,
    const DesiredState& next,
    const RolloutRecord& record);

}  // namespace wavegate::fleet
