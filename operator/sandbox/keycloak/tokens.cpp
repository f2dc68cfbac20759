#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"
#include "operator/sandbox/keycloak/answers.hpp"
#include "operator/sandbox/keycloak/fields.hpp"
#include "operator/sandbox/keycloak/keycloak.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace wavegate::sandbox {
namespace json = boost::json;
namespace {

constexpr std::string_view kBadClient = "Invalid client or Invalid client credentials";
/// The session maximum caps every lifespan.
constexpr std::chrono::seconds kMaxLifespan{36000};

struct ClientLogin {
    std::string client_id;
    std::string secret;
    bool malformed = false;
};

/// Form fields, or Basic with both halves form-encoded first.
ClientLogin login_of(const HttpRequest& request, const Form& form) {
    ClientLogin login{form.get("client_id"), form.get("client_secret"), false};
    const auto header = request.headers.get("Authorization").value_or("");
    if (!iequals(header.substr(0, 6), "Basic ")) {
        return login;
    }
    std::string pair;
    const bool decoded = base64_decode(trim(header.substr(6)), pair);
    const auto colon = pair.find(':');
    login.malformed = !decoded || colon == std::string::npos ||
                      !percent_decode(pair.substr(0, colon), login.client_id) ||
                      !percent_decode(pair.substr(colon + 1), login.secret);
    return login;
}

/// Nothing: the attribute is no number, and the server fails.
std::optional<std::chrono::seconds> lifespan_of(
    const KeycloakClient& client,
    std::chrono::seconds realm_lifespan) {
    const auto text = client.attribute("access.token.lifespan");
    if (!text) {
        return realm_lifespan;
    }
    int seconds = 0;
    const auto* end = text->data() + text->size();
    const auto [rest, error] = std::from_chars(text->data(), end, seconds);
    if (error != std::errc() || rest != end) {
        return std::nullopt;
    }
    return std::min(std::chrono::seconds(seconds), kMaxLifespan);
}

/// Scopes that show in the token's `scope`.
std::string scope_text(const KeycloakClient& client) {
    std::string text;
    for (const std::string_view name : {"email", "profile"}) {
        if (client.has_scope("defaultClientScopes", name)) {
            text += text.empty() ? "" : " ";
            text += name;
        }
    }
    return text;
}

/// Words of `wanted` that are no scope of this client.
std::string unknown_scopes(const KeycloakClient& client, std::string_view wanted) {
    for (auto rest = wanted; !rest.empty();) {
        const auto word = rest.substr(0, rest.find(' '));
        rest.remove_prefix(std::min(rest.size(), word.size() + 1));
        if (word != "openid" && !client.has_scope("defaultClientScopes", word) &&
            !client.has_scope("optionalClientScopes", word)) {
            return std::string(wanted);
        }
    }
    return {};
}

void put_audience(json::object& claims, const json::array& audiences) {
    if (audiences.size() == 1) {
        claims["aud"] = audiences[0];
    } else if (!audiences.empty()) {
        claims["aud"] = audiences;
    }
}

/// What the audience mappers put into access tokens; the client audience wins over the custom one.
json::array mapped_audiences(const KeycloakClient& client) {
    json::array audiences;
    for (const auto& item : client.mappers()) {
        const auto& mapper = item.as_object();
        const auto& config = mapper.at("config").as_object();
        if (text_or(mapper, "protocolMapper", "") != "oidc-audience-mapper" ||
            text_or(config, "access.token.claim", "") != "true") {
            continue;
        }
        const auto custom = text_or(config, "included.custom.audience", "");
        const json::string audience(text_or(config, "included.client.audience", custom));
        if (!audience.empty() &&
            std::find(audiences.begin(), audiences.end(), audience) == audiences.end()) {
            audiences.emplace_back(audience);
        }
    }
    return audiences;
}

/// Full scope brings the service account's roles into its tokens, and their clients into `aud`.
void put_full_scope(
    json::object& claims,
    json::array& audiences,
    const KeycloakClient& client,
    const std::string& realm) {
    json::object access;
    if (!client.roles.empty()) {
        json::array roles;
        for (const auto role : client.roles) {
            roles.emplace_back(to_string(role));
        }
        const auto* admin = realm == "master" ? "master-realm" : "realm-management";
        access[admin] = json::object{{"roles", std::move(roles)}};
        audiences.emplace_back(admin);
    }
    access["account"] = json::object{
        {"roles", json::array{"manage-account", "manage-account-links", "view-profile"}}};
    audiences.emplace_back("account");
    claims["realm_access"] = json::object{
        {"roles", json::array{"offline_access", "uma_authorization", "default-roles-" + realm}}};
    claims["resource_access"] = std::move(access);
}

}  // namespace

