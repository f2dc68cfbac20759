#pragma once

#include "reconcilers/rollout/reduce.hpp"

namespace wavegate::rollout {

/// Clients, secrets, policies and annotations go as soon as they differ: they only add. What takes
/// a policy away waits, while services enforce, until what is left was verified. What does not
/// stick, or is refused, is told as a wait.
void release_shared_edits(Reducer& reducer);

/// Env syncs restart a service: one at a time, and only while nothing else is in motion.
void release_env_sync(Reducer& reducer);

}  // namespace wavegate::rollout
