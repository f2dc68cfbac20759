#pragma once

#include "operator/base/result.hpp"
#include "operator/base/secret.hpp"
#include "operator/ports/road.hpp"
#include "operator/source/child.hpp"
#include "operator/source/ssh.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wavegate::source {

/// A remote repository, and how to get in.
struct Remote {
    std::string url;  ///< https://, http://, file:///, or with a key ssh:// and user@host:path
    bool plain_http = false;  ///< http:// is meant: operator.yaml lists that origin
    std::string username;     ///< goes with the token; empty: "git", which the forges accept
    SshFiles ssh;             ///< for ssh alone, which needs a key
    Road road;                ///< for https and http
};

/// Invalid: an option, a local path, a scheme that is not spoken, http where it is not meant, a
/// password inside, ssh without a key or with a file that it would not take. Never quotes the url.
Result<void> check_remote(const Remote& remote);
/// May this stand as a branch in a command line and a refspec?
bool is_branch(std::string_view name);
/// A whole SHA-1 object id; repositories with SHA-256 ids are not supported.
bool is_commit(std::string_view id);

/// What was fetched last, in the private repository.
inline constexpr std::string_view kHead = "refs/wavegate/head";

/// Removes what processes that were killed left below `parent` (empty: the system's folder for
/// temporary files): private folders of this user's that no living process holds.
void remove_stale_repositories(const std::string& parent);

/// A private folder with a bare repository in it, both gone with this object, and git run on it:
/// without the user's or the system's settings, helpers, prompts or redirects.
class GitRepository {
  public:
    /// Made below `parent`; empty: the system's folder for temporary files.
    static Result<GitRepository> create(const std::string& parent);
    ~GitRepository();
    GitRepository(GitRepository&& other) noexcept;
    GitRepository& operator=(GitRepository&&) = delete;
    GitRepository(const GitRepository&) = delete;
    GitRepository& operator=(const GitRepository&) = delete;

    /// git with these arguments, to be run by `run_child`. The token goes to the remote's https or
    /// http origin alone, the proxy's password to the proxy.
    [[nodiscard]] Command command(
        const Remote& remote,
        const SecretValue& token,
        std::vector<std::string> arguments) const;

    [[nodiscard]] const std::string& folder() const { return folder_; }

  private:
    GitRepository(std::string folder, int lock) : folder_(std::move(folder)), lock_(lock) {}
    std::string folder_;
    int lock_;  ///< the folder, locked: this process lives
};

/// What a failed exchange with the remote means, by the phrases of git 2.39 (LC_ALL=C): Denied,
/// NotFound (a missing repository looks like one that may not be read) or Unavailable.
Error remote_error(const Finished& finished, const Remote& remote);

}  // namespace wavegate::source
