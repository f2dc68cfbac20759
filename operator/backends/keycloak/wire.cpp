#include "operator/backends/keycloak/wire.hpp"

#include "operator/base/text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

namespace wavegate::keycloak {
namespace json = boost::json;
namespace {

constexpr std::string_view kMapperProvider = "oidc-audience-mapper";
constexpr std::string_view kOwnerAttribute = "wavegate.owner";
/// What Keycloak shows instead of a secret to callers that may only view (26.8).
constexpr std::string_view kMasked = "**********";

Error unexpected(const char* what) {
    return {ErrorKind::Protocol, std::string("unexpected answer: ") + what};
}

Result<json::value> parse(std::string_view body) {
    boost::system::error_code failed;
    json::value value = json::parse(json::string_view(body), failed);
    if (failed) {
        return unexpected("not JSON");
    }
    return value;
}

/// Empty when it is absent or no text.
std::string text(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string())
                                                  : std::string();
}

bool flag(const json::object& object, std::string_view key, bool otherwise) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_bool() ? value->get_bool() : otherwise;
}

std::map<std::string, std::string> texts(const json::object& object, std::string_view key) {
    std::map<std::string, std::string> out;
    const auto* value = object.if_contains(key);
    if (value == nullptr || !value->is_object()) {
        return out;
    }
    for (const auto& field : value->get_object()) {
        if (field.value().is_string()) {
            out[std::string(field.key())] = std::string(field.value().get_string());
        }
    }
    return out;
}

json::object attributes_of(const ClientEdit& edit) {
    json::object attributes;
    // A lifespan of 0 would make dead tokens: without one the realm's default stays.
    const auto lifespan = std::chrono::floor<std::chrono::seconds>(edit.token_lifespan);
    if (lifespan.count() > 0) {
        attributes["access.token.lifespan"] = std::to_string(lifespan.count());
    }
    attributes[kOwnerAttribute] = edit.owner;
    return attributes;
}

json::object mapper_json(const std::string& audience) {
    // All four claim keys: a `models` read would add the missing ones (two views).
    return {
        {"name", mapper_name(audience)},
        {"protocol", "openid-connect"},
        {"protocolMapper", kMapperProvider},
        {"config",
         json::object{
             {"included.custom.audience", audience},
             {"access.token.claim", "true"},
             {"id.token.claim", "false"},
             {"introspection.token.claim", "true"},
             {"userinfo.token.claim", "false"}}}};
}

std::vector<MapperView> mappers_of(const json::object& client) {
    std::vector<MapperView> mappers;
    const auto* list = client.if_contains("protocolMappers");
    if (list == nullptr || !list->is_array()) {
        return mappers;
    }
    for (const auto& item : list->get_array()) {
        if (const auto* object = item.if_object()) {
            mappers.push_back(
                {text(*object, "id"),
                 text(*object, "name"),
                 text(*object, "protocolMapper"),
                 texts(*object, "config")});
        }
    }
    return mappers;
}

Result<StoredClient> client_from(const json::value& value) {
    const auto* object = value.if_object();
    if (object == nullptr || text(*object, "id").empty() || text(*object, "clientId").empty()) {
        return unexpected("a client without id or clientId");
    }
    StoredClient stored;
    auto& view = stored.view;
    view.id = text(*object, "id");
    view.client_id = text(*object, "clientId");
    view.enabled = flag(*object, "enabled", true);
    view.public_client = flag(*object, "publicClient", false);
    view.service_accounts = flag(*object, "serviceAccountsEnabled", false);
    view.standard_flow = flag(*object, "standardFlowEnabled", false);
    view.direct_access = flag(*object, "directAccessGrantsEnabled", false);
    view.full_scope = flag(*object, "fullScopeAllowed", true);
    view.attributes = texts(*object, "attributes");
    // The rotated slot holds the old secret in clear.
    view.attributes.erase("client.secret.rotated");
    view.mappers = mappers_of(*object);
    auto secret = text(*object, "secret");
    if (!secret.empty() && secret != kMasked) {
        view.secret = make_secret(std::move(secret));
    }
    stored.authorization_services = flag(*object, "authorizationServicesEnabled", false);
    return stored;
}

std::string setting(const MapperView& mapper, const std::string& key) {
    const auto at = mapper.config.find(key);
    return at == mapper.config.end() ? std::string() : at->second;
}

ErrorKind kind_of(int status) {
    switch (status) {
        case 400:
            return ErrorKind::Invalid;
        case 401:
        case 403:
            return ErrorKind::Denied;
        case 404:
            return ErrorKind::NotFound;
        case 409:
            return ErrorKind::Conflict;
        case 429:
            return ErrorKind::Throttled;
        default:
            return status >= 500 ? ErrorKind::Unavailable : ErrorKind::Protocol;
    }
}

