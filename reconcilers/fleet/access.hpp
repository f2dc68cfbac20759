#pragma once

#include "operator/model/desired.hpp"

#include <optional>
#include <string>
#include <vector>

namespace wavegate::fleet {

/// One answer of the policy server.
struct Ruling {
    bool allowed = false;
    std::string rule;    ///< that decided; empty: none fitted, and no rule is a denial
    std::string policy;  ///< whose rule it is
    std::string reason;  ///< in the server's own words
};

/// What a principal may do with one tool.
struct ToolAccess {
    std::string tool;
    Ruling list;  ///< does it see the tool?
    Ruling call;
};

/// What the policy server answers of a principal and a service's tools, and whether the service
/// would ask it at all.
struct Access {
    std::string principal;
    std::string service;
    std::optional<AuthMode> mode;  ///< that it runs in; nothing: it is not seen to run
    bool asks = false;             ///< it asks the policy server about each call
    std::vector<ToolAccess> tools;
};

/// The name of a principal as services send it: "agent:x", and for a bare name that.
std::string principal_of(const std::string& name);

}  // namespace wavegate::fleet
