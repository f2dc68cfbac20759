#pragma once

#include "operator/base/time.hpp"

#include <string>

namespace wavegate::sandbox {

/// What a child itself answered to a call, and when.
struct ChildAnswer {
    Mono asked{};
    Mono at{};
    std::string text;     ///< of its result, or of its error
    bool denied = false;  ///< whatever the dress: the policy, or the way to the policy server
};

}  // namespace wavegate::sandbox
