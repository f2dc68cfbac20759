#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace wavegate::sandbox {

class GitDisk;

/// A git server's repository as Portainer sees it: branches, each a line of commits.
class GitRepository {
  public:
    using Files = std::map<std::string, std::string>;
    struct Commit {
        std::string hash;
        Files files;
    };

    GitRepository();
    ~GitRepository();
    GitRepository(GitRepository&& other) noexcept;
    GitRepository& operator=(GitRepository&& other) noexcept;
    GitRepository(const GitRepository&) = delete;
    GitRepository& operator=(const GitRepository&) = delete;

    /// From now on its commits lie there, where others may add theirs.
    void keep_on(std::unique_ptr<GitDisk> disk);

    /// Clones need this user and password; none = public.
    void protect(std::string user, std::string password) {
        user_ = std::move(user);
        password_ = std::move(password);
    }
    [[nodiscard]] bool opens(const std::string& user, const std::string& password) const {
        return user_.empty() || (user == user_ && password == password_);
    }

    /// Puts a commit on a branch: its files are the branch's with `changes` on top. Returns the
    /// hash. The first branch is the default one.
    std::string commit(const std::string& branch, const Files& changes);
    /// The commit at "refs/heads/X" or, for "", at the default branch; null when there is none.
    [[nodiscard]] const Commit* at(const std::string& reference) const;
    /// The one before it.
    [[nodiscard]] const Commit* before(const std::string& reference) const;
    /// "X" of "refs/heads/X", the default branch for "".
    [[nodiscard]] std::string branch_of(const std::string& reference) const;
    /// Hands of the repository's people: the branch's last commit is taken back.
    void drop_newest(const std::string& branch) { branches_.at(branch).pop_back(); }

  private:
    [[nodiscard]] const std::vector<Commit>* line(const std::string& reference) const;

    std::string default_branch_;
    mutable std::map<std::string, std::vector<Commit>> branches_;  ///< grows by looking at `disk_`
    std::string user_;
    std::string password_;
    std::size_t commits_ = 0;
    std::unique_ptr<GitDisk> disk_;
};

/// A real repository that one of a World's is kept in.
class GitDisk {
  public:
    virtual ~GitDisk() = default;
    /// As GitRepository::commit.
    virtual std::string commit(const std::string& branch, const GitRepository::Files& changes) = 0;
    /// The branch's head, unless it is `known`.
    virtual std::optional<GitRepository::Commit> newer(
        const std::string& branch,
        const std::string& known) = 0;
};

/// By URL. A URL that is not here is a server that refuses connections.
using GitServers = std::map<std::string, GitRepository>;

}  // namespace wavegate::sandbox
