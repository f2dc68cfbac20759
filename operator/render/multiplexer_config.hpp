#pragma once

#include "operator/model/desired.hpp"

#include <string>

namespace wavegate::render {

/// The multiplexer's mcp_config.json (agent-utilities up to 2.4; later ones read none): each
/// service under its child's name, at its url, with the principal's header where the policy server
/// takes it from there (fleet.md §0.1).
std::string multiplexer_config(const DesiredState& desired);

}  // namespace wavegate::render
