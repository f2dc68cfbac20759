#include "operator/sandbox/keycloak/fields.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace wavegate::sandbox {
namespace json = boost::json;
namespace {

enum class FieldType { Text, Flag, Number, List, Map };

constexpr std::array<std::pair<std::string_view, FieldType>, 37> kClientFields{{
    {"id", FieldType::Text},
    {"clientId", FieldType::Text},
    {"name", FieldType::Text},
    {"description", FieldType::Text},
    {"type", FieldType::Text},
    {"rootUrl", FieldType::Text},
    {"adminUrl", FieldType::Text},
    {"baseUrl", FieldType::Text},
    {"surrogateAuthRequired", FieldType::Flag},
    {"enabled", FieldType::Flag},
    {"alwaysDisplayInConsole", FieldType::Flag},
    {"clientAuthenticatorType", FieldType::Text},
    {"secret", FieldType::Text},
    {"registrationAccessToken", FieldType::Text},
    {"redirectUris", FieldType::List},
    {"webOrigins", FieldType::List},
    {"notBefore", FieldType::Number},
    {"bearerOnly", FieldType::Flag},
    {"consentRequired", FieldType::Flag},
    {"standardFlowEnabled", FieldType::Flag},
    {"implicitFlowEnabled", FieldType::Flag},
    {"directAccessGrantsEnabled", FieldType::Flag},
    {"serviceAccountsEnabled", FieldType::Flag},
    {"authorizationServicesEnabled", FieldType::Flag},
    {"publicClient", FieldType::Flag},
    {"frontchannelLogout", FieldType::Flag},
    {"protocol", FieldType::Text},
    {"attributes", FieldType::Map},
    {"authenticationFlowBindingOverrides", FieldType::Map},
    {"fullScopeAllowed", FieldType::Flag},
    {"nodeReRegistrationTimeout", FieldType::Number},
    {"registeredNodes", FieldType::Map},
    {"protocolMappers", FieldType::List},
    {"defaultClientScopes", FieldType::List},
    {"optionalClientScopes", FieldType::List},
    {"authorizationSettings", FieldType::Map},
    {"access", FieldType::Map},
}};
constexpr std::array<std::string_view, 7> kMapperFields{
    "id",
    "name",
    "protocol",
    "protocolMapper",
    "consentRequired",
    "consentText",
    "config"};
constexpr std::array<std::string_view, 5> kProviders{
    "oidc-audience-mapper",
    "oidc-hardcoded-claim-mapper",
    "oidc-usermodel-attribute-mapper",
    "oidc-usersessionmodel-note-mapper",
    "oidc-sub-mapper"};

bool has_type(const json::value& value, FieldType type) {
    switch (type) {
        case FieldType::Text:
            return value.is_string();
        case FieldType::Flag:
            return value.is_bool();
        case FieldType::Number:
            return value.is_number();
        case FieldType::List:
            return value.is_array();
        case FieldType::Map:
            return value.is_object();
    }
    return false;
}

Refused unrecognized(std::string_view type, std::string_view key, const json::object& wanted) {
    // Jackson's position: behind the value of the first key it does not know.
    const auto text = json::serialize(wanted);
    const auto column = text.find(fmt::format("\"{}\"", key)) + key.size() + 5;
    return refused(
        400,
        fmt::format(
            "Invalid json representation for {}. Unrecognized field \"{}\" at line 1 column {}.",
            type,
            key,
            column));
}

Refused cannot_parse() {
    return KeycloakRefusal{
        400,
        json::object{{"error", "invalid_request"}, {"error_description", "Cannot parse the JSON"}}};
}

/// Keys that a plain assignment would get wrong.
bool is_special(std::string_view key) {
    return key == "id" || key == "attributes" || key == "protocolMappers" ||
           key == "defaultClientScopes" || key == "optionalClientScopes" || key == "access";
}

void put_default(json::object& shown, std::string_view key, json::value value) {
    if (!shown.contains(key)) {
        shown[key] = std::move(value);
    }
}

}  // namespace

std::string text_or(const json::object& object, std::string_view key, std::string_view otherwise) {
    const auto* value = object.if_contains(key);
    return std::string(
        value != nullptr && value->is_string() ? std::string_view(value->get_string()) : otherwise);
}

const json::array* list_at(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value == nullptr ? nullptr : value->if_array();
}

const json::object* map_at(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value == nullptr ? nullptr : value->if_object();
}

void set_attribute(json::object& shown, std::string_view name, std::string_view value) {
    auto& attributes = shown["attributes"];
    if (!attributes.is_object()) {
        attributes = json::object();
    }
    if (value.empty()) {
        attributes.get_object().stable_erase(name);
    } else {
        attributes.get_object()[name] = value;
    }
}

std::string seconds_text(Wall when) {
    return std::to_string(
        std::chrono::duration_cast<std::chrono::seconds>(when.time_since_epoch()).count());
}

std::optional<Wall> expiry(const KeycloakClient& client, std::string_view attribute) {
    const auto text = client.attribute(attribute);
    std::int64_t seconds = 0;
    if (!text ||
        std::from_chars(text->data(), text->data() + text->size(), seconds).ec != std::errc()) {
        return std::nullopt;
    }
    return Wall(std::chrono::seconds(seconds));
}

