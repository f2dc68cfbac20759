#pragma once

#include "operator/base/result.hpp"
#include "operator/base/secret.hpp"

#include <map>
#include <string>
#include <string_view>

namespace wavegate::formats {

/// A `.env` file: KEY=value lines, `export ` allowed, `# comments` (behind a value after a blank
/// only), empty lines; no interpolation. Single quotes are literal, double quotes know
/// \n \r \t \" \\ \$; both may span lines. The last duplicate wins.
/// Invalid: a line that is none of these (names the line's number, never its text), no UTF-8,
/// over 1 MiB.
Result<std::map<std::string, SecretValue>> parse_dotenv(std::string_view text);

}  // namespace wavegate::formats
