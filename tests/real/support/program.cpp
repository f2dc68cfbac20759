#include "tests/real/support/program.hpp"

#include "operator/source/child.hpp"

#include <filesystem>
#include <stdexcept>
#include <utility>

namespace wavegate::testing {

std::string run_program(std::vector<std::string> argv) {
    source::Command command;
    command.program = argv.front();
    command.arguments.assign(argv.begin() + 1, argv.end());
    command.environment = {
        "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME=" + std::filesystem::temp_directory_path().string()};
    auto done = source::run_child(command);
    if (!done) {
        throw std::runtime_error(done.error().message());
    }
    if (done->status != 0) {
        throw std::runtime_error(argv.front() + ": " + done->complaint);
    }
    return std::move(done->output);
}

}  // namespace wavegate::testing
