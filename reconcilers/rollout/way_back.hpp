#pragma once

#include "reconcilers/rollout/plan.hpp"

namespace wavegate::rollout {

/// Starts a member's way back, or holds it where its wave says `onFailure: hold`.
void send_back(Plan& plan, Member& member, Reason reason, const std::string& message);

/// Puts the last good block back and verifies it; past its deadline the member is Stuck.
void go_back(Plan& plan, Member& member);

}  // namespace wavegate::rollout
