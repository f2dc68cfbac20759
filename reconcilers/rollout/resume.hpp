#pragma once

#include "operator/model/ledger.hpp"
#include "operator/model/rollout.hpp"

#include <vector>

namespace wavegate::rollout {

/// The record as the store gave it back, with everything that waits moved on by the time in which
/// nobody watched: between the newest thing that was kept and `now`. A service that was flipped
/// just before the operator went away is not late because it stayed away.
RolloutRecord resume(
    const RolloutRecord& record,
    const Ledger& ledger,
    const std::vector<Event>& events,
    Time now);

}  // namespace wavegate::rollout
