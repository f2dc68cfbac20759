#include "operator/importer/auth.hpp"

#include "operator/model/auth_block.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <vector>

namespace wavegate::importer {
namespace {

constexpr const char* kAudience = "FASTMCP_SERVER_AUTH_JWT_AUDIENCE";
constexpr const char* kIssuer = "FASTMCP_SERVER_AUTH_JWT_ISSUER";
constexpr const char* kKeys = "FASTMCP_SERVER_AUTH_JWT_JWKS_URI";
constexpr const char* kPolicies = "EUNOMIA_REMOTE_URL";
constexpr const char* kAsksAServer = "remote";

/// As the schema takes it: what holds a user and a password never gets into a file.
bool is_address(const std::string& text) {
    return (text.starts_with("http://") || text.starts_with("https://")) &&
           text.find_first_of(" \t\r\n@") == std::string::npos;
}

std::string value_in(const AuthBlock& block, const char* key) {
    const auto at = block.find(key);
    return at == block.end() ? std::string() : at->second;
}

JwtSpec jwt_of(const AuthBlock& block) {
    return {
        value_in(block, kIssuer),
        value_in(block, kKeys),
        value_in(block, kAudience),
        kAsksAServer,
        value_in(block, kPolicies)};
}

bool is_whole(const JwtSpec& jwt) {
    return is_address(jwt.issuer) && is_address(jwt.jwks_uri) && is_address(jwt.eunomia_url) &&
           !jwt.audience.empty() && jwt.audience.find_first_of(" \t\r\n") == std::string::npos;
}

/// The most frequent one, of equally many the first in order.
const std::string* most_of(const std::map<std::string, int>& counts) {
    const auto at =
        std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) {
            return a.second < b.second;
        });
    return at == counts.end() ? nullptr : &at->first;
}

JwtSpec usual(const FleetSpec& systems) {
    const auto issuer = systems.keycloak.url + "/realms/" + systems.keycloak.realm;
    return {
        issuer,
        issuer + "/protocol/openid-connect/certs",
        "agent-services",
        kAsksAServer,
        systems.eunomia.url};
}

/// What most children have in a variable.
std::string
most_said(const Survey& survey, const char* key, const std::string& otherwise, bool address) {
    std::map<std::string, int> counts;
    for (const auto& child : survey.children) {
        const auto value = value_in(child.service->auth, key);
        const bool fits =
            address ? is_address(value) : value.find_first_of(" \t\r\n") == std::string::npos;
        if (!value.empty() && fits) {
            ++counts[value];
        }
    }
    const auto* most = most_of(counts);
    return most == nullptr ? otherwise : *most;
}

}  // namespace

FleetAuth fleet_auth(const Survey& survey, const FleetSpec& systems) {
    // Only the fleet's own software is told from others by its environment (survey.cpp).
    const auto profile = agent_utilities_profile();
    std::map<std::string, int> counts;
    std::map<std::string, JwtSpec> blocks;
    int enforcing = 0;
    for (const auto& child : survey.children) {
        const auto& block = child.service->auth;
        const auto jwt = jwt_of(block);
        enforcing += profile.mode_of(block) == AuthMode::Jwt ? 1 : 0;
        if (is_whole(jwt) && profile.is_wanted(block, jwt, AuthMode::Jwt)) {
            const auto text = canonical(block);
            ++counts[text];
            blocks.emplace(text, jwt);
        }
    }
    if (const auto* most = most_of(counts)) {
        return {
            blocks.at(*most),
            fmt::format(
                "the block of {} of the {} services that enforce", counts.at(*most), enforcing)};
    }
    const auto otherwise = usual(systems);
    FleetAuth found;
    found.seen =
        "no service enforces with a whole block: what most have in these variables, else the usual";
    found.jwt = {
        most_said(survey, kIssuer, otherwise.issuer, true),
        most_said(survey, kKeys, otherwise.jwks_uri, true),
        most_said(survey, kAudience, otherwise.audience, false),
        otherwise.eunomia_type,
        most_said(survey, kPolicies, otherwise.eunomia_url, true)};
    return found;
}

std::string realm_of(const Survey& survey) {
    constexpr std::string_view before = "/realms/";
    const auto issuer = fleet_auth(survey, {}).jwt.issuer;
    const auto at = issuer.rfind(before);
    const auto realm = at == std::string::npos ? "" : issuer.substr(at + before.size());
    return realm.find('/') == std::string::npos ? realm : "";
}

std::string why_inexpressible(const AuthBlock& block, const JwtSpec& jwt) {
    const auto profile = agent_utilities_profile();
    const auto mode = profile.mode_of(block);
    if (profile.is_wanted(block, jwt, mode)) {
        return {};
    }
    std::vector<std::string> keys;
    for (const auto& [key, value] : profile.wanted(jwt, mode)) {
        const auto there = value_in(block, key.c_str());
        const bool same = profile.is_off(key, value) ? profile.is_off(key, there) : there == value;
        if (!same) {
            keys.push_back(key);
        }
    }
    return mode == AuthMode::Jwt
               ? fmt::format(
                     "it enforces, but with another {} than the fleet's spec.jwt",
                     fmt::join(keys, ", "))
               : fmt::format(
                     "it runs open, but `auth: none` would change its {}", fmt::join(keys, ", "));
}

}  // namespace wavegate::importer
