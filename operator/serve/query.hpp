#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wavegate::serve {

/// What is wrong with a target's query: a parameter that is not among `known`, since one that is
/// silently left out would be taken for one that was heeded. Nothing: all is known.
std::optional<std::string> query_fault(
    std::string_view target,
    const std::vector<std::string_view>& known);

}  // namespace wavegate::serve
