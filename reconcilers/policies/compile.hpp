#pragma once

#include "operator/model/desired.hpp"
#include "operator/model/observed.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wavegate::policies {

/// "wavegate-<fleet>-<document>-": policies with this prefix and our description are ours.
std::string name_prefix(const std::string& fleet, const std::string& document);
/// Every policy of the fleet begins with this.
std::string fleet_prefix(const std::string& fleet);
/// The description that marks a policy as ours.
std::string mark(const std::string& fleet);

/// The policy server's own body for a document: servers become their recorded tool names (it
/// never hears of servers, eunomia.md), conditions are `in` lists only (they round-trip).
/// nullopt: a named server's tools are not known yet, and an empty condition would allow all.
std::optional<Policy> compile(
    const PolicySpec& spec,
    const std::string& fleet,
    const std::map<std::string, std::vector<std::string>>& tools);

}  // namespace wavegate::policies
