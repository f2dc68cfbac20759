#pragma once

#include "operator/sandbox/mcp/auth_keys.hpp"
#include "operator/sandbox/mcp/rpc.hpp"
#include "operator/sandbox/outside.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wavegate::sandbox {

using Env = std::map<std::string, std::string>;
/// The value of a key, "" when it is not set.
std::string env_value(const Env& env, const std::string& key);

struct VerifierSettings {
    std::string jwks_uri;
    std::string issuer;
    std::string audience;
    std::vector<std::string> scopes;
    bool fetch_lock = true;  ///< FastMCP 3.4.10: at most one JWKS fetch in 30 s
    bool jwks_down = false;
    bool takes_expired = false;
    bool takes_unsigned = false;

    static VerifierSettings from_env(const Env& env, const AuthKeys& keys);
    /// Everything that the program refuses to start without.
    [[nodiscard]] bool complete() const;
};

/// FastMCP's JWTVerifier: real signatures against a JWKS that it fetches and caches (mcp.md §3).
class TokenVerifier {
  public:
    TokenVerifier(Outside outside, VerifierSettings settings)
        : outside_(std::move(outside)), settings_(std::move(settings)) {}

    /// The claims of a token that is accepted; nothing for any other, whatever the reason.
    asio::awaitable<std::optional<json::object>> accept(std::string token);

  private:
    [[nodiscard]] bool knows(const std::string& kid) const;
    [[nodiscard]] bool may_fetch() const;
    asio::awaitable<void> fetch();
    [[nodiscard]] bool claims_hold(const json::object& claims) const;

    Outside outside_;
    VerifierSettings settings_;
    std::string jwks_;  ///< JSON text; empty: never fetched
    std::optional<Mono> fetched_;
    std::optional<Mono> tried_;
};

/// Who a token belongs to: `client_id`, else `azp`.
std::string client_of(const json::object& claims);

}  // namespace wavegate::sandbox
