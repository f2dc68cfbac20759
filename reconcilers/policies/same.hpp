#pragma once

#include "operator/model/observed.hpp"

#include <vector>

namespace wavegate::policies {

/// Does a policy that bears no fleet's mark decide as `wanted` does, whatever it and its rules are
/// called? `equals` one text is `in` a list of it; the order of a list, of conditions and of
/// actions means nothing, that of rules does. Pure.
bool says_the_same(const std::vector<Policy>& standing, const Policy& wanted);

}  // namespace wavegate::policies
