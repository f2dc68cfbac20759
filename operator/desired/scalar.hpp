#pragma once

#include "operator/desired/schema.hpp"

#include <string>

namespace wavegate::desired {

/// What is wrong with a scalar by its schema's type, enum, pattern, format and bounds; empty when
/// nothing is. Never shows a value of format "reference".
std::string scalar_fault(const formats::YamlNode& node, const Schema& schema);

}  // namespace wavegate::desired
