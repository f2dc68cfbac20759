#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): the library's name
class App;
class ParseError;
}  // namespace CLI

namespace wavegate::client {

/// For words that `app` could not parse: the sentence that names the first command or option among
/// them that nobody has, and the one that was likely meant. Nothing where no word comes close.
std::optional<std::string> command_hint(const CLI::App& app, const std::vector<std::string>& words);

/// What follows where `words` made no command to run: the help or version that was asked for, on
/// `out`, or what is wrong with them, on `error`. The exit code.
int end_of_parsing(
    const CLI::App& app,
    const CLI::ParseError& why,
    const std::vector<std::string>& words,
    std::ostream& out,
    std::ostream& error);

}  // namespace wavegate::client
