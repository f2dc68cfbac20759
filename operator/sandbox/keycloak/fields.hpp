#pragma once

#include "operator/sandbox/keycloak/realm.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace wavegate::sandbox {

/// Scopes of a new realm that clients inherit.
inline constexpr std::array<std::string_view, 6>
    kDefaultScopes{"web-origins", "acr", "profile", "roles", "basic", "email"};
inline constexpr std::array<std::string_view, 5> kOptionalScopes{
    "address",
    "phone",
    "offline_access",
    "organization",
    "microprofile-jwt"};

inline constexpr std::string_view kSecretExpiry = "client.secret.expiration.time";
inline constexpr std::string_view kRotatedSecret = "client.secret.rotated";
inline constexpr std::string_view kRotatedExpiry = "client.secret.rotated.expiration.time";
inline constexpr std::array<std::string_view, 3> kRotationAttributes{
    kSecretExpiry,
    kRotatedSecret,
    kRotatedExpiry};

std::string
text_or(const boost::json::object& object, std::string_view key, std::string_view otherwise);
/// Null when the key is absent, null, or something else.
const boost::json::array* list_at(const boost::json::object& object, std::string_view key);
const boost::json::object* map_at(const boost::json::object& object, std::string_view key);

/// An empty value removes the attribute.
void set_attribute(boost::json::object& shown, std::string_view name, std::string_view value);
/// Unix seconds, as attributes hold times.
std::string seconds_text(Wall when);
std::optional<Wall> expiry(const KeycloakClient& client, std::string_view attribute);

/// Refused: a key that the representation does not know, or a value of another type.
Refused check_client(const boost::json::object& wanted);
/// Refused: unknown key, or unknown provider.
Refused check_mapper(const boost::json::object& wanted);

/// What a create stores, without secret, scopes and mappers.
boost::json::object
new_client(const boost::json::object& wanted, const std::string& id, const std::string& client_id);
/// The merge of a PUT: all but mappers, secret and service account.
void merge_client(boost::json::object& shown, const boost::json::object& wanted);

/// A mapper as `models` stores it: empty values dropped, no consent.
boost::json::object stored_mapper(const boost::json::object& wanted);
const boost::json::object* find_mapper(const boost::json::array& mappers, std::string_view name);

boost::json::array realm_scopes(std::span<const std::string_view> names);
/// Those of `names` that the realm has; unknown ones vanish.
boost::json::array known_scopes(const boost::json::array* names);

}  // namespace wavegate::sandbox
