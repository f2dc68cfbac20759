#pragma once

#include "operator/ports/http.hpp"
#include "operator/sandbox/portainer/substitution.hpp"
#include "operator/sandbox/target.hpp"
#include "operator/sandbox/world.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

/// What the fleet's documents say of names, keys and addresses; written here once more, on
/// purpose: the oracle shares no code with the operator.
namespace wavegate::testing::facts {

inline constexpr const char* kMultiplexer = "mcp-multiplexer";
inline constexpr const char* kLastToFlip = "portainer-mcp";
inline constexpr const char* kPrincipal = "agent:mcp-multiplexer";
inline constexpr const char* kAudience = "agent-services";
inline constexpr const char* kVaultPath = "mcp-multiplexer/oidc";

inline std::string value_of(const std::map<std::string, std::string>& env, const std::string& key) {
    const auto at = env.find(key);
    return at == env.end() ? std::string() : at->second;
}

/// By the variables that this service's program reads.
inline const sandbox::AuthKeys& keys_of(const sandbox::World& world, const std::string& service) {
    static const sandbox::AuthKeys usual;
    const auto& all = world.plan().services;
    const auto at = std::find_if(
        all.begin(), all.end(), [&](const auto& plan) { return plan.name == service; });
    return at == all.end() ? usual : at->keys;
}

inline bool is_jwt(
    const std::map<std::string, std::string>& env,
    const sandbox::AuthKeys& keys = {}) {
    return value_of(env, keys.mode) == keys.on;
}

/// The variables of a service's auth block.
inline bool is_of_block(std::string_view key, const sandbox::AuthKeys& keys) {
    return !key.empty() && (key == keys.mode || key == keys.issuer || key == keys.audience ||
                            key == keys.jwks_uri || key == keys.policy || key == keys.policy_url);
}

/// The keys of the auth block, of outbound auth, and the operator's own marks.
inline bool is_owned(std::string_view key, const sandbox::AuthKeys& keys) {
    return is_of_block(key, keys) || key == "MCP_CLIENT_AUTH" || key == "OIDC_CLIENT_ID" ||
           key == "OIDC_CLIENT_SECRET" || key == "OIDC_AUDIENCE" || key == "OIDC_TOKEN_URL" ||
           key.starts_with("WAVEGATE_");
}

/// A question that is sent as POST. By the path's end: an entry's own path may say "mcp", too, and
/// is written all the same.
inline bool is_check(const HttpRequest& request) {
    const auto path = sandbox::parse_target(request.url).path;
    return path.ends_with("/check") || path.ends_with("/check/bulk") || path.ends_with("/token") ||
           path.ends_with("/mcp");
}

/// Says who acts; it acts on nothing.
inline bool is_lock(const HttpRequest& request) {
    const auto path = sandbox::parse_target(request.url).path;
    return path.find("/docker/configs/") != std::string::npos;
}

inline bool is_write(const HttpRequest& request) {
    return request.method != "GET" && request.method != "HEAD" && !is_check(request) &&
           !is_lock(request);
}

template <class Map, class Value>
Value at_or(const Map& map, const std::string& key, Value otherwise) {
    const auto at = map.find(key);
    return at == map.end() ? otherwise : at->second;
}

}  // namespace wavegate::testing::facts
