#pragma once

#include "operator/base/time.hpp"
#include "operator/client/table.hpp"

#include <boost/json/value.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace wavegate::client {

/// Blanks a level.
inline constexpr std::size_t kIndent = 2;

/// One member a line, a line break at the end.
std::string to_json_text(const boost::json::value& value);
/// A YAML document that reads as the same value: strings stand plain only where no YAML reader
/// could take them for anything else.
std::string to_yaml_text(const boost::json::value& value);
/// A value in a table's cell: nothing for null, lists joined by commas, of their members'
/// reasons where these are objects.
std::string to_cell_text(const boost::json::value& value);
/// Kubernetes' ages: "45s", "12m", "5h", "3d"; empty when `since` is no time, "0s" in the future.
std::string age_text(std::string_view since, Wall now);
/// By the words that phases, conditions and verdicts are written in.
Tint tint_of(std::string_view word);

}  // namespace wavegate::client
