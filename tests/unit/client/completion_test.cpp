#include "operator/client/completion.hpp"

#include "tests/support/scratch_folder.hpp"
#include "tests/unit/client/canned_operator.hpp"

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <memory>

namespace wavegate::client {
namespace {

using ::testing::HasSubstr;

std::string script(const std::string& shell_name) {
    CannedOperator shell;
    EXPECT_EQ(shell.run({"completion", shell_name}), 0);
    return shell.out.str();
}

/// What bash offers for the last of `words`, typed in a folder with `fleet.yaml`.
std::string offered(const std::string& words) {
    const testing::ScratchFolder folder;
    folder.write("fleet.yaml", "");
    CannedOperator shell;
    CLI::App app("test", "wavegate");
    app.add_option("--config")->option_text("FILE");
    app.add_subcommand("validate")->add_option("PATH")->required();
    add_commands(app, shell.context);
    folder.write("completion", *completion_script(app, "bash"));
    folder.write(
        "ask",
        "cd \"$(dirname \"$0\")\" && . ./completion && COMP_WORDS=(" + words +
            ") && COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) && _wavegate; echo \"${COMPREPLY[*]}\"");
    const auto command = "bash " + folder.path() + "/ask 2>&1";
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
    std::array<char, 4096> text{};
    const auto size = std::fread(text.data(), 1, text.size(), pipe.get());
    return {text.data(), size};
}

TEST(Completion, OffersTheCommandsOfEachPlaceToBash) {
    EXPECT_THAT(offered("wavegate ''"), HasSubstr("validate get describe events rollout"));
    EXPECT_EQ(offered("wavegate rollout pa"), "pause\n");
    EXPECT_THAT(offered("wavegate get ''"), HasSubstr("services waves"));
    EXPECT_EQ(offered("wavegate get --wat"), "--watch\n");
}

TEST(Completion, OffersFilesWhereFilesBelongAndNowhereElse) {
    EXPECT_EQ(offered("wavegate validate fl"), "fleet.yaml\n");
    EXPECT_EQ(offered("wavegate --config fl"), "fleet.yaml\n");
    EXPECT_EQ(offered("wavegate get fl"), "\n");
    EXPECT_EQ(offered("wavegate get -o js"), "json\n");
    EXPECT_EQ(offered("wavegate completion z"), "zsh\n");
    EXPECT_EQ(offered("wavegate probe --server ''"), "\n");
}

TEST(Completion, OffersThemToZshWithoutTouchingItsPath) {
    const auto text = script("zsh");
    EXPECT_TRUE(text.starts_with("#compdef wavegate\n"));
    EXPECT_THAT(text, HasSubstr("(\"/completion\") compadd -- --help bash zsh fish"));
    EXPECT_THAT(text, HasSubstr("(--output) compadd -- table wide json yaml; return"));
    EXPECT_THAT(text, ::testing::Not(HasSubstr("path=")));
}

TEST(Completion, OffersThemToFish) {
    const auto text = script("fish");
    EXPECT_THAT(
        text, HasSubstr("complete -c wavegate -n '__wavegate_at \"/rollout\"' -a 'status show"));
    EXPECT_THAT(text, HasSubstr("complete -c wavegate -l output -r -f -a 'table wide json yaml'"));
}

TEST(Completion, KnowsNoOtherShell) {
    CannedOperator shell;
    EXPECT_GT(shell.run({"completion", "csh"}), 100);
    const CLI::App app;
    EXPECT_FALSE(completion_script(app, "csh"));
}

}  // namespace
}  // namespace wavegate::client
