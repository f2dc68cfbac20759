#include "operator/model/auth_profile.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace wavegate {
namespace {

constexpr std::array<std::string_view, 6> kKeys{
    "AUTH_TYPE",
    "FASTMCP_SERVER_AUTH_JWT_AUDIENCE",
    "FASTMCP_SERVER_AUTH_JWT_ISSUER",
    "FASTMCP_SERVER_AUTH_JWT_JWKS_URI",
    "EUNOMIA_TYPE",
    "EUNOMIA_REMOTE_URL"};

constexpr std::array<std::string_view, 6> kNeighbours{
    "FASTMCP_SERVER_AUTH_JWT_ALGORITHM",
    "FASTMCP_SERVER_AUTH_JWT_PUBLIC_KEY",
    "FASTMCP_SERVER_AUTH_JWT_REQUIRED_SCOPES",
    "EUNOMIA_POLICY_FILE",
    "MCP_ENABLED_TOOLS",
    "OIDC_ISSUER"};

constexpr AuthProfile kAgentUtilities{
    "agent-utilities",
    kKeys,
    kNeighbours,
    "AUTH_TYPE",
    "EUNOMIA_TYPE",
    "none",
    "jwt",
    "remote"};

using Entry = std::pair<std::string_view, std::string_view>;

/// What is not wanted of a mode has no key.
std::array<Entry, 6> wanted_values(const AuthProfile& profile, const JwtSpec& jwt, AuthMode mode) {
    if (mode == AuthMode::None) {
        return {Entry(profile.mode_key, profile.off), Entry(profile.policy_key, profile.off)};
    }
    return {
        Entry(profile.mode_key, profile.enforcing),
        Entry("FASTMCP_SERVER_AUTH_JWT_AUDIENCE", jwt.audience),
        Entry("FASTMCP_SERVER_AUTH_JWT_ISSUER", jwt.issuer),
        Entry("FASTMCP_SERVER_AUTH_JWT_JWKS_URI", jwt.jwks_uri),
        Entry(profile.policy_key, jwt.eunomia_type),
        Entry("EUNOMIA_REMOTE_URL", jwt.eunomia_url)};
}

bool says(const AuthBlock& block, std::string_view key, std::string_view value) {
    const auto at = block.find(std::string(key));
    return at != block.end() && at->second == value;
}

}  // namespace

const AuthProfile& auth_profile() {
    return kAgentUtilities;
}

bool AuthProfile::owns(std::string_view key) const {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
}

AuthBlock AuthProfile::block_in(const std::map<std::string, std::string>& environment) const {
    AuthBlock block;
    for (const auto key : keys) {
        if (const auto at = environment.find(std::string(key)); at != environment.end()) {
            block.insert(*at);
        }
    }
    return block;
}

AuthMode AuthProfile::mode_of(const AuthBlock& block) const {
    return says(block, mode_key, enforcing) ? AuthMode::Jwt : AuthMode::None;
}

bool AuthProfile::asks_policies(const AuthBlock& block) const {
    return says(block, policy_key, asks_a_server);
}

bool AuthProfile::is_off(std::string_view key, std::string_view value) const {
    return value.empty() || (value == off && (key == mode_key || key == policy_key));
}

AuthBlock AuthProfile::wanted(const JwtSpec& jwt, AuthMode mode) const {
    AuthBlock block;
    for (const auto& [key, value] : wanted_values(*this, jwt, mode)) {
        if (!key.empty()) {
            block.emplace(key, value);
        }
    }
    return block;
}

bool AuthProfile::is_wanted(const AuthBlock& live, const JwtSpec& jwt, AuthMode mode) const {
    const auto wanted = wanted_values(*this, jwt, mode);
    return std::all_of(wanted.begin(), wanted.end(), [&](const Entry& entry) {
        const auto at = std::find_if(live.begin(), live.end(), [&](const auto& there) {
            return there.first == entry.first;
        });
        const bool unset = at == live.end() || is_off(at->first, at->second);
        return entry.first.empty() ||
               (is_off(entry.first, entry.second) ? unset : !unset && at->second == entry.second);
    });
}

}  // namespace wavegate
