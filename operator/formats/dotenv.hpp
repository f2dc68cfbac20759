#pragma once

#include "operator/base/result.hpp"
#include "operator/base/secret.hpp"

#include <map>
#include <string>
#include <string_view>

namespace wavegate::formats {

/// A `.env` file: KEY=value lines, `export ` allowed, quotes, `# comments` after a blank,
/// empty lines; no interpolation. The last duplicate wins.
/// Invalid: a line that is none of these (names the line's number, never its text).
Result<std::map<std::string, SecretValue>> parse_dotenv(std::string_view text);

}  // namespace wavegate::formats
