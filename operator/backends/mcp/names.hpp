#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wavegate::mcp {

/// Which of the multiplexer's tools may be this child's `tool` (fleet.md §4): "<prefix>__<tool>",
/// where the child's name is stripped from the tool and the prefix is one that the multiplexer
/// can make of that name. Two children may own a tool of the same name: the prefix tells.
std::vector<std::string> exposed_candidates(
    const std::vector<std::string>& listed,
    std::string_view child,
    std::string_view tool);

/// Does this whole name end in the child's `tool`, whatever its prefix?
bool is_tool_of(std::string_view listed, std::string_view child, std::string_view tool);

/// The prefix that `child` gets among all `children`, clashes settled in name order.
std::string prefix_among(std::vector<std::string> children, const std::string& child);

}  // namespace wavegate::mcp
