// The one file that is compiled with the folders' names, so that a compiler cache serves every
// other one to any clone of the tree.
#include "tests/support/paths.hpp"

namespace wavegate::testing {

std::string source_path(std::string_view below) {
    return std::string(WAVEGATE_SOURCE_DIR "/").append(below);
}

std::string program_path() {
    return WAVEGATE_BINARY_DIR "/wavegate";
}

}  // namespace wavegate::testing
