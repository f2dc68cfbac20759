#include "operator/model/auth_block.hpp"

#include <algorithm>

namespace wavegate {

AuthBlock wanted_block(const JwtSpec& jwt, AuthMode mode) {
    return auth_profile().wanted(jwt, mode);
}

AuthMode effective_mode(const AuthBlock& block) {
    return auth_profile().mode_of(block);
}

bool satisfies(const AuthBlock& live, const AuthBlock& wanted) {
    const auto& profile = auth_profile();
    return std::all_of(wanted.begin(), wanted.end(), [&](const auto& entry) {
        const auto at = live.find(entry.first);
        const bool off = at == live.end() || profile.is_off(at->first, at->second);
        return profile.is_off(entry.first, entry.second) ? off : !off && at->second == entry.second;
    });
}

bool same_block(const AuthBlock& a, const AuthBlock& b) {
    return canonical(a) == canonical(b);
}

std::string canonical(const AuthBlock& block) {
    std::string text;
    for (const auto& [key, value] : block) {
        if (auth_profile().is_off(key, value)) {
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
    const auto& profile = auth_profile();
    return profile.owns(key) || among(profile.neighbours) || among(kOutboundKeys) ||
           key.starts_with("WAVEGATE_");
}

}  // namespace wavegate
