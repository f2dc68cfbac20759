#pragma once

#include "operator/base/result.hpp"
#include "operator/formats/compose.hpp"
#include "operator/formats/yaml.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace wavegate::formats {

inline constexpr std::string_view kMergeKey = "<<";

/// The one document of a compose file, which is a map. Invalid: anything else, with the line.
Result<YamlNode> read_compose_tree(std::string_view text);

/// The name in `KEY=value` or `KEY`.
std::string env_key(std::string_view item);

/// The value of a change as it must stand in the file: `$` doubled, unless it is raw.
std::string written_value(const ComposeChange& change);

/// Do both trees say the same but for the changed entries of one service's environment, and does
/// `after` hold exactly what the changes ask for? Positions don't count, order and quotes do.
bool differs_only_by(
    const YamlNode& before,
    const YamlNode& after,
    std::string_view service,
    const std::vector<ComposeChange>& changes);

}  // namespace wavegate::formats
