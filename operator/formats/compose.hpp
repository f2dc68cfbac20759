#pragma once

#include "operator/base/result.hpp"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace wavegate::formats {

struct YamlNode;

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
    std::string text;      ///< as Docker reads it (an unquoted 3.10 is 3.1), `$$` still doubled
    std::string variable;  ///< of PassThrough and Bare
    std::optional<std::string> fallback;  ///< of ${V:-d} and ${V-d}
    int line = 0;                         ///< from 1
};

struct ComposeService {
    std::string name;
    std::string image;
    std::map<std::string, ComposeEnv> environment;
    bool environment_is_map = false;   ///< `KEY: value`, not `- KEY=value`
    std::vector<std::string> command;  ///< a text is split at blanks
    bool env_file = false;
};

/// What reads a variable.
struct VariableReader {
    std::string service;  ///< empty: a part of the file that no service has for itself
    std::string key;      ///< of the service's environment; empty: another part of it
    friend bool operator<(const VariableReader& a, const VariableReader& b) {
        return std::tie(a.service, a.key) < std::tie(b.service, b.key);
    }
};

/// What the operator needs to know of a compose file, as Docker reads it: aliases and merge keys
/// resolved, comments gone. Values of literals may be secrets: the caller looks at owned keys
/// only.
struct Compose {
    std::map<std::string, ComposeService> services;
    /// By variable. What stands in `x-…` and is taken over by no service is read by nobody.
    std::map<std::string, std::set<VariableReader>> readers;
    /// Top-level networks, secrets and configs that are `external: true`, by the name they have
    /// outside (`name:`, as written), else by their key.
    std::vector<std::string> external_networks;
    std::vector<std::string> external_secrets;
    std::vector<std::string> external_configs;
    std::shared_ptr<const YamlNode> tree;  ///< the whole file
};

/// Invalid: not a compose file that can be read safely, or one that Docker refuses whatever the
/// stack's Env holds (names the reason and line).
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
/// ${V?e}, $$; unset = empty. Invalid: any other `$` (${V:+x}), or a required variable is unset.
Result<std::string> substitute(
    std::string_view text,
    const std::map<std::string, std::string>& variables);

}  // namespace wavegate::formats
