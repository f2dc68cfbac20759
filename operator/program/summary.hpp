#pragma once

#include "operator/status/view.hpp"

#include <string>

namespace wavegate::program {

/// Where a rollout ended: every service with its phase and the newest verdict of each of its
/// checks, and the verdicts of both gates.
std::string summary_text(const status::View& view, bool color);

}  // namespace wavegate::program
