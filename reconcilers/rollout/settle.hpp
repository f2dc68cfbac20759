#pragma once

#include "reconcilers/rollout/scene.hpp"

#include <map>
#include <string>

namespace wavegate::rollout {

/// What became of writes whose answer is missing, told by what is observed since (design §4, act):
/// in force = Adopted; taken back by Swarm itself = Adopted, too, for it did land; nothing to be
/// seen of it when it can land no more = Dropped. What may still land is not in here: it holds its
/// place, and is never sent again meanwhile.
std::map<std::string, Intent> settle(
    const Observed& observed,
    const DesiredState& desired,
    const Diff& diff,
    const Ledger& ledger,
    Time now);

/// What became of a write, as far as its receipt or the observation tells.
enum class Outcome { Written, NotWritten, Failed, Unknown };
Outcome outcome_of(const Scene& scene, const std::string& intent);
/// The same of what is seen to be `in_force` or not: seen, the answer is not waited for.
Outcome outcome_in_sight(const Scene& scene, const std::string& intent, bool in_force);

}  // namespace wavegate::rollout
