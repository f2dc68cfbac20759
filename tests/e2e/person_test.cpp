// Who acts is told by the token that they show.
#include "tests/e2e/fleet.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Person, IsNamedWithTheirReasonInEventsAndMayDoWhatTheirRolesSay) {
    Fleet fleet({{"a-mcp"}, {}});
    auto& environment = fleet.operator_env();
    environment["ANNA"] = "annas-own-token";
    environment["BOB"] = "bobs-own-token";
    environment["WAVEGATE_AUTH_TOKENS"] =
        "anna@ref:env:ANNA|role:operator,bob@ref:env:BOB|role:viewer";
    const RunningOperator running(fleet);
    ASSERT_TRUE(running.until_standing("Converged", 60s)) << running.story();
    const auto as = [&](const std::string& who, std::vector<std::string> words, std::string& said) {
        words.insert(words.end(), {"--token-ref", "env:" + who});
        return running.command(words, &said);
    };

    std::string said;
    EXPECT_EQ(as("BOB", {"rollout", "pause", "--reason", "why not"}, said), 1);
    EXPECT_THAT(said, HasSubstr("bob may not do this: auth.tokens gives no role operator"));
    EXPECT_EQ(as("ANNA", {"rollout", "pause", "--reason", "exam week"}, said), 0) << said;
    EXPECT_EQ(as("ANNA", {"events"}, said), 0);
    EXPECT_THAT(said, HasSubstr("anna asked for it: exam week"));
    EXPECT_THAT(said, Not(HasSubstr("why not")));
    EXPECT_THAT(said, Not(HasSubstr("own-token")));
}

}  // namespace
}  // namespace wavegate::testing
