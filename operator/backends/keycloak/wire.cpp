#include "operator/backends/keycloak/wire.hpp"

#include "operator/base/text.hpp"
#include "operator/formats/answer.hpp"
#include "operator/formats/json_fields.hpp"
#include "operator/model/client_rules.hpp"
#include "operator/net/status.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <utility>

namespace wavegate::keycloak {
namespace json = boost::json;
namespace {

using formats::answer_json;
using formats::array_at;
using formats::flag_at;
using formats::object_at;
using formats::text_at;
using formats::unexpected;
using net::kind_of_status;
using net::with_status;

constexpr std::string_view kMapperProvider = "oidc-audience-mapper";
/// What Keycloak shows instead of a secret to callers that may only view (26.8).
constexpr std::string_view kMasked = "**********";

std::map<std::string, std::string> texts(const json::object& object, std::string_view key) {
    std::map<std::string, std::string> out;
    const auto* fields = object_at(object, {key});
    if (fields == nullptr) {
        return out;
    }
    for (const auto& field : *fields) {
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

std::vector<std::string> list_of(const json::object& client, std::string_view key) {
    std::vector<std::string> items;
    const auto* list = array_at(client, {key});
    for (const auto& item : list == nullptr ? json::array() : *list) {
        if (const auto* text = item.if_string()) {
            items.emplace_back(std::string_view(*text));
        }
    }
    std::sort(items.begin(), items.end());
    return items;
}

/// What is asked of a client whether it is made or mended.
json::object settings() {
    json::object body;
    for (const auto& one : kClientSwitches) {
        body[one.field] = one.wanted;
    }
    body["clientAuthenticatorType"] = kClientAuthenticator;
    body["redirectUris"] = json::array();
    body["webOrigins"] = json::array();
    return body;
}

std::vector<MapperView> mappers_of(const json::object& client) {
    std::vector<MapperView> mappers;
    const auto* list = array_at(client, {"protocolMappers"});
    if (list == nullptr) {
        return mappers;
    }
    for (const auto& item : *list) {
        if (const auto* object = item.if_object()) {
            mappers.push_back(
                {text_at(*object, {"id"}),
                 text_at(*object, {"name"}),
                 text_at(*object, {"protocolMapper"}),
                 texts(*object, "config")});
        }
    }
    return mappers;
}

Result<StoredClient> client_from(const json::value& value) {
    const auto* object = value.if_object();
    if (object == nullptr || text_at(*object, {"id"}).empty() ||
        text_at(*object, {"clientId"}).empty()) {
        return unexpected("a client without id or clientId");
    }
    StoredClient stored;
    auto& view = stored.view;
    view.id = text_at(*object, {"id"});
    view.client_id = text_at(*object, {"clientId"});
    // Keycloak shows them all; one that is absent nevertheless counts as it should be.
    for (const auto& one : kClientSwitches) {
        view.*one.seen = flag_at(*object, {one.field}, one.wanted);
    }
    view.authenticator = text_at(*object, {"clientAuthenticatorType"});
    view.redirect_uris = list_of(*object, "redirectUris");
    view.web_origins = list_of(*object, "webOrigins");
    view.attributes = texts(*object, "attributes");
    // The rotated slot holds the old secret in clear.
    view.attributes.erase("client.secret.rotated");
    view.mappers = mappers_of(*object);
    auto secret = text_at(*object, {"secret"});
    if (!secret.empty() && secret != kMasked) {
        view.secret = make_secret(std::move(secret));
    }
    stored.authorization_services = flag_at(*object, {"authorizationServicesEnabled"});
    return stored;
}

std::string setting(const MapperView& mapper, const std::string& key) {
    const auto at = mapper.config.find(key);
    return at == mapper.config.end() ? std::string() : at->second;
}

std::string_view mint_reason(const json::object& body) {
    const auto error = text_at(body, {"error"});
    const auto description = text_at(body, {"error_description"});
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
    // `publicClient` left out, the server would make a public client without a secret.
    auto body = settings();
    body["clientId"] = edit.client_id;
    body["protocol"] = "openid-connect";
    body["attributes"] = attributes_of(edit);
    body["protocolMappers"] = std::move(mappers);
    return json::serialize(body);
}

std::string update_body(const ClientEdit& edit, const StoredClient& stored) {
    auto body = settings();
    auto attributes = attributes_of(edit);
    for (const auto* name : kClosedAttributes) {
        if (stored.view.attributes.contains(name)) {
            attributes[name] = "false";
        }
    }
    body["attributes"] = std::move(attributes);
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
    auto value = answer_json(body);
    if (!value) {
        return value.take_error();
    }
    return client_from(*value);
}

Result<std::vector<ClientView>> parse_clients(std::string_view body) {
    auto value = answer_json(body);
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
    auto value = answer_json(body);
    const auto* object = value ? value->if_object() : nullptr;
    const auto* life = object == nullptr ? nullptr : object->if_contains("expires_in");
    if (life == nullptr || !life->is_int64()) {
        return unexpected("a token without expires_in");
    }
    auto access = text_at(*object, {"access_token"});
    if (access.empty() || !iequals(text_at(*object, {"token_type"}), "Bearer")) {
        return unexpected("no bearer token");
    }
    Token token;
    token.value = make_secret(std::move(access));
    token.expires_in = std::chrono::seconds(life->get_int64());
    return token;
}

bool is_jwks(std::string_view body) {
    const auto value = answer_json(body);
    const auto* object = value ? value->if_object() : nullptr;
    return object != nullptr && array_at(*object, {"keys"}) != nullptr;
}

/// Why what was sent is refused, as the server puts it.
std::string words_of(const HttpResponse& response) {
    const auto value = answer_json(response.body);
    const auto* object = value ? value->if_object() : nullptr;
    if (object == nullptr || response.status < 400 || response.status >= 500) {
        return {};
    }
    for (const auto* field : {"errorMessage", "error_description", "error"}) {
        if (auto words = their_words(text_at(*object, {field})); !words.empty()) {
            return words;
        }
    }
    return {};
}

Error refusal(const HttpResponse& response, bool write) {
    const auto effect = write && response.status >= 500 ? Effect::Maybe : Effect::None;
    std::string message = "HTTP status " + std::to_string(response.status);
    if (response.status == 403) {
        message += ": the operator's client lacks a role";
    } else if (response.status == 409) {
        message += ": it exists already, or may not be seen";
    }
    if (const auto words = words_of(response); write && !words.empty()) {
        message += ": " + words;
    }
    return with_status(
        Error(kind_of_status(response.status), std::move(message), effect), response);
}

Error mint_refusal(const HttpResponse& response) {
    const auto value = answer_json(response.body);
    const auto* object = value ? value->if_object() : nullptr;
    const auto reason = object == nullptr ? std::string_view() : mint_reason(*object);
    const bool denied = !reason.empty() && (response.status == 400 || response.status == 401);
    auto message = denied ? std::string(reason) : "HTTP status " + std::to_string(response.status);
    if (const auto words = words_of(response); !words.empty()) {
        message += ": " + words;
    }
    const auto kind = denied ? ErrorKind::Denied : kind_of_status(response.status);
    return with_status(Error(kind, std::move(message)), response);
}

}  // namespace wavegate::keycloak
