#pragma once

#include <string>

namespace wavegate::testing {

/// What a shell's command writes to stdout, to its end; empty where it could not be started.
std::string output_of(const std::string& command);

}  // namespace wavegate::testing
