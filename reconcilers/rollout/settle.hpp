#pragma once

#include "reconcilers/rollout/plan.hpp"

namespace wavegate::rollout {

/// What became of a write, as far as its receipt or the observation tells.
enum class Outcome { Written, NotWritten, Failed, Unknown };

/// Settles an intent whose answer is missing by what runs: equal to after = adopted, equal to
/// before for long enough = dropped, else unknown (design §4, act).
Outcome settle(Plan& plan, const Intent* intent, const std::string& service);

}  // namespace wavegate::rollout
