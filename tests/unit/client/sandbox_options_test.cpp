#include "operator/client/sandbox_options.hpp"

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace wavegate::client {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// What `wavegate sandbox` hands on, asked by these words.
std::vector<std::string> handed_on(std::vector<std::string> words) {
    CLI::App app("test", "wavegate");
    std::string config;
    app.add_option("--config", config);
    app.fallthrough();
    SandboxOptions options;
    auto* command = app.add_subcommand("sandbox");
    add_sandbox_options(*command, options);
    std::reverse(words.begin(), words.end());
    app.parse(words);
    return words_said_to(*command);
}

SandboxOptions read(std::vector<std::string> words) {
    CLI::App app("test", "wavegate-sandbox");
    SandboxOptions options;
    add_sandbox_options(app, options);
    std::reverse(words.begin(), words.end());
    app.parse(words);
    return options;
}

TEST(SandboxWords, AreReadTheSameByTheOtherProgram) {
    const auto options = read(handed_on(
        {"sandbox",
         "--port=0",
         "--write-desired",
         "-odd folder",
         "--enforcing",
         "a-mcp",
         "b-mcp",
         "--soak",
         "",
         "--speed",
         "10",
         "--git-stacks",
         "--short-soak=false"}));
    EXPECT_EQ(options.port, 0);
    EXPECT_EQ(options.write, "-odd folder");
    EXPECT_THAT(options.enforcing, ElementsAre("a-mcp", "b-mcp"));
    EXPECT_EQ(options.soak, "");
    EXPECT_EQ(options.speed, 10);
    EXPECT_TRUE(options.git_stacks);
    EXPECT_FALSE(options.short_soak);
    EXPECT_FALSE(options.dynamic);
}

TEST(SandboxWords, LeaveOutWhatIsSaidToTheWholeProgram) {
    EXPECT_THAT(handed_on({"--config", "a.yaml", "sandbox"}), IsEmpty());
    EXPECT_THAT(
        handed_on({"sandbox", "--grafana", "--config", "a.yaml"}), ElementsAre("--grafana=true"));
}

}  // namespace
}  // namespace wavegate::client
