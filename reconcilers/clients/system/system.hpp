#pragma once

#include "operator/ports/clock.hpp"
#include "operator/ports/identity.hpp"
#include "reconcilers/system.hpp"

#include <memory>

namespace wavegate::clients {

/// The declared clients in their realm: one request for each.
std::unique_ptr<System> make_system(Clock& clock, Identity& identity);

}  // namespace wavegate::clients
