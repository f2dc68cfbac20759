#pragma once

#include "operator/formats/yaml.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace wavegate::formats {

/// What is wrong with the bytes of a text, before any parser sees them: too many, no UTF-8, control
/// characters.
std::optional<YamlError> refuse_bytes(std::string_view text, const YamlLimits& limits);

/// What is wrong with the quotes of the value at `at`, if it has any: not closed; of a text of
/// ours, further lines with fewer blanks before them than `indentation`.
std::optional<std::string>
quote_fault(std::string_view text, std::size_t at, std::size_t indentation, YamlOrigin origin);

}  // namespace wavegate::formats
