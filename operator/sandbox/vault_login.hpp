#pragma once

#include "operator/sandbox/world.hpp"

namespace wavegate::sandbox {

namespace secrets {
inline constexpr const char* kVaultLoginSecret = "sandbox-vault-login-secret";
}  // namespace secrets

/// Makes what `openbao.jwtLogin: { role: wavegate, clientId: wavegate-vault }` needs: a client that
/// may do nothing in Keycloak, and in OpenBao the role that its audience opens.
void offer_vault_login(World& world);

}  // namespace wavegate::sandbox
