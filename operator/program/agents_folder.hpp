#pragma once

#include "operator/base/result.hpp"
#include "operator/formats/pyproject.hpp"

#include <optional>
#include <string>
#include <vector>

namespace wavegate::program {

/// A package below the agents folder.
struct AgentPackage {
    std::string folder;   ///< its name
    std::string file;     ///< path of its pyproject.toml
    bool serves = false;  ///< some mcp_server.py lies below it, outside of virtual environments
    formats::PyProject project;
};

/// Every folder with a pyproject.toml, by name; links to folders are passed over. Invalid, with
/// file and line: one that is no TOML.
Result<std::vector<AgentPackage>> read_agents(const std::string& folder);

/// The file's text. NotFound: it is not there; Invalid: unreadable, no plain file, or over 64 MiB.
Result<std::string> read_input(const std::string& path);

/// An error of an input, as diagnostics are written: "FILE:LINE: FIELD: what".
Error wrong_input(
    const std::string& file,
    int line,
    const std::string& field,
    const std::string& what);
/// The same of an error whose text begins with "line N: ".
Error wrong_input(const std::string& file, const Error& error);

}  // namespace wavegate::program
