#pragma once

#include "operator/base/keyed_digest.hpp"
#include "operator/base/secret.hpp"
#include "operator/base/time.hpp"
#include "operator/ports/http.hpp"
#include "operator/serve/core.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wavegate::serve {

/// Whose token the request carries as its bearer; null: nobody's. Constant time in the tokens.
const Person* bearer_of(const HttpRequest& request, const std::vector<Bearer>& bearers);

/// False for a request that a browser sends from another site's page. Who sends neither
/// Sec-Fetch-Site nor Origin is no browser.
bool is_same_origin(const HttpRequest& request);

/// Was the request sent to a name that only its owners can point at us? An address, localhost, a
/// name of one label or of a private domain (RFC 6761, 6762, 8375, .internal, .arpa but for its
/// delegated ip6, in-addr and e164), or one of `hosts`.
/// Any other name may be a stranger's, whose page a browser takes for ours once it resolves to our
/// address (DNS rebinding).
bool is_own_name(const HttpRequest& request, const std::vector<std::string>& hosts);

/// Does a hook's sender know the secret? GitHub (X-Hub-Signature-256) and Gitea (X-Gitea-Signature)
/// sign the body, which is read as it comes and not kept; GitLab (X-Gitlab-Token) sends the secret
/// itself. Constant time.
class HookProof {
  public:
    HookProof(const HttpRequest& head, const Secret& secret);

    /// By the head alone.
    [[nodiscard]] bool by_head() const { return by_head_; }
    /// Once the whole body is read, in pieces, it may hold.
    [[nodiscard]] bool by_body() const { return digest_.has_value(); }
    void read(std::string_view piece);
    /// The last call.
    bool holds();

  private:
    bool by_head_ = false;
    std::string presented_;
    std::optional<KeyedDigest> digest_;
};

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
