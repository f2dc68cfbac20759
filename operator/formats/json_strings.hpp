#pragma once

#include <string>
#include <string_view>

namespace wavegate::formats {

/// What a JSON text with its quotes says; half of a surrogate pair becomes U+FFFD. `quoted` must be
/// valid.
std::string json_string(std::string_view quoted);
/// The same as JSON, with its quotes; signs beyond ASCII stay as they are.
std::string quoted_json(std::string_view text);

}  // namespace wavegate::formats
