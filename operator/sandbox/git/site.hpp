#pragma once

#include "operator/sandbox/portainer/git_repository.hpp"
#include "operator/sandbox/site.hpp"

namespace wavegate::sandbox {

/// The git server of a World, with a protocol of its own in place of git's: what the port for
/// stack repositories needs, and no more. At a repository's address:
///   GET  ?reference=…&path=…   → {commit, parent, fileAlone, text}; 401, 404
///   POST {reference, expected, path, text, author, message} → {commit}; 401, 404, 409 moved on,
///        403 a protected branch
class GitSite final : public Site {
  public:
    explicit GitSite(GitServers& repositories) : repositories_(repositories) {}
    asio::awaitable<HttpResponse> answer(HttpRequest request) override;

    // Switches.
    /// Pushes are refused, as by a protected branch.
    bool refuses_pushes = false;

  private:
    static HttpResponse show(const GitRepository& repository, const HttpRequest& request);
    [[nodiscard]] HttpResponse take(GitRepository& repository, const HttpRequest& request) const;

    GitServers& repositories_;
};

}  // namespace wavegate::sandbox
