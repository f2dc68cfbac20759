#pragma once

#include "operator/ports/clock.hpp"
#include "operator/ports/policies.hpp"
#include "reconcilers/system.hpp"

#include <memory>

namespace wavegate::policies {

/// All policies that the policy server holds, others' too: one request.
std::unique_ptr<System> make_system(Clock& clock, Policies& server);

}  // namespace wavegate::policies
