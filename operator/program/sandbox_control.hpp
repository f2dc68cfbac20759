#pragma once

#include "operator/ports/http.hpp"
#include "operator/sandbox/world.hpp"

#include <string_view>

namespace wavegate::program {

/// What goes wrong in a sandbox at a person's (or a test's) word: a POST on sandbox.localhost, as
/// `control_help` lists them. 204 when done, 404 when there is no such thing, 409 when it was
/// refused.
HttpResponse control_sandbox(sandbox::World& world, const HttpRequest& request);

/// The verbs, for `sandbox --help`.
std::string_view control_help();

}  // namespace wavegate::program
