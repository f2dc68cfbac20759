#pragma once

#include <string>
#include <string_view>

namespace wavegate::gates {

/// What decided a question, by the policy server's own words for it.
struct Decider {
    std::string rule;    ///< empty: none fitted, and no rule is a denial
    std::string policy;  ///< whose rule it is
};

/// "Rule R allowed the action in policy P" and the like (eunomia.md, Policy model); names are slugs
/// there. Of any other words, as those of a denial by default: neither.
Decider decider_in(std::string_view reason);

}  // namespace wavegate::gates
