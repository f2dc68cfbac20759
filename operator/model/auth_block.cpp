#include "operator/model/auth_block.hpp"

#include <algorithm>

namespace wavegate {

AuthBlock wanted_block(const FleetSpec& fleet, AuthMode mode) {
    return fleet.auth_profile.wanted(fleet.jwt, mode);
}

bool same_block(const AuthBlock& a, const AuthBlock& b) {
    return canonical(a) == canonical(b);
}

std::string canonical(const AuthBlock& block) {
    std::string text;
    for (const auto& [key, value] : block) {
        if (value.empty() || value == "none") {
            continue;
        }
        text += key;
        text += '=';
        text += value;
        text += '\n';
    }
    return text;
}

bool is_reserved_env(const AuthProfile& profile, std::string_view key) {
    const auto among = [key](const auto& keys) {
        return std::find(keys.begin(), keys.end(), key) != keys.end();
    };
    return profile.owns(key) || among(profile.neighbours) || among(kOutboundKeys) ||
           key.starts_with("WAVEGATE_");
}

}  // namespace wavegate
