#include "operator/model/auth_block.hpp"

#include <algorithm>

namespace wavegate {
namespace {

/// Unset, empty and, for the two switches, `none` are one to a service.
bool is_off(std::string_view key, std::string_view value) {
    return value.empty() || (value == "none" && (key == "AUTH_TYPE" || key == "EUNOMIA_TYPE"));
}

}  // namespace

AuthBlock wanted_block(const JwtSpec& jwt, AuthMode mode) {
    if (mode == AuthMode::None) {
        return {{"AUTH_TYPE", "none"}, {"EUNOMIA_TYPE", "none"}};
    }
    return {
        {"AUTH_TYPE", "jwt"},
        {"FASTMCP_SERVER_AUTH_JWT_AUDIENCE", jwt.audience},
        {"FASTMCP_SERVER_AUTH_JWT_ISSUER", jwt.issuer},
        {"FASTMCP_SERVER_AUTH_JWT_JWKS_URI", jwt.jwks_uri},
        {"EUNOMIA_TYPE", jwt.eunomia_type},
        {"EUNOMIA_REMOTE_URL", jwt.eunomia_url}};
}

AuthMode effective_mode(const AuthBlock& block) {
    const auto type = block.find("AUTH_TYPE");
    return type != block.end() && type->second == "jwt" ? AuthMode::Jwt : AuthMode::None;
}

bool satisfies(const AuthBlock& live, const AuthBlock& wanted) {
    return std::all_of(wanted.begin(), wanted.end(), [&](const auto& entry) {
        const auto at = live.find(entry.first);
        const bool off = at == live.end() || is_off(at->first, at->second);
        return is_off(entry.first, entry.second) ? off : !off && at->second == entry.second;
    });
}

bool same_block(const AuthBlock& a, const AuthBlock& b) {
    return canonical(a) == canonical(b);
}

std::string canonical(const AuthBlock& block) {
    std::string text;
    for (const auto& [key, value] : block) {
        if (is_off(key, value)) {
            continue;
        }
        text += key;
        text += '=';
        text += value;
        text += '\n';
    }
    return text;
}

bool is_reserved_env(std::string_view key) {
    const auto among = [key](const auto& keys) {
        return std::find(keys.begin(), keys.end(), key) != keys.end();
    };
    return among(kAuthKeys) || among(kAuthNeighbours) || among(kOutboundKeys) ||
           key.starts_with("WAVEGATE_");
}

}  // namespace wavegate
