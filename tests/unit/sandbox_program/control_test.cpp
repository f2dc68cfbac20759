#include "operator/sandbox/program/control.hpp"

#include "operator/client/sandbox_options.hpp"

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <sstream>

namespace wavegate::sandbox {
namespace {

/// The first words of the paths that the help lists: lines of two blanks, "down/SYSTEM up/SYSTEM".
std::set<std::string> verbs_of_help() {
    CLI::App app;
    client::SandboxOptions options;
    client::add_sandbox_options(app, options);
    std::set<std::string> verbs;
    std::istringstream lines(app.get_footer());
    for (std::string line; std::getline(lines, line);) {
        std::istringstream paths(line.substr(0, line.find("  ", 2)));
        for (std::string path; line.starts_with("  ") && paths >> path;) {
            verbs.insert(path.substr(0, path.find('/')));
        }
    }
    return verbs;
}

TEST(SandboxControl, HelpNamesEveryVerb) {
    EXPECT_THAT(verbs_of_help(), ::testing::ElementsAreArray(control_verbs()));
}

}  // namespace
}  // namespace wavegate::sandbox
