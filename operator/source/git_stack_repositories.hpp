#pragma once

#include "operator/ports/blocking.hpp"
#include "operator/ports/clock.hpp"
#include "operator/ports/credentials.hpp"
#include "operator/ports/stack_repositories.hpp"

#include <map>
#include <string>

namespace wavegate::source {

struct StackRepositorySettings {
    StackRepoSpec spec;
    std::string ca_file;      ///< PEM; empty: the system's authorities
    std::string work_folder;  ///< where private copies are made; empty: the temporary files' place
};

/// Stack repositories by the git program: a shallow private copy for each exchange, the token
/// handed to git in memory, and only to the host that the reference may be sent to.
class GitStackRepositories final : public StackRepositories {
  public:
    /// The three ports must outlive every call.
    GitStackRepositories(
        StackRepositorySettings settings,
        Blocking& blocking,
        Credentials& credentials,
        Clock& clock);

    Task<BranchHead> head(wavegate::GitSource git) override;
    Task<Permit> push(Permit permit) override;

  private:
    Task<SecretValue> token_for(std::string url);

    StackRepositorySettings settings_;
    Blocking& blocking_;
    Credentials& credentials_;
    Clock& clock_;
    std::map<std::string, BranchHead> known_;  ///< by url, reference and path
};

}  // namespace wavegate::source
