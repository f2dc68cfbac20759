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

json::object texts_json(const std::map<std::string, std::string>& texts) {
    json::object out;
    for (const auto& [key, value] : texts) {
        out[key] = value;
    }
    return out;
}

json::object mapper_json(const MapperView& mapper) {
    return {
        {"name", mapper.name},
        {"protocol", "openid-connect"},
        {"protocolMapper", mapper.protocol_mapper},
        {"config", texts_json(mapper.config)}};
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

json::object body_json(const ClientBody& body) {
    // `publicClient` left out, the server would make a public client without a secret.
    json::object out;
    for (const auto& [field, on] : body.switches) {
        out[field] = on;
    }
    out["clientAuthenticatorType"] = body.authenticator;
    out["redirectUris"] = json::array(body.redirect_uris.begin(), body.redirect_uris.end());
    out["webOrigins"] = json::array(body.web_origins.begin(), body.web_origins.end());
    out["attributes"] = texts_json(body.attributes);
    if (body.authorization_services) {
        out["authorizationServicesEnabled"] = true;
    }
    return out;
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

Result<ClientView> client_from(const json::value& value) {
    const auto* object = value.if_object();
    if (object == nullptr || text_at(*object, {"id"}).empty() ||
        text_at(*object, {"clientId"}).empty()) {
        return unexpected("a client without id or clientId");
    }
    ClientView view;
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
    view.authorization_services = flag_at(*object, {"authorizationServicesEnabled"});
    return view;
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

std::string create_body(const ClientWrite& write) {
    json::array mappers;
    for (const auto& mapper : write.mappers) {
        mappers.emplace_back(mapper_json(mapper));
    }
    auto body = write.body ? body_json(*write.body) : json::object();
    body["clientId"] = write.client_id;
    body["protocol"] = "openid-connect";
    body["protocolMappers"] = std::move(mappers);
    return json::serialize(body);
}

std::string update_body(const ClientBody& body) {
    return json::serialize(body_json(body));
}

std::string mapper_body(const MapperView& mapper) {
    auto body = mapper_json(mapper);
    if (!mapper.id.empty()) {
        body["id"] = mapper.id;
    }
    return json::serialize(body);
}

Result<ClientView> parse_client(std::string_view body) {
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
        out.push_back(std::move(*client));
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
