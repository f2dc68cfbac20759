#pragma once

#include "operator/cli/config.hpp"

#include <string>
#include <string_view>

namespace wavegate::cli {

/// Reads the text of an operator.yaml into `result`, with everything that is wrong in it.
void read_config_file(const std::string& file, std::string_view text, ParsedConfig& result);

}  // namespace wavegate::cli
