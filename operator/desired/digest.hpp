#pragma once

#include "operator/model/desired.hpp"

#include <string>

namespace wavegate::desired {

/// A hash of everything that has a meaning in a state: not of comments, positions, the revision
/// or the order in which documents stand.
std::string meaning_digest(const DesiredState& state);

}  // namespace wavegate::desired
