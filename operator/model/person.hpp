#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wavegate {

/// What a person, or a program, may do by the API.
enum class Role {
    Viewer,    ///< reads
    Operator,  ///< and says words of rollouts, asks for looks and probes
    Approver   ///< and lets through what waits for a person
};

inline constexpr std::array<std::string_view, 3> kRoles{"viewer", "operator", "approver"};

inline std::string_view to_string(Role role) {
    return kRoles.at(static_cast<std::size_t>(role));
}

inline std::optional<Role> role_of(std::string_view name) {
    const auto* at = std::find(kRoles.begin(), kRoles.end(), name);
    return at == kRoles.end() ? std::nullopt
                              : std::optional(static_cast<Role>(at - kRoles.begin()));
}

/// Who acts: known by the token that was shown, never by what a request says of itself.
struct Person {
    std::string name;
    std::vector<Role> roles;
    std::vector<std::string> authors;  ///< by which git knows them

    /// Whoever may do more may read, too.
    [[nodiscard]] bool may(Role role) const {
        return !roles.empty() &&
               (role == Role::Viewer || std::find(roles.begin(), roles.end(), role) != roles.end());
    }
};

}  // namespace wavegate
