#pragma once

#include "reconcilers/rollout/plan.hpp"

namespace wavegate::rollout {

/// What became of a write, as far as its receipt or the observation tells.
enum class Outcome { Written, NotWritten, Failed, Unknown };

/// Settles an intent whose answer is missing by what runs: equal to after = adopted, equal to
/// before for long enough = dropped, else unknown (design §4, act).
Outcome settle(Plan& plan, const Intent* intent, const std::string& service);

/// Starts a member's way back, or holds it where its wave says `onFailure: hold`.
void send_back(Plan& plan, Member& member, Reason reason, const std::string& message);

/// Puts the last good block back and verifies it; past its deadline the member is Stuck.
void go_back(Plan& plan, Member& member);

}  // namespace wavegate::rollout
