#pragma once

#include <optional>
#include <string>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): the library's name
class App;
}

namespace wavegate::client {

/// For words that `app` could not parse: the sentence that names the first command or option among
/// them that nobody has, and the one that was likely meant. Nothing where no word comes close.
std::optional<std::string> command_hint(const CLI::App& app, const std::vector<std::string>& words);

}  // namespace wavegate::client
