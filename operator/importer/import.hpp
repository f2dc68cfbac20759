#pragma once

#include "operator/importer/survey.hpp"
#include "operator/model/desired.hpp"

#include <map>
#include <string>
#include <vector>

namespace wavegate::importer {

/// A desired state that changes nothing of a running fleet.
struct Imported {
    std::map<std::string, std::string> files;  ///< by path below its folder
    DesiredState state;                        ///< as these files are read
    std::vector<Leftover> leftovers;           ///< what none of them says, by object
};

/// Objects that are to be left out ("McpService/a-mcp", "EunomiaPolicy/x"), and why.
using LeftOut = std::map<std::string, std::string>;

/// The documents of what runs. What a check of the desired state refuses is left out, and told, so
/// that the rest is valid. Deterministic and pure. Invalid: nothing could be said at all.
Result<Imported> import_fleet(const LiveFleet& live, LeftOut left_out = {});

}  // namespace wavegate::importer
