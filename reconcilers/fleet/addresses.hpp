#pragma once

#include "operator/model/desired.hpp"

#include <string>
#include <vector>

namespace wavegate::fleet {

/// Fields of the Fleet that say where credentials go and which they are, ours and those that
/// others send at our word ("openbao.url", "jwt.issuer"), as far as `next` has other values. What
/// only leaves is none: nothing is sent there any more.
std::vector<std::string> moved_addresses(const FleetSpec& now, const FleetSpec& next);

}  // namespace wavegate::fleet
