#pragma once

#include "reconcilers/rollout/needs.hpp"

namespace wavegate::rollout {

/// The first flip of a rollout goes alone: what another left in flight comes to its end first.
std::optional<Unmet> first_goes_alone(const Candidate& candidate);

}  // namespace wavegate::rollout
