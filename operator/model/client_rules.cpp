#include "operator/model/client_rules.hpp"

#include "operator/base/text.hpp"

#include <algorithm>

namespace wavegate {
namespace {

/// Clients that every realm has.
constexpr std::array<std::string_view, 6> kBuiltIn{
    "account",
    "account-console",
    "admin-cli",
    "broker",
    "realm-management",
    "security-admin-console"};

constexpr const char* kAudienceProvider = "oidc-audience-mapper";

bool is_built_in(const std::string& realm, const std::string& id) {
    // In master each realm has a client that administers it, whatever realms there are.
    return std::find(kBuiltIn.begin(), kBuiltIn.end(), id) != kBuiltIn.end() ||
           id == "master-realm" || id == realm + "-realm" ||
           (realm == "master" && id.ends_with("-realm"));
}

}  // namespace

MapperView audience_mapper(const std::string& audience) {
    MapperView mapper;
    mapper.name = "wavegate-aud-" + audience;
    mapper.protocol_mapper = kAudienceProvider;
    // All four claim keys: a `models` read would add the missing ones (two views).
    mapper.config = {
        {"included.custom.audience", audience},
        {"access.token.claim", "true"},
        {"id.token.claim", "false"},
        {"introspection.token.claim", "true"},
        {"userinfo.token.claim", "false"}};
    return mapper;
}

bool maps_audience(const MapperView& mapper, const std::string& audience) {
    const auto setting = [&](const char* key) {
        const auto at = mapper.config.find(key);
        return at == mapper.config.end() ? std::string() : at->second;
    };
    // A client audience beside it wins in Keycloak (keycloak.md, protocol mappers).
    return mapper.protocol_mapper == kAudienceProvider &&
           setting("included.custom.audience") == audience &&
           setting("included.client.audience").empty() && setting("access.token.claim") == "true";
}

std::string mark_of(const ClientView& client) {
    const auto mark = client.attributes.find(kOwnerAttribute);
    return mark == client.attributes.end() ? std::string() : mark->second;
}

Ownership ownership(const ClientView& client, const std::string& fleet) {
    const auto mark = mark_of(client);
    if (mark.empty()) {
        return Ownership::Unmarked;
    }
    return mark == fleet ? Ownership::Ours : Ownership::AnotherFleets;
}

std::string why_reserved(const KeycloakSpec& keycloak, std::string_view client_id) {
    if (iequals(client_id, keycloak.client_id)) {
        return "is the operator's own client";
    }
    return is_built_in(to_lower(keycloak.realm), to_lower(client_id))
               ? "is a client that Keycloak makes for itself"
               : "";
}

const ClientView*
own_client(const DesiredState& desired, const Observed& observed, const OidcClientSpec& spec) {
    const auto at = observed.clients.find(spec.client_id);
    if (at == observed.clients.end() || !at->second.ok() || !at->second->has_value()) {
        return nullptr;
    }
    const ClientView& client = **at->second;
    const bool ours = ownership(client, desired.fleet.name) == Ownership::Ours &&
                      why_reserved(desired.fleet.keycloak, spec.client_id).empty();
    return ours ? &client : nullptr;
}

}  // namespace wavegate
