#pragma once

#include "operator/model/desired.hpp"
#include "operator/model/revision.hpp"
#include "operator/model/rollout.hpp"

#include <string>
#include <vector>

namespace wavegate::fleet {

/// A revision without errors, and what it would take the place of.
struct Proposal {
    const std::string& in_force;  ///< revision in force, as the store knows it; empty: none was yet
    const DesiredState* now;      ///< what that one says; null: none, or it can't be read any more
    const Revision& revision;     ///< its ancestry speaks of `in_force`
    const DesiredState& next;
    const RolloutRecord& record;
};

/// Why it is all the same not taken by itself, a clause each; empty: it is. All of them are told,
/// since who accepts a revision (`rollout accept --revision`) accepts them all. Nothing is
/// remembered of a held revision: what came on top of it is judged against `in_force` too.
std::vector<std::string> objections_to(const Proposal& proposal);

}  // namespace wavegate::fleet
