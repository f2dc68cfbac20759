#pragma once

#include <string>
#include <vector>

namespace wavegate::testing {

/// Runs a program to its end and gives its output; throws std::runtime_error when it fails.
std::string run_program(std::vector<std::string> argv);

}  // namespace wavegate::testing
