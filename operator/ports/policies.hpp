#pragma once

#include "operator/base/task.hpp"
#include "operator/model/observed.hpp"
#include "operator/model/permit.hpp"

#include <string>
#include <vector>

namespace wavegate {

/// One question in the very shape that a service asks (eunomia.md: eunomia-mcp).
struct PolicyQuestion {
    std::string principal;  ///< "agent:mcp-multiplexer"
    std::string tool;
    PolicyAction action = PolicyAction::Execute;
};

struct PolicyAnswer {
    bool allowed = false;
    std::string reason;  ///< names the rule and policy that decided
};

/// The policy server (Eunomia).
class Policies {
  public:
    virtual ~Policies() = default;
    virtual Task<std::vector<Policy>> list() = 0;
    /// One answer for each question, in order; chunks of 100 inside. Any failure fails all.
    virtual Task<std::vector<PolicyAnswer>> ask(std::vector<PolicyQuestion> questions) = 0;

    /// Performs a PolicyWrite. A create that meets its own equal body, and a delete of what is
    /// gone, have succeeded. Conflict: that name exists with another body.
    virtual Task<Receipt> apply(Permit permit) = 0;
};

}  // namespace wavegate
