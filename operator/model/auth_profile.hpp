#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wavegate {

enum class AuthMode { None, Jwt };

/// What services that enforce are told of the systems around them.
struct JwtSpec {
    std::string issuer;
    std::string jwks_uri;
    std::string audience;
    std::string eunomia_type;  ///< "remote"
    std::string eunomia_url;
};

/// Values of a profile's keys that are set; a key that is absent here is absent there.
using AuthBlock = std::map<std::string, std::string>;

/// How services of one make are told what auth they run with: the variables that say it, and what
/// they mean there. What an environment means is asked here and nowhere else.
struct AuthProfile {
    /// A key that a flip owns (reference: fleet.md §2). Its values are no secrets.
    struct Key {
        std::string name;
        /// In a service that enforces; {issuer}, {jwksUri}, {audience} and {eunomia} are filled in.
        std::string on;
        /// Of a switch: its value in an open one. The others stay as they are there.
        std::optional<std::string> off{};
        friend bool operator==(const Key&, const Key&) = default;
    };
    std::string name;
    std::vector<Key> keys;
    /// Keys that also steer auth: an env entry may not set them, a flip never writes them.
    std::vector<std::string> neighbours;
    /// The switch that says whether it enforces; its `on` stands there as it is.
    std::string mode_key;

    [[nodiscard]] const Key* key(std::string_view wanted) const;
    [[nodiscard]] bool owns(std::string_view wanted) const { return key(wanted) != nullptr; }
    /// The block that stands in a service's environment.
    [[nodiscard]] AuthBlock block_in(const std::map<std::string, std::string>& environment) const;
    /// The mode that a service with this block runs in. Empty or misspelt is open (fleet.md §0.6).
    [[nodiscard]] AuthMode mode_of(const AuthBlock& block) const;
    /// Does a service with this block ask the policy server?
    [[nodiscard]] bool asks_policies(const AuthBlock& block, const JwtSpec& jwt) const;
    /// Is this value of a key as good as none? A switch is off unset, empty, at `none`, or at its
    /// own word.
    [[nodiscard]] bool is_off(std::string_view wanted, std::string_view value) const;
    /// What services of this mode should carry. For None the switches alone: the URLs stay as they
    /// are (an open service that asks for policies lists no tools, fleet.md §2).
    [[nodiscard]] AuthBlock wanted(const JwtSpec& jwt, AuthMode mode) const;
    /// Does all of that stand in `live`? Without making it: this is asked of each service several
    /// times a pass.
    [[nodiscard]] bool is_wanted(const AuthBlock& live, const JwtSpec& jwt, AuthMode mode) const;

    friend bool operator==(const AuthProfile&, const AuthProfile&) = default;
};

/// The fleet's own software, up to 1.26 and later: six keys, two of them switches.
AuthProfile agent_utilities_profile();
/// Plain FastMCP 2, which is told by environment alone (mcp.md §3); it knows no policy server.
AuthProfile fastmcp_profile();

}  // namespace wavegate
