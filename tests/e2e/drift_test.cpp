#include "tests/e2e/fleet.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::SizeIs;

TEST(Drift, OfDeclaredEnvIsHealed) {
    Fleet fleet({{"a-mcp"}, {}});
    fleet.edit("services.yaml", "  wave: all\n", "  wave: all\n  env: { LOG_LEVEL: info }\n");
    fleet.commit("declare a log level");
    const RunningOperator running(fleet);
    ASSERT_TRUE(running.until_standing("Converged", 60s)) << running.story();
    ASSERT_EQ(running.written("envsync"), 1) << running.story();

    fleet.happen("rewrite/a-mcp/LOG_LEVEL=info/LOG_LEVEL=trace");
    running.look();
    EXPECT_TRUE(running.until_standing("Converged", 60s)) << running.story();
    EXPECT_EQ(fleet.live_env("a-mcp")["LOG_LEVEL"], "info");
    EXPECT_EQ(running.written("envsync"), 2);
}

TEST(Drift, OfAPolicyIsHealed) {
    Fleet fleet({{"a-mcp"}, {}});
    const RunningOperator running(fleet);
    ASSERT_TRUE(running.until_standing("Converged", 60s)) << running.story();
    const auto before = fleet.policies();
    ASSERT_THAT(before, SizeIs(1));
    ASSERT_EQ(running.written("policy"), 1);

    fleet.happen("policy/delete/" + before.front());
    running.look();
    EXPECT_EQ(fleet.policies(), before);
    EXPECT_EQ(running.written("policy"), 2);
    std::string shown;
    ASSERT_EQ(running.command({"get", "policies"}, &shown), 0);
    EXPECT_THAT(shown, HasSubstr(before.front()));
    ASSERT_EQ(running.command({"events"}, &shown), 0);
    EXPECT_THAT(shown, HasSubstr("EunomiaPolicy/multiplexer-baseline"));
    EXPECT_THAT(shown, HasSubstr("OidcClient/mcp-multiplexer"));
}

TEST(Drift, OfAClientIsHealedAndForeignFieldsStay) {
    Fleet fleet({{"a-mcp"}, {}});
    fleet.ask_for_jwt();
    const RunningOperator running(fleet);
    ASSERT_TRUE(running.until_standing("Converged", 60s)) << running.story();

    auto client = fleet.client();
    client["serviceAccountsEnabled"] = false;
    client["description"] = "somebody was here";
    fleet.change_client(client);
    running.look();
    EXPECT_TRUE(fleet.client().at("serviceAccountsEnabled").as_bool()) << running.story();
    EXPECT_EQ(text_at(fleet.client(), "description"), "somebody was here");
    EXPECT_TRUE(running.until_standing("Converged", 60s)) << running.story();
    EXPECT_EQ(fleet.knock("a-mcp"), 401);
}

TEST(AuthBlock, ChangedByAnotherHandIsHeldAndNotHealedUntilSomebodyRetries) {
    Fleet fleet({{"a-mcp"}, {}});
    fleet.ask_for_jwt();
    const RunningOperator running(fleet);
    ASSERT_TRUE(running.until_standing("Converged", 60s)) << running.story();

    fleet.happen("edit/a-mcp/AUTH_TYPE/none");
    running.look();
    ASSERT_TRUE(running.until(
        [](const json::object& now) { return phase_of(now, "a-mcp") == "Held"; }, 60s))
        << running.story();
    EXPECT_EQ(waits_of(running.status(), "a-mcp"), "ChangedByHand");
    for (int i = 0; i < 5; ++i) {
        running.look();
    }
    EXPECT_EQ(fleet.live_env("a-mcp")["AUTH_TYPE"], "none") << "it is not healed";
    EXPECT_EQ(phase_of(running.status(), "a-mcp"), "Held");

    ASSERT_EQ(running.command({"rollout", "retry", "a-mcp"}), 0);
    ASSERT_TRUE(running.until_standing("Converged", 90s)) << running.story();
    EXPECT_EQ(fleet.knock("a-mcp"), 401);
}

}  // namespace
}  // namespace wavegate::testing
