#pragma once

#include "operator/base/result.hpp"
#include "operator/formats/compose.hpp"
#include "operator/formats/yaml.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace wavegate::formats {

/// The one document of a compose file, which is a map. Invalid: anything else, with the line.
Result<YamlNode> read_compose_tree(std::string_view text);

/// The tree as Docker has it once `<<` is resolved, in all depths: own keys win, then the first map
/// that is merged. Invalid: a `<<` that is no map or list of maps, a key that is no text (`1`,
/// `true`); Docker deploys neither.
Result<YamlNode> expand_compose_tree(YamlNode root);

/// Is it the key under which other maps are merged in? A quoted one is a key like others.
bool is_merge_key(const YamlNode& key);

/// The name in `KEY=value` or `KEY`.
std::string env_key(std::string_view item);

/// A value of an environment that is a map, as Docker reads it. Invalid: what Docker refuses
/// there, or nobody can foretell.
Result<std::string> environment_text(const YamlNode& value);

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
