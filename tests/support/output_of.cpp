#include "tests/support/output_of.hpp"

#include <array>
#include <cstdio>

namespace wavegate::testing {

std::string output_of(const std::string& command) {
    std::string out;
    std::array<char, 4096> piece{};
    FILE* pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) {
        return out;
    }
    for (auto size = std::fread(piece.data(), 1, piece.size(), pipe); size > 0;
         size = std::fread(piece.data(), 1, piece.size(), pipe)) {
        out.append(piece.data(), size);
    }
    pclose(pipe);
    return out;
}

}  // namespace wavegate::testing
