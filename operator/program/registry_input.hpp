#pragma once

#include "operator/desired/registry.hpp"
#include "operator/program/commands.hpp"

#include <optional>
#include <string>
#include <vector>

namespace wavegate::program {

/// The services of a registry file; what is wrong with it goes to the error stream, line by line.
std::optional<std::vector<desired::RegistryEntry>> read_registry_file(
    const Globals& globals,
    const std::string& path);

}  // namespace wavegate::program
