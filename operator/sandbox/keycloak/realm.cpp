#include "operator/sandbox/keycloak/realm.hpp"

#include "operator/base/digest.hpp"
#include "operator/sandbox/keycloak/fields.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wavegate::sandbox {
namespace json = boost::json;

Refused refused(int status, std::string_view error) {
    return KeycloakRefusal{status, json::object{{"error", error}}};
}

Refused duplicate() {
    return KeycloakRefusal{
        409,
        json::object{{"error", "conflict"}, {"error_description", "Duplicate resource error"}}};
}

Refused unknown_error() {
    return KeycloakRefusal{
        500,
        json::object{
            {"error", "unknown_error"},
            {"error_description", "For more on this error consult the server log."}}};
}

std::string KeycloakRealm::uuid() {
    const auto hash = sha256_hex(fmt::format("keycloak {} id {}", name_, ++counter_));
    return fmt::format(
        "{}-{}-4{}-8{}-{}",
        hash.substr(0, 8),
        hash.substr(8, 4),
        hash.substr(12, 3),
        hash.substr(15, 3),
        hash.substr(18, 12));
}

std::string KeycloakRealm::new_secret() {
    const auto seed = fmt::format("keycloak {} secret {}", name_, ++counter_);
    return (sha256_hex(seed) + sha256_hex(seed + "+")).substr(0, 86);
}

KeycloakClient* KeycloakRealm::find(std::string_view client_id) {
    for (auto& [id, client] : clients_) {
        if (client.client_id() == client_id) {
            return &client;
        }
    }
    return nullptr;
}

KeycloakClient* KeycloakRealm::by_id(const std::string& id) {
    const auto it = clients_.find(id);
    return it == clients_.end() ? nullptr : &it->second;
}

std::vector<const KeycloakClient*> KeycloakRealm::clients() const {
    std::vector<const KeycloakClient*> all;
    for (const auto& [id, client] : clients_) {
        all.push_back(&client);
    }
    std::sort(all.begin(), all.end(), [](const auto* a, const auto* b) {
        return a->client_id() < b->client_id();
    });
    return all;
}

Refused KeycloakRealm::create(const json::object& wanted, Wall now, std::string& id) {
    if (auto wrong = check_client(wanted)) {
        return wrong;
    }
    id = text_or(wanted, "id", "");
    if (id.empty()) {
        id = uuid();
    }
    const auto client_id = text_or(wanted, "clientId", id);
    if (client_id.size() > 255) {
        return unknown_error();
    }
    if (by_id(id) != nullptr) {
        return duplicate();
    }
    if (find(client_id) != nullptr) {
        return KeycloakRefusal{
            409,
            json::object{{"errorMessage", fmt::format("Client {} already exists", client_id)}}};
    }
    KeycloakClient client;
    client.shown = new_client(wanted, id, client_id);
    if (const auto* mappers = list_at(wanted, "protocolMappers")) {
        client.shown["protocolMappers"] = merged_mappers({}, *mappers);
    }
    put_scopes(client.shown, wanted);
    if (!client.flag("publicClient") && client.secret().empty()) {
        client.shown["secret"] = new_secret();
        set_attribute(client.shown, "client.secret.creation.time", seconds_text(now));
    }
    set_service_account(client, client.flag("serviceAccountsEnabled"), now);
    if (rotation && !client.flag("publicClient")) {
        start_rotation_clock(client, now);
    }
    clients_[id] = std::move(client);
    return std::nullopt;
}

void KeycloakRealm::put_scopes(json::object& shown, const json::object& wanted) {
    const auto* defaults = list_at(wanted, "defaultClientScopes");
    const auto* optional = list_at(wanted, "optionalClientScopes");
    if (defaults == nullptr && optional == nullptr) {
        shown["defaultClientScopes"] = realm_scopes(kDefaultScopes);
        shown["optionalClientScopes"] = realm_scopes(kOptionalScopes);
        return;
    }
    shown["defaultClientScopes"] = known_scopes(defaults);
    shown["optionalClientScopes"] = known_scopes(optional);
}

void KeycloakRealm::set_service_account(KeycloakClient& client, bool on, Wall now) {
    client.shown["serviceAccountsEnabled"] = on;
    if (on == !client.service_user.empty()) {
        return;
    }
    client.roles.clear();
    if (!on) {
        client.service_user.clear();
        return;
    }
    client.service_user = uuid();
    client.service_user_created = now;
    if (!client.has_scope("defaultClientScopes", "service_account")) {
        auto& scopes = client.shown["defaultClientScopes"].as_array();
        scopes.insert(scopes.begin(), "service_account");
    }
}

Refused KeycloakRealm::update(KeycloakClient& client, const json::object& wanted, Wall now) {
    if (auto wrong = check_client(wanted)) {
        return wrong;
    }
    const auto until = expiry(client, kSecretExpiry);
    const bool expired = until && *until <= now;
    if (rotation && (!until || expired) && map_at(wanted, "attributes") == nullptr) {
        return unknown_error();
    }
    const auto client_id = text_or(wanted, "clientId", client.client_id());
    if (auto* other = find(client_id); other != nullptr && other != &client) {
        return duplicate();
    }
    const bool was_public = client.flag("publicClient");
    merge_client(client.shown, wanted);
    if (const auto* mappers = list_at(wanted, "protocolMappers")) {
        client.shown["protocolMappers"] = merged_mappers(client.mappers(), *mappers);
    }
    if (client.flag("publicClient")) {
        client.shown.erase("secret");
    } else if (was_public && client.secret().empty()) {
        client.shown["secret"] = new_secret();
    }
    set_service_account(client, client.flag("serviceAccountsEnabled"), now);
    settle_rotation(client, expired, now);
    return std::nullopt;
}

