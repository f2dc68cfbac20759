#pragma once

#include <string>
#include <string_view>

namespace wavegate::testing {

/// The path of a file of this source tree, named from its top ("tests/recorded/eunomia").
std::string source_path(std::string_view below);

/// The `wavegate` program that was built beside the tests.
std::string program_path();

}  // namespace wavegate::testing
