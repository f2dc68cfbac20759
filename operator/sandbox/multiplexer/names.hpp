#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace wavegate::sandbox {

/// The prefix of each child (fleet.md §4): generic words dropped, one word gives four letters,
/// several their initials; a clash, in name order, takes one letter more of the whole.
std::map<std::string, std::string> child_prefixes(std::vector<std::string> names);

/// "<prefix>__<tool>", the child's own name stripped from the tool, 44 characters at most.
std::string exposed_name(std::string_view prefix, std::string_view child, std::string_view tool);

}  // namespace wavegate::sandbox
