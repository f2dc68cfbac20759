#pragma once

#include "operator/access/gate.hpp"
#include "operator/base/task.hpp"
#include "operator/model/desired.hpp"
#include "operator/ports/credentials.hpp"
#include "operator/ports/identity.hpp"

#include <functional>
#include <string_view>

namespace wavegate::access {

/// Is a token that was minted for `openbao.jwtLogin` good for nothing but that login, as far as it
/// can be read? One audience, which no service of the fleet and nothing of Keycloak's own listens
/// to, and no role at all: full scope alone brings some in, and what a default role is worth is any
/// administrator's to change. Denied: no, with what to change in Keycloak; the token is not in it.
Result<void> fit_for_login(std::string_view token, const FleetSpec& fleet);

/// Whether a token opens anything of Keycloak's administration, asked there.
using Administers = std::function<Task<bool>(SecretValue token)>;

/// Mints the tokens of a vault's login. Whoever is named as the vault gets to see them, so that
/// none is given out that would open anything else.
class VaultLogin {
  public:
    /// `fleet` logs in by JWT. All references must outlive every call.
    VaultLogin(
        const Gate& gate,
        Credentials& credentials,
        Identity& identity,
        Administers administers,
        FleetSpec fleet);

    /// A new token. Denied: the gate does not let it go to the vault (none is minted), Keycloak
    /// does not mint it, or it opens more than the vault: by what it claims, or by what Keycloak
    /// says when it is tried there, since roles count that a token does not show. Else as Identity.
    Task<SecretValue> mint();

  private:
    const Gate& gate_;
    Credentials& credentials_;
    Identity& identity_;
    Administers administers_;
    FleetSpec fleet_;
};

}  // namespace wavegate::access
