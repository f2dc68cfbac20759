#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wavegate::sandbox {

/// A stack's Env as Portainer keeps it; of duplicates the last one counts.
using EnvList = std::vector<std::pair<std::string, std::string>>;

const std::string* env_value(const EnvList& env, std::string_view name);

/// Puts variables into one value of a compose file, as docker's CLI does (portainer.md, trap 13):
/// $V, ${V}, ${V:-d}, ${V-d}, ${V:?e}, ${V?e} and $$. On failure `error` says why in its words.
std::optional<std::string>
substitute(std::string_view text, const EnvList& env, std::string& error);

}  // namespace wavegate::sandbox
