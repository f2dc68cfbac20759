#include "operator/access/vault_login.hpp"

#include "operator/formats/json_fields.hpp"
#include "operator/formats/jwt_claims.hpp"
#include "operator/model/client_rules.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace wavegate::access {
namespace {

namespace json = boost::json;

constexpr std::string_view kNarrow =
    "turn \"Full scope allowed\" off for it (Clients, Client scopes, its dedicated scope, Scope) "
    "and take all roles from its service account";

Error unfit(const std::string& client_id, std::string_view what, std::string_view cure) {
    return {
        ErrorKind::Denied,
        fmt::format(
            "the token of Keycloak's client {} is not sent to the vault: {}; {}",
            client_id,
            what,
            cure)};
}

bool carries_roles(const json::object& claims) {
    constexpr std::array claims_of_roles{"realm_access", "resource_access"};
    return std::any_of(claims_of_roles.begin(), claims_of_roles.end(), [&](const char* name) {
        const auto* roles = claims.if_contains(name);
        return roles != nullptr && !(roles->is_object() && roles->get_object().empty());
    });
}

/// The only one there is; empty: none, or several.
std::string only_audience(const json::object& claims) {
    const auto* audience = claims.if_contains("aud");
    if (audience != nullptr && audience->is_array() && audience->get_array().size() == 1) {
        audience = &audience->get_array().front();
    }
    return audience != nullptr && audience->is_string()
               ? std::string(std::string_view(audience->get_string()))
               : std::string();
}

}  // namespace

Result<void> fit_for_login(std::string_view token, const FleetSpec& fleet) {
    const auto& client = fleet.openbao.jwt_login->client_id;
    const auto claims = formats::claims_of(token);
    if (!claims) {
        return unfit(client, claims.error().message(), "have Keycloak mint plain access tokens");
    }
    if (formats::text_at(*claims, {"azp"}) != client) {
        return unfit(client, "it is another client's (azp)", "write that client's id as it is");
    }
    if (carries_roles(*claims)) {
        return unfit(client, "it carries roles", kNarrow);
    }
    const auto audience = only_audience(*claims);
    if (audience.empty()) {
        return unfit(
            client,
            "it is not for exactly one audience",
            "give the client one audience mapper, for the audience that the vault's role is bound "
            "to");
    }
    if (audience == fleet.jwt.audience) {
        return unfit(
            client,
            "its audience is the one that the fleet's services take tokens for",
            "give the vault an audience of its own");
    }
    if (!why_reserved(fleet.keycloak, audience).empty()) {
        return unfit(
            client, "its audience is Keycloak itself", "give the vault an audience of its own");
    }
    return {};
}

VaultLogin::VaultLogin(
    const Gate& gate,
    Credentials& credentials,
    Identity& identity,
    Administers administers,
    FleetSpec fleet)
    : gate_(gate),
      credentials_(credentials),
      identity_(identity),
      administers_(std::move(administers)),
      fleet_(std::move(fleet)) {}

Task<SecretValue> VaultLogin::mint() {
    auto allowed = gate_.may_send(Credential::login_token(), fleet_.openbao.url);
    if (!allowed) {
        co_return allowed.take_error();
    }
    const auto& login = *fleet_.openbao.jwt_login;
    auto secret = co_await credentials_.resolve(login.client_secret, fleet_.keycloak.url);
    if (!secret) {
        co_return secret.take_error().in("openbao.jwtLogin.clientSecretRef");
    }
    auto token = co_await identity_.mint(login.client_id, std::move(*secret));
    if (!token) {
        co_return token.take_error();
    }
    auto fit =
        token->value->reveal([this](std::string_view text) { return fit_for_login(text, fleet_); });
    if (!fit) {
        co_return fit.take_error();
    }
    auto asked = administers_(token->value);
    auto opens = co_await std::move(asked);
    if (!opens) {
        co_return opens.take_error();
    }
    if (*opens) {
        co_return unfit(
            login.client_id, "it opens Keycloak's administration, whatever it claims", kNarrow);
    }
    co_return std::move(token->value);
}

}  // namespace wavegate::access
