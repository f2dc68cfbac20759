#pragma once

#include "operator/base/result.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wavegate::formats {

/// How a compose file gives a service one environment variable.
enum class EnvPlace {
    Absent,
    Literal,      ///< `- KEY=value`, `KEY: value`
    PassThrough,  ///< the whole value is one ${V}, $V, ${V:-d}, ${V-d}, ${V:?e}, ${V?e}
    Bare,         ///< `- KEY`: the value of the stack's Env, bare if unset
    Mixed,        ///< text and variables together: no lever
};

struct ComposeEnv {
    EnvPlace place = EnvPlace::Absent;
    std::string text;                     ///< as written, unquoted, `$$` still doubled
    std::string variable;                 ///< of PassThrough and Bare
    std::optional<std::string> fallback;  ///< of ${V:-d} and ${V-d}
    int line = 0;                         ///< from 1
};

struct ComposeService {
    std::string name;
    std::string image;
    std::map<std::string, ComposeEnv> environment;
    std::vector<std::string> command;  ///< a text is split at blanks
    bool env_file = false;
};

/// What the operator needs to know of a compose file. Values of literals may be secrets: the
/// caller looks at owned keys only.
struct Compose {
    std::map<std::string, ComposeService> services;
    /// Top-level networks, secrets and configs that are `external: true`, by the name they have
    /// outside (`name:`, as written), else by their key.
    std::vector<std::string> external_networks;
    std::vector<std::string> external_secrets;
    std::vector<std::string> external_configs;
};

/// Invalid: not a compose file that can be read safely (names the reason and line).
Result<Compose> read_compose(std::string_view text);

struct ComposeChange {
    std::string key;
    /// The new value, written literally (`$` doubled, but for `raw`); nullopt removes the entry.
    std::optional<std::string> value;
    /// The value is written as it is: `${V}` stays a variable.
    bool raw = false;
};

/// Changes environment entries of one service and not one byte outside their lines: quoting,
/// comments, CRLF, list or map or flow form stay. A missing key is inserted behind the last
/// entry in a block, before the first in `[…]` or `{…}`; a service without environment gets a
/// list behind its image, and loses it again with its last entry. Invalid, with the reason:
/// aliases, anchors, merge keys, tags or block scalars in the way, duplicate keys, tabs, no such
/// service, an `environment` that cannot be extended. The result is parsed again and compared
/// before it is returned.
Result<std::string> edit_compose(
    std::string_view text,
    std::string_view service,
    const std::vector<ComposeChange>& changes);

/// Substitutes variables in one value (not in a whole file: they are found after parsing) as
/// Portainer does for Swarm stacks (portainer.md, trap 13): $V, ${V}, ${V:-d}, ${V-d}, ${V:?e},
/// ${V?e}, $$; unset = empty. Invalid: any other `$` (${V:+x}, nested ones), or a required
/// variable is unset.
Result<std::string> substitute(
    std::string_view text,
    const std::map<std::string, std::string>& variables);

}  // namespace wavegate::formats
