#pragma once

#include "operator/sandbox/mcp/behaviour.hpp"
#include "tests/support/recorded.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <map>
#include <string>
#include <string_view>

namespace wavegate {

/// The recorded exchanges, by name.
const std::map<std::string, testing::Recorded>& exchanges();

/// A body as it counts: an event stream is its last message without the id, JSON without an
/// "id", a text itself. Descriptions are left away: doubles may be less wordy.
boost::json::value essence(const HttpResponse& response);

/// The JSON-RPC answer of a recorded exchange.
boost::json::object recorded_answer(const std::string& name);

/// The tools of a recorded tools/list, with the results of recorded calls by tool name.
std::vector<sandbox::ToolDouble> recorded_tools(
    const std::string& list,
    const std::map<std::string, std::string>& results);

}  // namespace wavegate
