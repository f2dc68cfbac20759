#pragma once

#include "operator/model/desired.hpp"

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

/// What this fleet's services of this mode should carry.
AuthBlock wanted_block(const FleetSpec& fleet, AuthMode mode);

/// Do both mean the same to a service? A value that is unset, empty or `none` is one.
bool same_block(const AuthBlock& a, const AuthBlock& b);

/// Stable text of a block, for digests: equal for blocks that mean the same.
std::string canonical(const AuthBlock& block);

/// May the `env` of a service with this profile not set this key?
bool is_reserved_env(const AuthProfile& profile, std::string_view key);

}  // namespace wavegate
