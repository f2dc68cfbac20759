#pragma once

#include "operator/ports/http.hpp"
#include "operator/sandbox/world.hpp"

#include <string>
#include <vector>

namespace wavegate::sandbox {

/// What goes wrong in a sandbox at a person's (or a test's) word: a POST on sandbox.localhost, as
/// the help of `sandbox` lists them. 204 when done, 404 when there is no such thing, 409 when it
/// was refused.
HttpResponse control_sandbox(World& world, const HttpRequest& request);

/// The first words of such paths.
std::vector<std::string> control_verbs();

}  // namespace wavegate::sandbox
