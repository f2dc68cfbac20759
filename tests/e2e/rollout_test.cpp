#include "tests/e2e/fleet.hpp"
#include "tests/support/paths.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Rollout, OfACommitTurnsTheFleetToJwt) {
    Fleet fleet({{"a-mcp", "b-mcp", "portainer-mcp"}, {}});
    fleet.ask_for_jwt();
    const auto applied = fleet.start({"apply"});
    EXPECT_EQ(applied->wait(120s), 0) << applied->errors() << applied->output();
    for (const auto* service : {"a-mcp", "b-mcp", "portainer-mcp"}) {
        EXPECT_EQ(fleet.knock(service), 401) << service;
    }
    const auto again = fleet.start({"plan"});
    EXPECT_EQ(again->wait(60s), 0) << "nothing is left to do" << again->output();
    for (const auto& text : {applied->errors(), applied->output(), again->output()}) {
        EXPECT_THAT(text, Not(HasSubstr("sandbox-operator-secret")));
        EXPECT_THAT(text, Not(HasSubstr("ptr_sandbox")));
    }
}

TEST(Rollout, PutsAServiceBackThatRefusesGoodTokensAndHaltsItsWave) {
    Fleet fleet({{"a-mcp", "b-mcp", "portainer-mcp"}, {}});
    const auto before = fleet.live_env("b-mcp");
    fleet.happen("break/b-mcp");
    fleet.ask_for_jwt();
    const auto applied = fleet.start({"apply"});
    EXPECT_EQ(applied->wait(180s), 3) << applied->errors() << applied->output();
    EXPECT_EQ(fleet.live_env("b-mcp"), before) << "the whole block went back";
    EXPECT_EQ(fleet.knock("a-mcp"), 401) << "the rest keeps serving";
    EXPECT_EQ(fleet.knock("b-mcp"), 400) << "open again";
    EXPECT_EQ(fleet.knock("portainer-mcp"), 400) << "no later wave started";
}

TEST(Rollout, OfAFleetThatIsHalfJwtAlreadyFlipsOnlyTheRest) {
    Fleet fleet({{"a-mcp", "b-mcp"}, {"--enforcing", "a-mcp"}});
    ASSERT_EQ(fleet.knock("a-mcp"), 401);
    fleet.ask_for_jwt();
    const auto before = fleet.stack_env("a-mcp");
    const auto applied = fleet.start({"apply"});
    EXPECT_EQ(applied->wait(120s), 0) << applied->errors() << applied->output();
    EXPECT_EQ(fleet.stack_env("a-mcp"), before) << "what enforces is not written again";
    EXPECT_EQ(fleet.knock("a-mcp"), 401);
    EXPECT_EQ(fleet.knock("b-mcp"), 401);
}

}  // namespace
}  // namespace wavegate::testing
