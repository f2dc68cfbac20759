#pragma once

#include "operator/sandbox/portainer/call.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace wavegate::sandbox {

/// Docker's `filters`: {"label":["a=b"]} or {"label":{"a=b":true}}.
using Filters = std::map<std::string, std::vector<std::string>>;

Filters filters_of(const PortainerCall& call);

/// Does one of the values that a filter of this name has pass the test? So it is without a filter.
template <class Test>
bool any(const Filters& filters, const std::string& name, Test test) {
    const auto at = filters.find(name);
    return at == filters.end() || std::any_of(at->second.begin(), at->second.end(), test);
}

}  // namespace wavegate::sandbox
