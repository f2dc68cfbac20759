#pragma once

#include "operator/model/desired.hpp"
#include "operator/program/commands.hpp"

#include <optional>
#include <string>
#include <vector>

namespace wavegate::program {

/// The desired state of files and folders; what is wrong with it goes to the error stream.
std::optional<DesiredState> read_desired(
    const Globals& globals,
    const std::vector<std::string>& paths);

}  // namespace wavegate::program
