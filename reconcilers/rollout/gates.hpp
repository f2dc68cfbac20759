#pragma once

#include "reconcilers/rollout/reduce.hpp"

#include <string>

namespace wavegate::rollout {

/// What has to be asked before both gates hold on fresh evidence: taken in this rollout, after the
/// last verdict, not older than a minute, about what is there now. Empty: they hold.
std::vector<Question> open_gates(const Scene& scene);
/// Is such a gate to be asked again by now?
bool is_to_be_asked(const Scene& scene, const Question& gate);

/// Which of the two does not hold, and why, as its newest evidence says; empty: none is known to.
std::string failing_gate(const Scene& scene);

/// Has gate 2 passed for the policies as they are now?
bool policies_verified(const Scene& scene);
/// Is it to be asked again by now, where it has not?
bool policies_are_to_be_asked(const Scene& scene);

/// Follows the shared parts while they are bad: good for two minutes ends it.
void follow_shared_parts(Reducer& reducer);

}  // namespace wavegate::rollout
