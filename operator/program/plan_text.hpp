#pragma once

#include "operator/status/view.hpp"

#include <string>

namespace wavegate::program {

/// Does anything differ from what is desired, whether it can be written or not?
bool has_changes(const status::View& view);
/// What differs field by field (secrets are masked in the diff already), what stands in the way,
/// what waits, and what would be written and asked next.
std::string plan_text(const status::View& view);

}  // namespace wavegate::program
