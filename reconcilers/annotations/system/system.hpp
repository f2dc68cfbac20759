#pragma once

#include "operator/ports/annotations.hpp"
#include "operator/ports/clock.hpp"
#include "reconcilers/system.hpp"

#include <memory>

namespace wavegate::annotations {

/// The fleet's own annotations, found by their tags: one request.
std::unique_ptr<System> make_system(Clock& clock, Annotations& grafana);

}  // namespace wavegate::annotations
