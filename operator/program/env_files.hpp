#pragma once

#include "operator/ports/blocking.hpp"
#include "operator/ports/env_files.hpp"

#include <string>

namespace wavegate::program {

/// `.env` files below one folder of this machine, read anew each time.
class FolderEnvFiles final : public EnvFiles {
  public:
    /// An empty `root`: every file is NotFound. `blocking` must outlive every call.
    FolderEnvFiles(std::string root, Blocking& blocking)
        : root_(std::move(root)), blocking_(blocking) {}

    Task<ResolvedEnv> read(std::string service, std::vector<EnvFileSpec> files) override;

  private:
    std::string root_;
    Blocking& blocking_;
};

}  // namespace wavegate::program
