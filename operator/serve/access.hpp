#pragma once

#include "operator/base/secret.hpp"
#include "operator/base/time.hpp"
#include "operator/ports/http.hpp"

#include <optional>

namespace wavegate::serve {

/// Does the request carry `token` as its bearer? Constant time in the token.
bool bears(const HttpRequest& request, const Secret& token);

/// False for a request that a browser sends from another site's page. Who sends neither
/// Sec-Fetch-Site nor Origin is no browser.
bool is_same_origin(const HttpRequest& request);

/// Is the body signed with `secret`, as GitHub (X-Hub-Signature-256), Gitea (X-Gitea-Signature)
/// or GitLab (X-Gitlab-Token, the secret itself) do? Constant time.
bool is_signed(const HttpRequest& request, const Secret& secret);

/// So many requests a second, and a burst of them at once.
class TokenBucket {
  public:
    TokenBucket(double per_second, double burst);
    /// False: too many.
    bool take(Mono now);

  private:
    double per_second_;
    double burst_;
    double tokens_;
    std::optional<Mono> filled_;
};

}  // namespace wavegate::serve
