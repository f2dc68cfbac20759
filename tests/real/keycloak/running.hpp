#pragma once

#include "tests/real/support/keycloak_server.hpp"

namespace wavegate::testing {

/// The server that this program's tests share, started by the first of them, with rotation of
/// secrets switched on. Null when it is not installable here.
KeycloakServer* running_keycloak();

}  // namespace wavegate::testing
