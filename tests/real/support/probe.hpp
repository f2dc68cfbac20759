#pragma once

#include <string>

namespace wavegate::testing {

/// The status of a GET; 0 when no answer came.
int get_status(const std::string& url);

}  // namespace wavegate::testing
