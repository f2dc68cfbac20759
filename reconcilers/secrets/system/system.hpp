#pragma once

#include "operator/ports/clock.hpp"
#include "operator/ports/vault.hpp"
#include "reconcilers/system.hpp"

#include <memory>

namespace wavegate::secrets {

/// The vault entries of the declared clients: one request for each.
std::unique_ptr<System> make_system(Clock& clock, Vault& vault);

}  // namespace wavegate::secrets
