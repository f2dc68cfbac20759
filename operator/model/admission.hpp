#pragma once

#include "operator/model/desired.hpp"
#include "operator/model/ledger.hpp"
#include "operator/model/observed.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace wavegate {

/// Does a service of the desired state enforce, or ask the policy server, as it runs now?
bool any_enforcing(const DesiredState& desired, const Observed& observed);

/// Names of tools, by service.
using Tools = std::map<std::string, std::vector<std::string>>;

/// What probes of services were shown, as far as their evidence is kept.
Tools probed_tools(const Ledger& ledger);

/// May this principal do that with a tool? By the policy server's own rules, as `locked_out` says.
struct AccessQuestion {
    std::string_view principal;
    std::string_view tool;  ///< empty: one that no rule names
    std::string_view action;
};
bool lets_in(const std::vector<Policy>& policies, const AccessQuestion& question);

/// The first enforcing service into one of whose tools `before` lets the multiplexer's principal
/// and `after` does not; empty: none. The policy server's own rules (eunomia.md: any deny beats any
/// allow, the first rule that fits counts) on the conditions that compiled rules have: a rule with
/// any other fits nothing. A service whose `tools` are not known needs a rule about all tools.
std::string locked_out(
    const DesiredState& desired,
    const Observed& observed,
    const Tools& tools,
    const std::vector<Policy>& before,
    const std::vector<Policy>& after);

}  // namespace wavegate
