#pragma once

#include "operator/base/task.hpp"
#include "operator/model/desired.hpp"
#include "operator/model/observed.hpp"

#include <vector>

namespace wavegate {

/// `.env` files below the operator's envRoot.
class EnvFiles {
  public:
    virtual ~EnvFiles() = default;
    /// All of them merged, later files winning, excluded and reserved keys left out (the auth
    /// block and outbound auth belong to `auth` and to the multiplexer). Invalid: a path that
    /// leaves the root, or a line that can't be read (file and line are named). NotFound.
    virtual Task<ResolvedEnv> read(std::vector<EnvFileSpec> files) = 0;
};

}  // namespace wavegate
