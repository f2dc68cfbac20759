#pragma once

#include "operator/model/desired.hpp"
#include "operator/model/rollout.hpp"

#include <string>

namespace wavegate {

/// The rollout that brings this desired state: the record's, or the one that begins with it. Of the
/// one before, too: a commit that takes another back is a rollout of its own, and what its
/// namesake's canary and gates proved says nothing of it.
std::string rollout_id(const DesiredState& desired, const RolloutRecord& record);

}  // namespace wavegate
