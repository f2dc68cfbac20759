#include "tests/e2e/fleet.hpp"

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

TEST(ForeignPolicy, ThatOpensEverythingIsNamedAndNothingIsFlippedWhileItIsThere) {
    Fleet fleet({{"a-mcp"}, {}});
    fleet.happen("policy/allow-all");
    fleet.ask_for_jwt();
    const RunningOperator running(fleet);
    const auto gate = [](const json::object& status) {
        const auto* gates = status.if_contains("gates");
        const auto* policy = gates == nullptr ? nullptr : gates->as_object().if_contains("policy");
        return policy != nullptr && policy->is_object() ? policy->get_object() : json::object();
    };
    ASSERT_TRUE(running.until(
        [&](const json::object& now) { return text_at(gate(now), "verdict") == "Fail"; }, 60s))
        << running.story();
    EXPECT_THAT(json::serialize(gate(running.status())), HasSubstr("mcp-default-policy"));
    for (int i = 0; i < 3; ++i) {
        running.look();
    }
    EXPECT_EQ(fleet.knock("a-mcp"), 400) << "nothing is flipped";

    fleet.happen("policy/delete/mcp-default-policy");
    ASSERT_TRUE(running.until_standing("Converged", 90s)) << running.story();
    EXPECT_EQ(fleet.knock("a-mcp"), 401);
}

TEST(Multiplexer, ThatSendsNoPrincipalStopsTheRolloutAtTheCanaryWhichGoesBack) {
    Fleet fleet;
    fleet.happen("drop-header");
    fleet.ask_for_jwt();
    const auto applied = fleet.start({"apply"});
    EXPECT_EQ(applied->wait(180s), 3) << applied->errors() << applied->output();
    EXPECT_THAT(applied->output() + applied->errors(), HasSubstr("PolicyDenied"));
    EXPECT_EQ(fleet.knock("a-mcp"), 400) << "the canary went back";
    EXPECT_EQ(fleet.knock("b-mcp"), 400);
    EXPECT_FALSE(fleet.stack_env("b-mcp").contains("WAVEGATE_LAST_GOOD")) << "no second flip";
    EXPECT_TRUE(fleet.stack_env("a-mcp").contains("WAVEGATE_LAST_GOOD"));
}

TEST(ParkedChild, IsNotBlamedAndEarnsTheMultiplexerARestart) {
    Fleet fleet({{"a-mcp", "b-mcp"}, {}, "4s"});
    fleet.ask_for_jwt();
    const RunningOperator running(fleet);
    ASSERT_TRUE(running.until(
        [](const json::object& now) { return phase_of(now, "a-mcp") == "Converging"; }, 60s))
        << running.story();
    fleet.happen("park/a-mcp");
    ASSERT_TRUE(running.until_standing("Converged", 120s)) << running.story();
    EXPECT_EQ(running.status().at("multiplexer").at("restarts").to_number<int>(), 1);
    std::string events;
    ASSERT_EQ(running.command({"events"}, &events), 0);
    EXPECT_THAT(events, ::testing::Not(HasSubstr("RollingBack")));
    EXPECT_EQ(fleet.knock("a-mcp"), 401);
    EXPECT_EQ(fleet.knock("b-mcp"), 401);
}

}  // namespace
}  // namespace wavegate::testing
