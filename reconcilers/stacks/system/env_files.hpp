#pragma once

#include "operator/ports/clock.hpp"
#include "operator/ports/env_files.hpp"
#include "reconcilers/system.hpp"

#include <memory>

namespace wavegate::stacks {

/// The `.env` files that services take their variables from: from the disk, without a request.
std::unique_ptr<Lookout> make_env_files(Clock& clock, EnvFiles& files);

}  // namespace wavegate::stacks