void KeycloakRealm::settle_rotation(KeycloakClient& client, bool expired, Wall now) {
    if (!rotation) {
        for (const auto name : kRotationAttributes) {
            set_attribute(client.shown, name, "");
        }
    } else if (expired) {
        // The server rotates by itself: a secret given in the PUT lands in the rotated slot.
        rotate(client, client.secret(), now);
    } else if (!expiry(client, kSecretExpiry)) {
        start_rotation_clock(client, now);
    }
}

void KeycloakRealm::start_rotation_clock(KeycloakClient& client, Wall now) const {
    set_attribute(client.shown, kSecretExpiry, seconds_text(now + rotation->expiration));
}

void KeycloakRealm::rotate(KeycloakClient& client, const std::string& rotated, Wall now) {
    set_attribute(client.shown, kRotatedSecret, rotated);
    set_attribute(client.shown, kRotatedExpiry, seconds_text(now + rotation->rotated_expiration));
    client.shown["secret"] = new_secret();
    set_attribute(client.shown, "client.secret.creation.time", seconds_text(now));
    start_rotation_clock(client, now);
}

void KeycloakRealm::regenerate(KeycloakClient& client, Wall now) {
    if (rotation) {
        rotate(client, client.secret(), now);
        return;
    }
    for (const auto name : kRotationAttributes) {
        set_attribute(client.shown, name, "");
    }
    client.shown["secret"] = new_secret();
    set_attribute(client.shown, "client.secret.creation.time", seconds_text(now));
}

bool KeycloakRealm::authenticates(const KeycloakClient& client, std::string_view secret, Wall now) {
    const auto until = expiry(client, kSecretExpiry);
    if (secret.empty() || (until && *until <= now)) {
        return false;
    }
    if (secret == client.secret()) {
        return true;
    }
    const auto rotated_until = expiry(client, kRotatedExpiry);
    return rotated_until && *rotated_until > now && client.attribute(kRotatedSecret) == secret;
}

json::array KeycloakRealm::merged_mappers(const json::array& before, const json::array& wanted) {
    json::array after;
    for (const auto& item : wanted) {
        if (!item.is_object()) {
            continue;
        }
        auto mapper = effective_mapper(stored_mapper(item.as_object()));
        const auto* known = find_mapper(before, text_or(mapper, "name", ""));
        mapper["id"] = known == nullptr ? json::string(uuid()) : known->at("id").as_string();
        after.emplace_back(std::move(mapper));
    }
    return after;
}

Refused
KeycloakRealm::add_mapper(KeycloakClient& client, const json::object& wanted, std::string& id) {
    if (auto wrong = check_mapper(wanted)) {
        return wrong;
    }
    auto mappers = client.mappers();
    const auto name = text_or(wanted, "name", "");
    if (name.empty() || text_or(wanted, "protocol", "").empty()) {
        return duplicate();
    }
    if (find_mapper(mappers, name) != nullptr) {
        return KeycloakRefusal{
            409, json::object{{"errorMessage", "Protocol mapper exists with same name"}}};
    }
    auto mapper = stored_mapper(wanted);
    id = text_or(wanted, "id", "");
    if (id.empty()) {
        id = uuid();
    }
    mapper["id"] = id;
    mappers.emplace_back(std::move(mapper));
    client.shown["protocolMappers"] = std::move(mappers);
    return std::nullopt;
}

Refused KeycloakRealm::put_mapper(KeycloakClient& client, const json::object& wanted) {
    const auto id = text_or(wanted, "id", "");
    if (id.empty()) {
        return unknown_error();
    }
    if (auto wrong = check_mapper(wanted)) {
        return wrong;
    }
    auto mappers = client.mappers();
    for (auto& item : mappers) {
        auto& mapper = item.as_object();
        if (mapper.at("id").as_string() == id) {
            // Name and protocol cannot change; config is replaced whole.
            mapper["protocolMapper"] = wanted.at("protocolMapper");
            mapper["config"] = stored_mapper(wanted).at("config");
            client.shown["protocolMappers"] = std::move(mappers);
            return std::nullopt;
        }
    }
    return refused(404, "Model not found");
}

bool KeycloakRealm::erase_mapper(KeycloakClient& client, std::string_view id) {
    auto mappers = client.mappers();
    const auto* mapper = std::find_if(mappers.begin(), mappers.end(), [&](const auto& item) {
        return item.as_object().at("id").as_string() == id;
    });
    if (mapper == mappers.end()) {
        return false;
    }
    mappers.erase(mapper);
    client.shown["protocolMappers"] = std::move(mappers);
    return true;
}

}  // namespace wavegate::sandbox
