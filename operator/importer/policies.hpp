#pragma once

#include "operator/importer/live_fleet.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace wavegate::importer {

/// A policy of the server as a document would say it.
struct ImportedPolicy {
    PolicySpec spec;   ///< of the fleet's own: compiles to the very policy; `adopt` for others
    std::string seen;  ///< its name on the server
};

struct ImportedPolicies {
    std::vector<ImportedPolicy> documents;  ///< by name
    std::vector<Leftover> leftovers;
};

/// Which policies can be said, and why others can't. Pure.
ImportedPolicies import_policies(const std::vector<Policy>& policies, const std::string& fleet);

/// Does a rule let the principal see tools, and call them?
bool lets_in(const PolicySpec& policy, std::string_view principal);

}  // namespace wavegate::importer