Refused check_client(const json::object& wanted) {
    for (const auto& field : wanted) {
        const auto* known =
            std::find_if(kClientFields.begin(), kClientFields.end(), [&](const auto& candidate) {
                return candidate.first == std::string_view(field.key());
            });
        if (known == kClientFields.end()) {
            return unrecognized("ClientRepresentation", field.key(), wanted);
        }
        if (!field.value().is_null() && !has_type(field.value(), known->second)) {
            return cannot_parse();
        }
    }
    return std::nullopt;
}

Refused check_mapper(const json::object& wanted) {
    for (const auto& field : wanted) {
        const std::string_view key = field.key();
        if (std::find(kMapperFields.begin(), kMapperFields.end(), key) == kMapperFields.end()) {
            return unrecognized("ProtocolMapperRepresentation", key, wanted);
        }
    }
    const auto provider = text_or(wanted, "protocolMapper", "");
    if (std::find(kProviders.begin(), kProviders.end(), provider) == kProviders.end()) {
        return refused(404, "ProtocolMapper provider not found");
    }
    return std::nullopt;
}

json::object
new_client(const json::object& wanted, const std::string& id, const std::string& client_id) {
    json::object shown;
    merge_client(shown, wanted);
    shown["id"] = id;
    shown["clientId"] = client_id;
    for (const auto* name :
         {"surrogateAuthRequired",
          "alwaysDisplayInConsole",
          "bearerOnly",
          "consentRequired",
          "implicitFlowEnabled",
          "directAccessGrantsEnabled",
          "serviceAccountsEnabled",
          "frontchannelLogout"}) {
        put_default(shown, name, false);
    }
    for (const auto* name : {"enabled", "standardFlowEnabled", "fullScopeAllowed"}) {
        put_default(shown, name, true);
    }
    // With `protocol` sent and `publicClient` left out, the client becomes a public one.
    put_default(shown, "publicClient", shown.contains("protocol"));
    put_default(shown, "clientAuthenticatorType", "client-secret");
    put_default(shown, "redirectUris", json::array());
    put_default(shown, "webOrigins", json::array());
    put_default(shown, "notBefore", 0);
    put_default(shown, "nodeReRegistrationTimeout", -1);
    put_default(shown, "authenticationFlowBindingOverrides", json::object());
    set_attribute(shown, "realm_client", "false");
    if (shown.contains("protocol")) {
        set_attribute(shown, "backchannel.logout.session.required", "true");
        set_attribute(shown, "backchannel.logout.revoke.offline.tokens", "false");
    }
    put_default(shown, "protocol", "openid-connect");
    shown["access"] = json::object{{"view", true}, {"configure", true}, {"manage", true}};
    if (shown.at("publicClient").as_bool()) {
        shown.erase("secret");
    }
    return shown;
}

void merge_client(json::object& shown, const json::object& wanted) {
    for (const auto& field : wanted) {
        if (!field.value().is_null() && !is_special(field.key())) {
            shown[field.key()] = field.value();
        }
    }
    if (const auto* attributes = map_at(wanted, "attributes")) {
        for (const auto& field : *attributes) {
            set_attribute(shown, field.key(), text_or(*attributes, field.key(), ""));
        }
    }
    if (!wanted.contains("authorizationServicesEnabled")) {
        shown.erase("authorizationServicesEnabled");
    }
}

json::object stored_mapper(const json::object& wanted) {
    json::object config;
    if (const auto* given = map_at(wanted, "config")) {
        for (const auto& field : *given) {
            const auto value = text_or(*given, field.key(), "");
            if (!value.empty()) {
                config[field.key()] = value;
            }
        }
    }
    json::object mapper;
    mapper["id"] = text_or(wanted, "id", "");
    mapper["name"] = text_or(wanted, "name", "");
    mapper["protocol"] = text_or(wanted, "protocol", "");
    mapper["protocolMapper"] = text_or(wanted, "protocolMapper", "");
    mapper["consentRequired"] = false;
    mapper["config"] = std::move(config);
    return mapper;
}

json::object effective_mapper(const json::object& stored) {
    auto mapper = stored;
    auto& config = mapper.at("config").as_object();
    if (const auto* access = config.if_contains("access.token.claim")) {
        const json::value copied = *access;
        put_default(config, "introspection.token.claim", copied);
    }
    if (const auto* id = config.if_contains("id.token.claim")) {
        const json::value copied = *id;
        put_default(config, "userinfo.token.claim", copied);
    }
    return mapper;
}

const json::object* find_mapper(const json::array& mappers, std::string_view name) {
    for (const auto& item : mappers) {
        if (text_or(item.as_object(), "name", "") == name) {
            return &item.as_object();
        }
    }
    return nullptr;
}

json::array realm_scopes(std::span<const std::string_view> names) {
    json::array scopes;
    for (const auto name : names) {
        scopes.emplace_back(name);
    }
    return scopes;
}

json::array known_scopes(const json::array* names) {
    json::array scopes;
    for (const auto& item : names == nullptr ? json::array() : *names) {
        const auto name = item.is_string() ? std::string_view(item.get_string()) : "";
        const bool known =
            name == "service_account" ||
            std::find(kDefaultScopes.begin(), kDefaultScopes.end(), name) != kDefaultScopes.end() ||
            std::find(kOptionalScopes.begin(), kOptionalScopes.end(), name) !=
                kOptionalScopes.end();
        if (known) {
            scopes.emplace_back(name);
        }
    }
    return scopes;
}

}  // namespace wavegate::sandbox
