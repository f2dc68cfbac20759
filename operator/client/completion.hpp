#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace CLI {  // NOLINT(readability-identifier-naming): the library's name
class App;
}

namespace wavegate::client {

/// A completion script for "bash", "zsh" or "fish", of the commands and long options that `app`
/// has, and of files where an argument or an option's value is called FILE, DIR or PATH; nothing
/// for another shell.
std::optional<std::string> completion_script(const CLI::App& app, std::string_view shell);

}  // namespace wavegate::client
