#pragma once

#include "operator/ports/blocking.hpp"
#include "operator/ports/env_files.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace wavegate::program {

/// The services that a file goes to, by the file's plain name.
using EnvFileRules = std::map<std::string, std::vector<std::string>>;

/// `.env` files below one folder of this machine, read anew each time.
class FolderEnvFiles final : public EnvFiles {
  public:
    /// An empty `root`: every file is NotFound. Without a rule a file goes to the service whose
    /// name is its folder's. `blocking` must outlive every call.
    FolderEnvFiles(std::string root, EnvFileRules rules, Blocking& blocking)
        : root_(std::move(root)), rules_(std::move(rules)), blocking_(blocking) {}

    Task<ResolvedEnv> read(std::string service, std::vector<EnvFileSpec> files) override;

  private:
    std::string root_;
    EnvFileRules rules_;
    Blocking& blocking_;
};

}  // namespace wavegate::program
