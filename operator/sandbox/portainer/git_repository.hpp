#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace wavegate::sandbox {

/// A git server's repository as Portainer sees it: branches, each a line of commits.
class GitRepository {
  public:
    using Files = std::map<std::string, std::string>;
    struct Commit {
        std::string hash;
        Files files;
    };

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

  private:
    std::string default_branch_;
    std::map<std::string, std::vector<Commit>> branches_;
    std::string user_;
    std::string password_;
    std::size_t commits_ = 0;
};

/// By URL. A URL that is not here is a server that refuses connections.
using GitServers = std::map<std::string, GitRepository>;

}  // namespace wavegate::sandbox
