#pragma once

#include "operator/model/permit.hpp"

#include <utility>

namespace wavegate::guard {

/// Stands in for the guard where a writer is tested alone. Never linked together with it.
class Judge {
  public:
    static Permit sign(Edit edit, Live live = {}) { return {std::move(edit), std::move(live)}; }
};

}  // namespace wavegate::guard