Error with_status(Error error, const HttpResponse& response) {
    const auto wait = response.headers.get("Retry-After").value_or("");
    int seconds = 0;
    std::from_chars(wait.data(), wait.data() + wait.size(), seconds);
    if (seconds > 0) {
        error = std::move(error).with_retry_after(std::chrono::seconds(seconds));
    }
    return std::move(error).with_status(response.status);
}

std::string_view mint_reason(const json::object& body) {
    const auto error = text(body, "error");
    const auto description = text(body, "error_description");
    if (error == "invalid_client") {
        return "the client is unknown or disabled";
    }
    if (description == "Client not enabled to retrieve service account") {
        return "service accounts are off for the client";
    }
    if (description == "Public client not allowed to retrieve service account") {
        return "the client is public";
    }
    return error == "unauthorized_client" ? "the client's secret is refused" : "";
}

}  // namespace

std::string mapper_name(const std::string& audience) {
    return "wavegate-aud-" + audience;
}

std::string create_body(const ClientEdit& edit) {
    json::array mappers;
    for (const auto& audience : edit.audiences) {
        mappers.emplace_back(mapper_json(audience));
    }
    const json::object body{
        {"clientId", edit.client_id},
        {"protocol", "openid-connect"},
        // Left out, the server would make a public client without a secret.
        {"publicClient", false},
        {"serviceAccountsEnabled", true},
        {"standardFlowEnabled", false},
        {"directAccessGrantsEnabled", false},
        {"fullScopeAllowed", false},
        {"attributes", attributes_of(edit)},
        {"protocolMappers", std::move(mappers)}};
    return json::serialize(body);
}

std::string update_body(const ClientEdit& edit, const StoredClient& stored) {
    json::object body{
        {"enabled", true},
        {"publicClient", false},
        {"serviceAccountsEnabled", true},
        {"attributes", attributes_of(edit)}};
    if (stored.authorization_services) {
        body["authorizationServicesEnabled"] = true;
    }
    return json::serialize(body);
}

std::string mapper_body(const std::string& audience, const std::string& id) {
    auto body = mapper_json(audience);
    if (!id.empty()) {
        body["id"] = id;
    }
    return json::serialize(body);
}

bool maps_audience(const MapperView& mapper, const std::string& audience) {
    return mapper.protocol_mapper == kMapperProvider &&
           setting(mapper, "included.custom.audience") == audience &&
           setting(mapper, "included.client.audience").empty() &&
           setting(mapper, "access.token.claim") == "true";
}

Result<StoredClient> parse_client(std::string_view body) {
    auto value = parse(body);
    if (!value) {
        return value.take_error();
    }
    return client_from(*value);
}

Result<std::vector<ClientView>> parse_clients(std::string_view body) {
    auto value = parse(body);
    if (!value || !value->is_array()) {
        return unexpected("clients are no list");
    }
    std::vector<ClientView> out;
    for (const auto& item : value->get_array()) {
        auto client = client_from(item);
        if (!client) {
            return client.take_error();
        }
        out.push_back(std::move(client->view));
    }
    return out;
}

Result<Token> parse_token(std::string_view body) {
    auto value = parse(body);
    const auto* object = value ? value->if_object() : nullptr;
    const auto* life = object == nullptr ? nullptr : object->if_contains("expires_in");
    if (life == nullptr || !life->is_int64()) {
        return unexpected("a token without expires_in");
    }
    auto access = text(*object, "access_token");
    if (access.empty() || !iequals(text(*object, "token_type"), "Bearer")) {
        return unexpected("no bearer token");
    }
    Token token;
    token.value = make_secret(std::move(access));
    token.expires_in = std::chrono::seconds(life->get_int64());
    return token;
}

bool is_jwks(std::string_view body) {
    const auto value = parse(body);
    const auto* object = value ? value->if_object() : nullptr;
    const auto* keys = object == nullptr ? nullptr : object->if_contains("keys");
    return keys != nullptr && keys->is_array();
}

Error refusal(const HttpResponse& response, bool write) {
    const auto effect = write && response.status >= 500 ? Effect::Maybe : Effect::None;
    std::string message = "HTTP status " + std::to_string(response.status);
    if (response.status == 403) {
        message += ": the operator's client lacks a role";
    } else if (response.status == 409) {
        message += ": it exists already, or may not be seen";
    }
    return with_status(Error(kind_of(response.status), std::move(message), effect), response);
}

Error mint_refusal(const HttpResponse& response) {
    const auto value = parse(response.body);
    const auto* object = value ? value->if_object() : nullptr;
    const auto reason = object == nullptr ? std::string_view() : mint_reason(*object);
    if (!reason.empty() && (response.status == 400 || response.status == 401)) {
        return with_status(Error(ErrorKind::Denied, std::string(reason)), response);
    }
    const auto status = "HTTP status " + std::to_string(response.status);
    return with_status(Error(kind_of(response.status), status), response);
}

}  // namespace wavegate::keycloak
