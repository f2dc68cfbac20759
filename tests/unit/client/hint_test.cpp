#include "operator/client/hint.hpp"

#include "tests/unit/client/canned_operator.hpp"

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::client {
namespace {

using ::testing::Optional;

class CommandHint : public ::testing::Test {
  protected:
    CommandHint() { add_commands(app_, shell_.context); }
    std::optional<std::string> after(const std::vector<std::string>& words) {
        return command_hint(app_, words);
    }

  private:
    CannedOperator shell_;
    CLI::App app_{"test", "wavegate"};
};

TEST_F(CommandHint, NamesTheCommandThatWasLikelyMeant) {
    EXPECT_THAT(
        after({"rolout", "status"}),
        Optional(std::string("there is no command 'rolout'; did you mean rollout?")));
    EXPECT_THAT(
        after({"rollout", "staus"}),
        Optional(std::string("there is no command 'staus'; did you mean status?")));
}

TEST_F(CommandHint, TakesAnOptionsValueForNoCommand) {
    EXPECT_THAT(
        after({"--server", "http://127.0.0.1:1", "-o", "json", "descibe", "service", "a-mcp"}),
        Optional(std::string("there is no command 'descibe'; did you mean describe?")));
    EXPECT_THAT(
        after({"--output=json", "evnts"}),
        Optional(std::string("there is no command 'evnts'; did you mean events?")));
}

TEST_F(CommandHint, NamesTheOptionThatWasLikelyMeant) {
    EXPECT_THAT(
        after({"get", "services", "--servr", "http://127.0.0.1:1"}),
        Optional(std::string("there is no option '--servr'; did you mean --server?")));
}

TEST_F(CommandHint, SaysNothingWhereNothingComesCloseOrTheWordsAreKnown) {
    EXPECT_EQ(after({"completely-else"}), std::nullopt);
    EXPECT_EQ(after({"get", "services", "rolout"}), std::nullopt);
    EXPECT_EQ(after({}), std::nullopt);
}

}  // namespace
}  // namespace wavegate::client
