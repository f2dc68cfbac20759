#pragma once

#include "reconcilers/rollout/reduce.hpp"

namespace wavegate::rollout {

/// Releases the flips that may go now, and says of every other pending member what it waits for:
/// the way out first, in reverse order of waves; then towards jwt, wave by wave.
void release_flips(Reducer& reducer);

/// Ends the canary's time alone once it has soaked; gives its place to another flip of this rollout
/// that stands where it went back.
void follow_canary(Reducer& reducer);

}  // namespace wavegate::rollout
