#pragma once

#include "operator/ports/blocking.hpp"
#include "operator/ports/clock.hpp"
#include "operator/ports/credentials.hpp"
#include "operator/ports/stack_repositories.hpp"
#include "operator/source/branch_copy.hpp"

#include <map>
#include <string>

namespace wavegate::source {

struct StackRepositorySettings {
    StackRepoSpec spec;
    Road road;                ///< for https
    std::string known_hosts;  ///< of ssh; empty: the system's
    std::string work_folder;  ///< where private copies are made; empty: the temporary files' place
};

/// Stack repositories by the git program: a shallow private copy for each exchange. Token (https)
/// and key (ssh) go only to the host that their references may be sent to; git gets the token in
/// memory, ssh reads the key from its file.
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
    Task<BranchFile> place_of(wavegate::GitSource git);
    Task<SecretValue> token_for(std::string url);
    Task<std::string> key_for(std::string url);

    StackRepositorySettings settings_;
    Blocking& blocking_;
    Credentials& credentials_;
    Clock& clock_;
    std::map<std::string, BranchHead> known_;  ///< by url, reference and path
};

}  // namespace wavegate::source
