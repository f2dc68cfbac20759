#pragma once

#include "operator/base/result.hpp"
#include "operator/model/revision.hpp"

#include <string>
#include <vector>

namespace wavegate::source {

/// The desired state that these paths hold: files, and folders with all YAML files below them.
/// Names in the revision are relative to a folder that was named, so that its registry is found.
/// NotFound, Invalid: a path is not there, or over the source's limits.
Result<Revision> read_paths(const std::vector<std::string>& paths);

}  // namespace wavegate::source
