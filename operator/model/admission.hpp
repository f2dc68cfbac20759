#pragma once

#include "operator/model/desired.hpp"
#include "operator/model/observed.hpp"

#include <string>
#include <vector>

namespace wavegate {

/// Does a service of the desired state enforce, or ask the policy server, as it runs now?
bool any_enforcing(const DesiredState& desired, const Observed& observed);

/// The first enforcing service into one of whose tools `before` lets the multiplexer's principal
/// and `after` does not; empty: none. The policy server's own rules (eunomia.md: any deny beats any
/// allow, the first rule that fits counts) on the conditions that compiled rules have: a rule with
/// any other fits nothing. A service whose tools were never seen needs a rule about all tools.
std::string locked_out(
    const DesiredState& desired,
    const Observed& observed,
    const std::vector<Policy>& before,
    const std::vector<Policy>& after);

}  // namespace wavegate
