#pragma once

#include "operator/model/rights.hpp"
#include "operator/status/view.hpp"

#include <boost/json/array.hpp>

#include <string>
#include <vector>

namespace wavegate::status {

/// Who gains and who loses what by the policies that are to be written and deleted; nothing where
/// none is, or while the policy server was not seen.
std::vector<RightsChange> rights_planned(const View& view);

/// A right for so many services in one line: "agent:x may call, list all tools of a-mcp, b-mcp".
struct RightsLine {
    bool gained = false;
    std::string text;
};
std::vector<RightsLine> rights_lines(const std::vector<RightsChange>& changes);

boost::json::array rights_json(const std::vector<RightsChange>& changes);

}  // namespace wavegate::status
