#include "operator/sandbox/vault_login.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <chrono>
#include <utility>

namespace wavegate::sandbox {
namespace json = boost::json;

void offer_vault_login(World& world) {
    constexpr const char* client_id = "wavegate-vault";
    constexpr const char* audience = "openbao";
    json::array mappers;
    mappers.push_back(json::object{
        {"name", "vault"},
        {"protocol", "openid-connect"},
        {"protocolMapper", "oidc-audience-mapper"},
        {"config",
         json::object{{"included.custom.audience", audience}, {"access.token.claim", "true"}}}});
    world.keycloak.add_client(
        {{"clientId", client_id},
         {"publicClient", false},
         {"serviceAccountsEnabled", true},
         {"fullScopeAllowed", false},
         {"secret", secrets::kVaultLoginSecret},
         {"protocolMappers", std::move(mappers)}});
    BaoJwtRole role;
    role.jwks = [&world] { return world.keycloak.jwks(); };
    role.issuer = world.url("keycloak") + "/realms/master";
    role.audience = audience;
    role.client = client_id;
    role.token.name = "wavegate";
    role.token.rules = operator_policy("kv", "mcp-multiplexer");
    role.token.ttl = std::chrono::minutes(20);
    world.openbao.add_jwt_role("wavegate", std::move(role));
}

}  // namespace wavegate::sandbox
