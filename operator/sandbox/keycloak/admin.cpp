#include "operator/base/text.hpp"
#include "operator/sandbox/keycloak/answers.hpp"
#include "operator/sandbox/keycloak/fields.hpp"
#include "operator/sandbox/keycloak/keycloak.hpp"

#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>

namespace wavegate::sandbox {
namespace json = boost::json;
namespace {

HttpResponse not_allowed() {
    return admin_error(405, "HTTP 405 Method Not Allowed");
}
HttpResponse forbidden() {
    return admin_error(403, "HTTP 403 Forbidden");
}
HttpResponse not_found() {
    return admin_error(404, "HTTP 404 Not Found");
}

/// The realm as whoever has any role of its administration sees it, some fields left out.
HttpResponse partial_realm(const std::string& realm) {
    return admin_answer(json::object{{"realm", realm}});
}

HttpResponse answer_of(const Refused& refusal, int status) {
    return refusal ? admin_refusal(*refusal) : HttpResponse(status);
}

/// The object of a write; anything else is answered as the server answers it.
Refused read_body(const HttpRequest& request, json::value& body) {
    const auto type = request.headers.get("Content-Type").value_or("");
    if (type.substr(0, type.find(';')) != "application/json") {
        return refused(415, "HTTP 415 Unsupported Media Type");
    }
    if (request.body.empty()) {
        return unknown_error();
    }
    boost::system::error_code error;
    body = json::parse(request.body, error);
    if (!error && body.is_null()) {
        return unknown_error();
    }
    if (error || !body.is_object()) {
        return KeycloakRefusal{
            400,
            json::object{
                {"error", "invalid_request"}, {"error_description", "Cannot parse the JSON"}}};
    }
    return std::nullopt;
}

json::object secret_body(std::string_view value) {
    json::object body{{"type", "secret"}};
    if (!value.empty()) {
        body["value"] = value;
    }
    return body;
}

long number_or(const Form& query, const std::string& name, long otherwise) {
    const auto text = query.get(name);
    return text.empty() ? otherwise : std::atol(text.c_str());
}

}  // namespace

bool Keycloak::Caller::may(AdminRole role) const {
    return std::find(roles.begin(), roles.end(), to_string(role)) != roles.end();
}

std::optional<Keycloak::Caller> Keycloak::authenticate(const HttpRequest& request) {
    const auto header = request.headers.get("Authorization").value_or("");
    if (!iequals(header.substr(0, 7), "Bearer ")) {
        return std::nullopt;
    }
    const auto token = formats::verify_jwt(trim(header.substr(7)), jwks());
    if (!token) {
        return std::nullopt;
    }
    const auto& claims = token->claims;
    const auto expires = claims.at("exp").as_int64();
    const bool lives = Wall(std::chrono::seconds(expires)) > now();
    Caller caller{text_or(claims, "azp", ""), {}};
    const auto* client = realm_.find(caller.client_id);
    if (!lives || text_or(claims, "iss", "") != issuer(request) || client == nullptr ||
        !client->flag("enabled")) {
        return std::nullopt;
    }
    const auto* access = map_at(claims, "resource_access");
    const auto* admin =
        access == nullptr
            ? nullptr
            : map_at(*access, settings_.realm == "master" ? "master-realm" : "realm-management");
    const auto* carried = admin == nullptr ? nullptr : list_at(*admin, "roles");
    for (const auto role : client->roles) {
        const json::string name(to_string(role));
        const bool in_token = carried != nullptr &&
                              std::find(carried->begin(), carried->end(), name) != carried->end();
        // Measured on 26.7.3: with full scope a role counts as soon as it is granted, also for
        // tokens that lack it; one that a token carries outlives the loss of full scope; one that
        // was taken away is gone at once.
        if (in_token || client->flag("fullScopeAllowed")) {
            caller.roles.emplace_back(std::string_view(name));
        }
    }
    return caller;
}

HttpResponse Keycloak::admin(const HttpRequest& request, Target target) {
    auto caller = authenticate(request);
    if (!caller) {
        return admin_error(401, "HTTP 401 Unauthorized");
    }
    if (target.segments[2] != settings_.realm) {
        return admin_error(404, "Realm not found.");
    }
    Call call{request, std::move(target), std::move(*caller), nullptr};
    const auto& path = call.target.segments;
    if (path.size() == 3 && call.reads()) {
        return call.caller.roles.empty() ? forbidden() : partial_realm(settings_.realm);
    }
    if (path.size() < 4 || path[3] != "clients") {
        return not_found();
    }
    if (path.size() == 4) {
        return clients_call(call);
    }
    const bool manages = call.caller.may(AdminRole::ManageClients);
    if (!manages && !(call.reads() && call.caller.may(AdminRole::ViewClients))) {
        // Refused deletes of the rotated slot are a failure of the server's own.
        const bool rotated = path.back() == "rotated" && request.method == "DELETE";
        return rotated ? admin_refusal(*unknown_error()) : forbidden();
    }
    auto* client = realm_.by_id(path[4]);
    if (client == nullptr) {
        return admin_error(404, "Could not find client");
    }
    const bool has_body = request.method == "PUT" || path.back() == "models";
    if (has_body && !call.reads()) {
        if (auto wrong = read_body(request, call.body)) {
            return admin_refusal(*wrong);
        }
    }
    return client_call(call, *client);
}

HttpResponse Keycloak::clients_call(const Call& call) {
    const bool manages = call.caller.may(AdminRole::ManageClients);
    if (call.reads()) {
        const bool any = manages || call.caller.may(AdminRole::ViewClients) ||
                         call.caller.may(AdminRole::QueryClients);
        return any ? list_clients(call) : forbidden();
    }
    if (call.request.method != "POST") {
        return not_allowed();
    }
    return manages ? create_client(call) : forbidden();
}

HttpResponse Keycloak::list_clients(const Call& call) const {
    const auto& query = call.target.query;
    if (query.fields.contains("q")) {
        return admin_refusal(KeycloakRefusal{400, json::object{{"error", "invalid_request"}}});
    }
    const bool sees =
        call.caller.may(AdminRole::ManageClients) || call.caller.may(AdminRole::ViewClients);
    const auto wanted = query.get("clientId");
    const bool search = query.get("search") == "true";
    json::array found;
    for (const auto* client : realm_.clients()) {
        const auto name = client->client_id();
        const bool matches = wanted.empty() || name == wanted ||
                             (search && to_lower(name).find(to_lower(wanted)) != std::string::npos);
        if (sees && matches) {
            found.emplace_back(client->shown);
        }
    }
    // In the order of clientId already.
    const auto first =
        std::min(static_cast<std::size_t>(number_or(query, "first", 0)), found.size());
    found.erase(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(first));
    const auto max = number_or(query, "max", -1);
    if (max >= 0 && found.size() > static_cast<std::size_t>(max)) {
        found.resize(static_cast<std::size_t>(max));
    }
    return admin_answer(found);
}

HttpResponse Keycloak::create_client(const Call& call) {
    json::value body;
    if (auto wrong = read_body(call.request, body)) {
        return admin_refusal(*wrong);
    }
    std::string id;
    if (auto wrong = realm_.create(body.as_object(), now(), id)) {
        return admin_refusal(*wrong);
    }
    writes_.push_back(
        {clock_.now(),
         call.caller.client_id,
         call.request.method,
         call.target.path,
         realm_.by_id(id)->client_id(),
         std::move(body)});
    return admin_created(fmt::format("{}{}/{}", request_base(call.request), call.target.path, id));
}

void Keycloak::log_write(const Call& call, std::string client_id) {
    writes_.push_back(
        {clock_.now(),
         call.caller.client_id,
         call.request.method,
         call.target.path,
         std::move(client_id),
         call.body});
}

HttpResponse Keycloak::client_call(const Call& call, KeycloakClient& client) {
    const auto client_id = client.client_id();
    const auto& path = call.target.segments;
    HttpResponse response = not_found();
    if (path.size() == 5) {
        response = one_client(call, client);
    } else if (path.size() == 6 && path[5] == "client-secret") {
        response = secret_call(call, client);
    } else if (path.size() == 7 && path[5] == "client-secret" && path[6] == "rotated") {
        response = rotated_call(call, client);
    } else if (path.size() == 6 && path[5] == "service-account-user") {
        response = service_user(call, client);
    } else if (path.size() >= 7 && path[5] == "protocol-mappers" && path[6] == "models") {
        response = path.size() == 7 ? mappers_call(call, client) : mapper_call(call, client);
    }
    if (!call.reads() && response.status < 300) {
        log_write(call, client_id);
    }
    return response;
}

HttpResponse Keycloak::one_client(const Call& call, KeycloakClient& client) {
    if (call.reads()) {
        return admin_answer(client.shown);
    }
    if (call.request.method == "PUT") {
        return answer_of(realm_.update(client, call.body.as_object(), now()), 204);
    }
    if (call.request.method == "DELETE") {
        realm_.erase(client.id());
        HttpResponse response(204);
        response.headers.add("Cache-Control", "no-cache");
        return response;
    }
    return not_allowed();
}

HttpResponse Keycloak::secret_call(const Call& call, KeycloakClient& client) {
    if (call.reads()) {
        return admin_answer(secret_body(client.secret()));
    }
    if (call.request.method != "POST") {
        return not_allowed();
    }
    realm_.regenerate(client, now());
    auto response = admin_answer(secret_body(client.secret()));
    response.headers.erase("Cache-Control");
    return response;
}

HttpResponse Keycloak::rotated_call(const Call& call, KeycloakClient& client) {
    if (call.request.method == "DELETE") {
        set_attribute(client.shown, kRotatedSecret, "");
        set_attribute(client.shown, kRotatedExpiry, "");
        return HttpResponse(204);
    }
    const auto rotated = client.attribute(kRotatedSecret);
    if (!rotated) {
        return admin_error(404, "Client does not have a rotated secret");
    }
    return admin_answer(secret_body(*rotated));
}

HttpResponse Keycloak::service_user(const Call& call, const KeycloakClient& client) {
    if (!call.reads()) {
        return not_allowed();
    }
    if (client.service_user.empty()) {
        return admin_error(
            400,
            fmt::format("Service account not enabled for the client '{}'", client.client_id()));
    }
    const json::object user{
        {"id", client.service_user},
        {"username", "service-account-" + client.client_id()},
        {"emailVerified", false},
        {"enabled", true},
        {"createdTimestamp", client.service_user_created.time_since_epoch().count()},
        {"totp", false},
        {"disableableCredentialTypes", json::array()},
        {"requiredActions", json::array()},
        {"notBefore", 0}};
    return admin_answer(user);
}

HttpResponse Keycloak::mappers_call(const Call& call, KeycloakClient& client) {
    if (call.reads()) {
        json::array shown;
        for (const auto& mapper : client.mappers()) {
            shown.emplace_back(effective_mapper(mapper.as_object()));
        }
        return admin_answer(shown);
    }
    if (call.request.method != "POST") {
        return not_allowed();
    }
    std::string id;
    if (auto wrong = realm_.add_mapper(client, call.body.as_object(), id)) {
        return admin_refusal(*wrong);
    }
    auto response =
        admin_created(fmt::format("{}{}/{}", request_base(call.request), call.target.path, id));
    response.headers.add("Cache-Control", "no-cache");
    return response;
}

HttpResponse Keycloak::mapper_call(const Call& call, KeycloakClient& client) {
    const auto& id = call.target.segments.back();
    const auto mappers = client.mappers();
    const auto* mapper = std::find_if(mappers.begin(), mappers.end(), [&](const auto& item) {
        return text_or(item.as_object(), "id", "") == id;
    });
    if (mapper == mappers.end()) {
        return admin_error(404, "Model not found");
    }
    if (call.reads()) {
        return admin_answer(effective_mapper(mapper->as_object()));
    }
    if (call.request.method == "PUT") {
        return answer_of(KeycloakRealm::put_mapper(client, call.body.as_object()), 204);
    }
    if (call.request.method == "DELETE") {
        KeycloakRealm::erase_mapper(client, id);
        return HttpResponse(204);
    }
    return not_allowed();
}

}  // namespace wavegate::sandbox
