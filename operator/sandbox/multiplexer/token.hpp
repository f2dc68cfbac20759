#pragma once

#include "operator/sandbox/mcp/verifier.hpp"
#include "operator/sandbox/outside.hpp"

#include <string>

namespace wavegate::sandbox {

/// The multiplexer's outbound token (fleet.md §4): client credentials with Basic auth, from the
/// env it was started with; renewed 30 s early. A mint that fails means no token, not an error.
class TokenSource {
  public:
    TokenSource(Outside outside, const Env& env);

    /// "" when there is none.
    asio::awaitable<std::string> current();
    /// Forgets the token first: the answer to a 401.
    asio::awaitable<std::string> renewed();

  private:
    [[nodiscard]] HttpRequest mint_request() const;
    void keep(const std::string& body);

    Outside outside_;
    bool enabled_ = false;
    std::string id_;
    std::string secret_;
    std::string audience_;
    std::string scope_;
    std::string url_;
    std::string token_;
    Mono renew_at_{};
};

}  // namespace wavegate::sandbox
