#pragma once

#include "operator/ports/blocking.hpp"
#include "operator/ports/credentials.hpp"
#include "operator/ports/source.hpp"
#include "operator/source/git_command.hpp"
#include "operator/source/limits.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace wavegate::source {

struct GitSettings {
    Remote remote;
    std::string branch = "main";
    std::string path = ".";   ///< folder of the desired state within the repository
    Reference token;          ///< for https and http; empty: none
    std::string work_folder;  ///< where the private copy is made; empty: the temporary files' place
    std::chrono::milliseconds deadline{30'000};  ///< of each of git's runs
    Limits limits;
    /// How many commits below the head are searched for the last revision.
    int history = 1'000;
};

/// Invalid: a repository, branch or folder that no fetch could read, whatever lies there.
Result<void> check_settings(const GitSettings& settings);

/// One branch of a git repository, read by the git program from a shallow bare copy; no file is
/// checked out. Force-pushed history shows as Diverged, history beyond the search as Unknown.
class GitSource final : public Source {
  public:
    /// Both references must outlive every `fetch`.
    GitSource(GitSettings settings, Blocking& blocking, Credentials& credentials);
    ~GitSource() override;

    /// One question to the remote when its head has not moved. Not to be called twice at once.
    Task<Revision> fetch(std::string last) override;

  private:
    class Copy;
    GitSettings settings_;
    Blocking& blocking_;
    Credentials& credentials_;
    std::shared_ptr<Copy> copy_;
};

}  // namespace wavegate::source
