#include "operator/cli/client_completion.hpp"

#include "tests/unit/cli/canned_operator.hpp"

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::cli {
namespace {

using ::testing::HasSubstr;

std::string script(const std::string& shell_name) {
    CannedOperator shell;
    EXPECT_EQ(shell.run({"completion", shell_name}), 0);
    return shell.out.str();
}

TEST(Completion, OffersTheCommandsOfEachPlaceToBash) {
    const auto text = script("bash");
    EXPECT_THAT(text, HasSubstr("\"\") COMPREPLY=($(compgen -W \"get describe events rollout"));
    EXPECT_THAT(text, HasSubstr("\"/rollout\") COMPREPLY=($(compgen -W \"status show pause"));
    EXPECT_THAT(text, HasSubstr("\"/get\") COMPREPLY=($(compgen -W \"services waves"));
    EXPECT_THAT(text, HasSubstr("--timeout"));
    EXPECT_THAT(text, HasSubstr("complete -F _wavegate wavegate"));
}

TEST(Completion, OffersThemToZshWithoutTouchingItsPath) {
    const auto text = script("zsh");
    EXPECT_TRUE(text.starts_with("#compdef wavegate\n"));
    EXPECT_THAT(text, HasSubstr("(\"/completion\") compadd -- --help"));
    EXPECT_THAT(text, ::testing::Not(HasSubstr("path=")));
}

TEST(Completion, OffersThemToFish) {
    EXPECT_THAT(
        script("fish"),
        HasSubstr("complete -c wavegate -f -n '__wavegate_at \"/rollout\"' -a 'status show"));
}

TEST(Completion, KnowsNoOtherShell) {
    CannedOperator shell;
    EXPECT_GT(shell.run({"completion", "csh"}), 100);
    const CLI::App app;
    EXPECT_FALSE(completion_script(app, "csh"));
}

}  // namespace
}  // namespace wavegate::cli
