#pragma once

#include "operator/model/auth_profile.hpp"

#include <array>
#include <string>
#include <string_view>

namespace wavegate {

/// Outbound auth of the multiplexer (fleet.md §4): written by its wiring only.
inline constexpr std::array<std::string_view, 8> kOutboundKeys{
    "MCP_CLIENT_AUTH",
    "OIDC_CLIENT_ID",
    "OIDC_CLIENT_SECRET",
    "OIDC_CLIENT_SECRET_REF",
    "OIDC_AUDIENCE",
    "OIDC_TOKEN_URL",
    "OIDC_SCOPE",
    "OIDC_TLS_VERIFY"};

/// Stack Env names that are ours.
inline constexpr std::string_view kLastGoodKey = "WAVEGATE_LAST_GOOD";
inline constexpr std::string_view kOwnerKey = "WAVEGATE_OWNER";

/// What services of this mode should carry. For None: AUTH_TYPE=none and EUNOMIA_TYPE=none, the
/// URLs stay as they are (an open service with EUNOMIA_TYPE=remote lists no tools, fleet.md §2).
AuthBlock wanted_block(const JwtSpec& jwt, AuthMode mode);

/// The mode that a service with this block runs in. Empty or misspelt AUTH_TYPE is open
/// (fleet.md §0.6); only the exact "jwt" enforces.
AuthMode effective_mode(const AuthBlock& block);

/// Does `live` satisfy everything that `wanted` names? A switch that is unset, empty or `none` is
/// off in each case.
bool satisfies(const AuthBlock& live, const AuthBlock& wanted);

/// Do both mean the same to a service?
bool same_block(const AuthBlock& a, const AuthBlock& b);

/// Stable text of a block, for digests: equal for blocks that mean the same.
std::string canonical(const AuthBlock& block);

/// May a service's `env` not set this key?
bool is_reserved_env(std::string_view key);

}  // namespace wavegate