HttpResponse Keycloak::token(const HttpRequest& request) {
    const auto type = request.headers.get("Content-Type").value_or("");
    const bool is_form = type.substr(0, type.find(';')) == "application/x-www-form-urlencoded";
    const auto form = is_form ? parse_form(request.body) : Form();
    const auto grant = form.get("grant_type");
    if (grant.empty()) {
        return token_error(400, "invalid_request", "Missing form parameter: grant_type");
    }
    if (grant != "client_credentials") {
        return token_error(400, "unsupported_grant_type", "Unsupported grant_type");
    }
    if (form.repeated) {
        return token_error(400, "invalid_request", "duplicated parameter");
    }
    return grant_token(request, form);
}

HttpResponse Keycloak::grant_token(const HttpRequest& request, const Form& form) {
    const auto login = login_of(request, form);
    if (login.malformed) {
        return token_error(400, "unauthorized_client", kBadClient);
    }
    const auto* client = realm_.find(login.client_id);
    if (client == nullptr || !client->flag("enabled")) {
        return token_error(401, "invalid_client", kBadClient);
    }
    if (client->flag("bearerOnly")) {
        return token_error(401, "unauthorized_client", kBadClient);
    }
    if (client->flag("publicClient")) {
        return token_error(
            401, "unauthorized_client", "Public client not allowed to retrieve service account");
    }
    if (!KeycloakRealm::authenticates(*client, login.secret, now())) {
        return token_error(401, "unauthorized_client", kBadClient);
    }
    if (client->service_user.empty()) {
        return token_error(
            401, "unauthorized_client", "Client not enabled to retrieve service account");
    }
    if (const auto unknown = unknown_scopes(*client, form.get("scope")); !unknown.empty()) {
        return token_error(400, "invalid_scope", fmt::format("Invalid scopes: {}", unknown));
    }
    const auto lifespan = lifespan_of(*client, settings_.token_lifespan);
    if (!lifespan) {
        return admin_refusal(*unknown_error());
    }
    const auto& key = keys_.back();
    const json::object body{
        {"access_token", key.key.sign(claims(*client, request, *lifespan), key.kid)},
        {"expires_in", lifespan->count()},
        {"refresh_expires_in", 0},
        {"token_type", "Bearer"},
        {"not-before-policy", 0},
        {"scope", scope_text(*client)}};
    return token_answer(body);
}

json::object Keycloak::claims(
    const KeycloakClient& client,
    const HttpRequest& request,
    std::chrono::seconds lifespan) {
    const auto issued = std::chrono::floor<std::chrono::seconds>(now()).time_since_epoch().count();
    json::object claims;
    claims["exp"] = issued + lifespan.count();
    claims["iat"] = issued;
    claims["jti"] = "trrtcc:" + realm_.uuid();
    claims["iss"] = issuer(request);
    auto audiences = mapped_audiences(client);
    // What scope `roles` would show counts without it all the same.
    if (client.flag("fullScopeAllowed") && client.has_scope("defaultClientScopes", "roles")) {
        put_full_scope(claims, audiences, client, settings_.realm);
    }
    put_audience(claims, audiences);
    claims["sub"] = client.service_user;
    claims["typ"] = "Bearer";
    claims["azp"] = client.client_id();
    claims["acr"] = "1";
    claims["scope"] = scope_text(client);
    claims["email_verified"] = false;
    claims["preferred_username"] = "service-account-" + client.client_id();
    if (client.has_scope("defaultClientScopes", "service_account")) {
        claims["clientHost"] = "127.0.0.1";
        claims["clientAddress"] = "127.0.0.1";
        claims["client_id"] = client.client_id();
    }
    return claims;
}

}  // namespace wavegate::sandbox
