#include "operator/model/auth_profile.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace wavegate {
namespace {

struct Placeholder {
    std::string_view name;
    std::string JwtSpec::*value;
};

constexpr std::array<Placeholder, 5> kPlaceholders{
    {{"{issuer}", &JwtSpec::issuer},
     {"{jwksUri}", &JwtSpec::jwks_uri},
     {"{audience}", &JwtSpec::audience},
     {"{eunomia}", &JwtSpec::eunomia_url},
     {"{eunomiaType}", &JwtSpec::eunomia_type}}};

/// Cuts the next piece off a pattern: a placeholder's value, or the text up to the next brace.
std::string_view take_piece(std::string_view& pattern, const JwtSpec& jwt) {
    for (const auto& [name, value] : kPlaceholders) {
        if (pattern.starts_with(name)) {
            pattern.remove_prefix(name.size());
            return jwt.*value;
        }
    }
    const auto piece = pattern.substr(0, pattern.find('{', 1));
    pattern.remove_prefix(piece.size());
    return piece;
}

std::string filled(std::string_view pattern, const JwtSpec& jwt) {
    std::string text;
    while (!pattern.empty()) {
        text += take_piece(pattern, jwt);
    }
    return text;
}

bool is_filled(std::string_view text, std::string_view pattern, const JwtSpec& jwt) {
    while (!pattern.empty()) {
        const auto piece = take_piece(pattern, jwt);
        if (!text.starts_with(piece)) {
            return false;
        }
        text.remove_prefix(piece.size());
    }
    return text.empty();
}

/// Empty where it is not set, which means the same.
std::string_view value_in(const AuthBlock& block, const std::string& key) {
    const auto at = block.find(key);
    return at == block.end() ? std::string_view() : at->second;
}

}  // namespace

const AuthProfile::Key* AuthProfile::key(std::string_view wanted) const {
    const auto at = std::find_if(
        keys.begin(), keys.end(), [&](const Key& each) { return each.name == wanted; });
    return at == keys.end() ? nullptr : &*at;
}

AuthBlock AuthProfile::block_in(const std::map<std::string, std::string>& environment) const {
    AuthBlock block;
    for (const auto& each : keys) {
        if (const auto at = environment.find(each.name); at != environment.end()) {
            block.insert(*at);
        }
    }
    return block;
}

AuthMode AuthProfile::mode_of(const AuthBlock& block) const {
    const auto* mode = key(mode_key);
    return mode != nullptr && value_in(block, mode_key) == mode->on ? AuthMode::Jwt
                                                                    : AuthMode::None;
}

/// By the switch that says so, where there is one; else whoever enforces asks, too.
bool AuthProfile::asks_policies(const AuthBlock& block, const JwtSpec& jwt) const {
    bool has_switch = false;
    for (const auto& each : keys) {
        if (each.off && each.name != mode_key) {
            has_switch = true;
            if (is_filled(value_in(block, each.name), each.on, jwt)) {
                return true;
            }
        }
    }
    return !has_switch && mode_of(block) == AuthMode::Jwt &&
           std::any_of(keys.begin(), keys.end(), [](const Key& each) {
               return each.on.find("{eunomia}") != std::string::npos;
           });
}

bool AuthProfile::is_off(std::string_view wanted, std::string_view value) const {
    if (value.empty()) {
        return true;
    }
    const auto* owned = key(wanted);
    return owned != nullptr && owned->off && (value == "none" || value == *owned->off);
}

AuthBlock AuthProfile::wanted(const JwtSpec& jwt, AuthMode mode) const {
    AuthBlock block;
    for (const auto& each : keys) {
        if (mode == AuthMode::Jwt) {
            block.emplace(each.name, filled(each.on, jwt));
        } else if (each.off) {
            block.emplace(each.name, *each.off);
        }
    }
    return block;
}

bool AuthProfile::is_wanted(const AuthBlock& live, const JwtSpec& jwt, AuthMode mode) const {
    return std::all_of(keys.begin(), keys.end(), [&](const Key& each) {
        const auto value = value_in(live, each.name);
        if (mode == AuthMode::Jwt) {
            return is_filled(value, each.on, jwt);
        }
        return !each.off || is_off(each.name, value);
    });
}

AuthProfile agent_utilities_profile() {
    return {
        "agent-utilities",
        {{"AUTH_TYPE", "jwt", "none"},
         {"FASTMCP_SERVER_AUTH_JWT_AUDIENCE", "{audience}"},
         {"FASTMCP_SERVER_AUTH_JWT_ISSUER", "{issuer}"},
         {"FASTMCP_SERVER_AUTH_JWT_JWKS_URI", "{jwksUri}"},
         {"EUNOMIA_TYPE", "{eunomiaType}", "none"},
         {"EUNOMIA_REMOTE_URL", "{eunomia}"}},
        {"FASTMCP_SERVER_AUTH_JWT_ALGORITHM",
         "FASTMCP_SERVER_AUTH_JWT_PUBLIC_KEY",
         "FASTMCP_SERVER_AUTH_JWT_REQUIRED_SCOPES",
         "EUNOMIA_POLICY_FILE",
         "MCP_ENABLED_TOOLS",
         "OIDC_ISSUER"},
        "AUTH_TYPE"};
}

AuthProfile fastmcp_profile() {
    return {
        "fastmcp",
        // Off is empty: any other word is the name of a class that it would import, and fail.
        {{"FASTMCP_SERVER_AUTH", "fastmcp.server.auth.providers.jwt.JWTVerifier", ""},
         {"FASTMCP_SERVER_AUTH_JWT_AUDIENCE", "{audience}"},
         {"FASTMCP_SERVER_AUTH_JWT_ISSUER", "{issuer}"},
         {"FASTMCP_SERVER_AUTH_JWT_JWKS_URI", "{jwksUri}"}},
        {"FASTMCP_SERVER_AUTH_JWT_ALGORITHM",
         "FASTMCP_SERVER_AUTH_JWT_PUBLIC_KEY",
         "FASTMCP_SERVER_AUTH_JWT_REQUIRED_SCOPES"},
        "FASTMCP_SERVER_AUTH"};
}

}  // namespace wavegate
