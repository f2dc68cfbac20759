#pragma once

#include "operator/settings/config.hpp"

#include <string>
#include <string_view>

namespace wavegate::settings {

/// Reads the text of an operator.yaml into `result`, with everything that is wrong in it.
void read_config_file(const std::string& file, std::string_view text, ParsedConfig& result);

}  // namespace wavegate::settings
