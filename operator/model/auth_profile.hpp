#pragma once

#include "operator/model/desired.hpp"

#include <map>
#include <span>
#include <string>
#include <string_view>

namespace wavegate {

/// Values of a profile's keys that are set; a key that is absent here is absent there.
using AuthBlock = std::map<std::string, std::string>;

/// How services of one make are told what auth they run with: the variables that say it, and what
/// they mean there. What an environment means is asked here and nowhere else.
struct AuthProfile {
    std::string_view name;
    /// The keys that a flip owns (reference: fleet.md §2). Their values are no secrets.
    std::span<const std::string_view> keys;
    /// Keys that also steer auth: an env entry may not set them, a flip never writes them.
    std::span<const std::string_view> neighbours;
    /// The switches among the keys: unset, empty and `off` are one to a service.
    std::string_view mode_key;
    std::string_view policy_key;
    std::string_view off;
    std::string_view enforcing;      ///< the only value of `mode_key` that enforces
    std::string_view asks_a_server;  ///< the value of `policy_key` with which policies are asked

    [[nodiscard]] bool owns(std::string_view key) const;
    /// The block that stands in a service's environment.
    [[nodiscard]] AuthBlock block_in(const std::map<std::string, std::string>& environment) const;
    /// The mode that a service with this block runs in. Empty or misspelt is open (fleet.md §0.6).
    [[nodiscard]] AuthMode mode_of(const AuthBlock& block) const;
    /// Does a service with this block ask the policy server?
    [[nodiscard]] bool asks_policies(const AuthBlock& block) const;
    /// Is this value of a key as good as none?
    [[nodiscard]] bool is_off(std::string_view key, std::string_view value) const;
    /// What services of this mode should carry. For None the switches alone: the URLs stay as they
    /// are (an open service that asks for policies lists no tools, fleet.md §2).
    [[nodiscard]] AuthBlock wanted(const JwtSpec& jwt, AuthMode mode) const;
    /// Does it stand in `live`? As `satisfies` (auth_block.hpp) says of it, without making it: this
    /// is asked of each service several times a pass.
    [[nodiscard]] bool is_wanted(const AuthBlock& live, const JwtSpec& jwt, AuthMode mode) const;
};

/// agent-utilities' profile, the only one today.
const AuthProfile& auth_profile();

}  // namespace wavegate
