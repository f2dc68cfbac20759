#pragma once

#include "operator/settings/config.hpp"

#include <vector>

namespace wavegate::access {

/// What operator.yaml names and is not there, or is no secret: its own references and those of
/// `references`, but for patterns and what stands in a vault, which only a desired state knows.
/// Blocks on files. No secret is in it.
std::vector<Diagnostic> missing_references(
    const settings::Config& config,
    const settings::Environment& environment);

}  // namespace wavegate::access
