#pragma once

#include "reconcilers/stacks/place.hpp"
#include "reconcilers/stacks/wishes.hpp"

#include <map>
#include <string>

namespace wavegate::stacks {

/// What the multiplexer's service should hold to mint tokens for its children.
Wishes wiring_wishes(const std::map<std::string, SecretValue>& wanted);

/// Back to what was recorded; without a record what wiring sets is taken out.
Wishes unwiring_wishes(const Place& place, const std::map<std::string, SecretValue>& wanted);

/// Its outbound variables now, as WAVEGATE_LAST_OUTBOUND records them: values in its Env, and
/// those that stand in its file.
SecretValue outbound_before(const Place& place);

}  // namespace wavegate::stacks
