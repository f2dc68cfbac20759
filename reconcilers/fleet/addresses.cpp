#include "reconcilers/fleet/addresses.hpp"

#include <map>
#include <string_view>
#include <utility>

namespace wavegate::fleet {
namespace {

/// Field → value; fields without one are left out.
using Addresses = std::map<std::string, std::string>;

void add(Addresses& all, std::string field, std::string value) {
    if (!value.empty()) {
        all.emplace(std::move(field), std::move(value));
    }
}

void add_openbao(Addresses& all, const OpenBaoSpec& spec) {
    add(all, "openbao.url", spec.url);
    add(all, "openbao.mount", spec.mount);
    // Always one: without it the same paths would be entries of the root one.
    add(all, "openbao.namespace", spec.name_space.empty() ? "root" : spec.name_space);
    add(all, "openbao.tokenRef", spec.token.text);
    if (spec.app_role) {
        add(all, "openbao.appRole.mount", spec.app_role->mount);
        add(all, "openbao.appRole.roleIdRef", spec.app_role->role_id.text);
        add(all, "openbao.appRole.secretIdRef", spec.app_role->secret_id.text);
    }
    if (spec.jwt_login) {
        add(all, "openbao.jwtLogin.mount", spec.jwt_login->mount);
        add(all, "openbao.jwtLogin.role", spec.jwt_login->role);
        add(all, "openbao.jwtLogin.clientId", spec.jwt_login->client_id);
        add(all, "openbao.jwtLogin.clientSecretRef", spec.jwt_login->client_secret.text);
    }
}

/// What only some fleets have.
void add_optional(Addresses& all, const FleetSpec& fleet) {
    if (fleet.grafana) {
        add(all, "grafana.url", fleet.grafana->url);
        add(all, "grafana.tokenRef", fleet.grafana->token.text);
    }
    if (fleet.prometheus) {
        add(all, "prometheus.url", fleet.prometheus->url);
    }
    if (fleet.stack_repo) {
        add(all, "stackRepo.username", fleet.stack_repo->username);
        add(all, "stackRepo.tokenRef", fleet.stack_repo->token.text);
        add(all, "stackRepo.sshKeyRef", fleet.stack_repo->ssh_key.text);
    }
}

Addresses addresses_of(const FleetSpec& fleet) {
    Addresses all;
    add(all, "portainer.url", fleet.portainer.url);
    add(all, "portainer.environment", fleet.portainer.environment);
    add(all, "portainer.tokenRef", fleet.portainer.token.text);
    add(all, "keycloak.url", fleet.keycloak.url);
    add(all, "keycloak.realm", fleet.keycloak.realm);
    add(all, "keycloak.clientId", fleet.keycloak.client_id);
    add(all, "keycloak.clientSecretRef", fleet.keycloak.client_secret.text);
    add_openbao(all, fleet.openbao);
    add(all, "eunomia.url", fleet.eunomia.url);
    add(all, "eunomia.apiKeyRef", fleet.eunomia.api_key.text);
    add(all, "multiplexer.stack", fleet.multiplexer.stack);
    add(all, "multiplexer.url", fleet.multiplexer.url);
    add(all, "multiplexer.client", fleet.multiplexer.client);
    add(all, "multiplexer.inbound.tokenRef", fleet.multiplexer.inbound_token.text);
    add(all, "jwt.issuer", fleet.jwt.issuer);
    add(all, "jwt.jwksUri", fleet.jwt.jwks_uri);
    add(all, "jwt.eunomia.url", fleet.jwt.eunomia_url);
    add_optional(all, fleet);
    return all;
}

}  // namespace

std::vector<std::string> moved_addresses(const FleetSpec& now, const FleetSpec& next) {
    const auto before = addresses_of(now);
    std::vector<std::string> moved;
    for (const auto& [field, value] : addresses_of(next)) {
        const auto at = before.find(field);
        if (at == before.end() || at->second != value) {
            moved.push_back(field);
        }
    }
    return moved;
}

}  // namespace wavegate::fleet
