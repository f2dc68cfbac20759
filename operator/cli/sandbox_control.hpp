#pragma once

#include "operator/ports/http.hpp"
#include "operator/sandbox/world.hpp"

#include <string_view>

namespace wavegate::cli {

/// What goes wrong in a sandbox at a person's (or a test's) word. POST on sandbox.localhost:
///   /__sandbox/break/SERVICE          it can't reach the JWKS: refuses every token
///   /__sandbox/crash/SERVICE          its next containers end with exit code 1
///   /__sandbox/mend/SERVICE           both are well again
///   /__sandbox/edit/STACK/KEY/VALUE   by hand, in the stack's Env, with a redeploy
///   /__sandbox/down/SYSTEM, up/SYSTEM keycloak, openbao…, or a service's proxy entry: 502
///   /__sandbox/policy/allow-all       the CLI's default policy
///   /__sandbox/policy/delete/NAME, policy/wipe
///   /__sandbox/drop-header            the multiplexer names no principal after its next start
///   /__sandbox/restart-fails          the multiplexer loads no child after its next start
/// 204 when done, 404 when there is no such thing, 409 when it was refused.
HttpResponse control_sandbox(sandbox::World& world, const HttpRequest& request);

}  // namespace wavegate::cli
