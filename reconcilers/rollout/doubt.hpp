#pragma once

#include "reconcilers/rollout/plan.hpp"

namespace wavegate::rollout {

/// Was proven good and did not answer through when asked again, as the control of another's failure
/// or in its soak: what may only follow good services waits until it does.
bool is_doubted(const Ledger& ledger, const Member& member);

/// Asks a doubted service again: nothing else would, and nobody may pass it. One that still soaks
/// is judged as at any gate; one that was Ready is not sent back for what came later: it is named,
/// and after its deadline a person's `accept` lets the others pass.
void follow_doubt(Plan& plan, Member& member);

/// Says of what is never sent back why it is where it is. What has been so `since` longer than its
/// deadline is DeadlineExceeded: a person is told aloud, once, and may `accept` it.
void report(Plan& plan, Member& member, Reason reason, const std::string& message, Time since);

/// Was Ready, was found enforcing already, or was broken before any flip, and waited for in vain.
bool is_overdue(const Member& member);

}  // namespace wavegate::rollout
