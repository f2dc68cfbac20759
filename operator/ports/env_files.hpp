#pragma once

#include "operator/base/task.hpp"
#include "operator/model/desired.hpp"
#include "operator/model/observed.hpp"

#include <string>
#include <vector>

namespace wavegate {

/// `.env` files below the operator's envRoot.
class EnvFiles {
  public:
    virtual ~EnvFiles() = default;
    /// All of a service's merged, later files winning, excluded keys left out. A file goes only to
    /// the service whose name is its folder's. Denied: it is another's. NotFound. Invalid: a path
    /// that leaves the root, what is no plain file of at most 1 MiB or may not be read, a line
    /// that nobody understands, a name that is no variable name (file and line are named).
    virtual Task<ResolvedEnv> read(std::string service, std::vector<EnvFileSpec> files) = 0;
};

}  // namespace wavegate
