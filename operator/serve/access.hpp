#pragma once

#include "operator/base/secret.hpp"
#include "operator/base/time.hpp"
#include "operator/ports/http.hpp"

#include <optional>
#include <string>
#include <vector>

namespace wavegate::serve {

/// Does the request carry `token` as its bearer? Constant time in the token.
bool bears(const HttpRequest& request, const Secret& token);

/// False for a request that a browser sends from another site's page. Who sends neither
/// Sec-Fetch-Site nor Origin is no browser.
bool is_same_origin(const HttpRequest& request);

/// Was the request sent to a name that only its owners can point at us? An address, localhost, a
/// name of one label or of a private domain (RFC 6761, 6762, 8375, .internal), or one of `hosts`.
/// Any other name may be a stranger's, whose page a browser takes for ours once it resolves to our
/// address (DNS rebinding).
bool is_own_name(const HttpRequest& request, const std::vector<std::string>& hosts);

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
