#pragma once

#include "operator/base/result.hpp"
#include "operator/base/secret.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace wavegate::formats {

/// What a `.env` file says. Texts never quote it: a line may be part of a secret.
struct Dotenv {
    std::map<std::string, SecretValue> values;
    /// Names that are no variable names, and the line of each: `${my-key}` would be `my` with a
    /// default, so they can't be passed on.
    std::map<std::string, std::size_t> misnamed;
    std::vector<std::string> notes;  ///< "line 2: a name without a value is left out"; the first 20
};

/// A `.env` file as python-dotenv and compose read it: KEY=value lines, `export ` allowed,
/// `# comments` (behind a value after a blank only), empty lines. Single quotes are literal, double
/// quotes know \n \r \t \" \\ \$; both may span lines. The last duplicate wins. Outside single
/// quotes `${X}`, `${X:-d}`, `${X-d}`, `${X:+r}`, `${X+r}`, `${X:?e}` and `${X?e}` are put in, from
/// the lines above and `before` (never this process's environment); one that is not set is empty,
/// with a note; `$X` is text. A name without `=` is left out, with a note.
/// Invalid: a line that is none of these (names the line's number, never its text), no UTF-8,
/// over 1 MiB, before or after variables are put in.
Result<Dotenv> parse_dotenv(
    std::string_view text,
    const std::map<std::string, SecretValue>& before = {});

}  // namespace wavegate::formats
