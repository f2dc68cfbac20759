// The policy server as one service sees it, and as all see it.
#include "tests/sim/rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(PolicyServer, ThatOneServiceCannotReachSendsThatServiceBackAlone) {
    Rig rig(small_world(kThree), one_wave(kThree, "jwt"));
    rig.world.behaviour("b-mcp").policy_down = true;
    const auto before = rig.world.live_env("b-mcp");

    ASSERT_TRUE(rig.until_standing("Halted", 3h)) << rig.story();

    const auto* member = rig.view()->record.member("b-mcp");
    EXPECT_EQ(member->phase(), Phase::RolledBack);
    EXPECT_FALSE(member->cause()->shared) << "it answers us";
    EXPECT_THAT(rig.hold_of("b-mcp").message, HasSubstr("PolicyServerUnreachable"));
    EXPECT_EQ(rig.world.live_env("b-mcp"), before) << "the whole block goes back";
    EXPECT_TRUE(rig.view()->record.rejected().contains("b-mcp"));
    EXPECT_FALSE(rig.view()->record.shared_bad().has_value());
    EXPECT_EQ(rig.auth("a-mcp"), "jwt") << "the rest keeps serving";
    rig.judge_end();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(PolicyServer, WhoseOutageSendsASoakedCanaryBackLetsTheRolloutGoOnBehindAnotherOne) {
    const std::vector<std::string> two{"a-mcp", "b-mcp"};
    Rig rig(small_world(two), one_wave(two, "jwt"));
    // The first has soaked; both soak on when nobody can ask the policy server any more.
    ASSERT_TRUE(rig.until([&] { return rig.phase("b-mcp") == Phase::Probed; }, 3h));
    rig.world.network.set_down("eunomia.arpa", true);
    ASSERT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::RolledBack; }, 1h))
        << rig.story();
    rig.world.network.set_down("eunomia.arpa", false);

    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    EXPECT_EQ(rig.auth("a-mcp"), "jwt");
    rig.judge_end();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(Policies, AreTakenAwayOnlyOnceTheirSuccessorWasAskedAbout) {
    auto desired = one_wave({"a-mcp"}, "jwt");
    Rig rig(small_world({"a-mcp"}), desired);
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    const auto before = rig.world.eunomia.policies().front().name;
    desired.policies =
        "apiVersion: wavegate.dev/v1\n"
        "kind: EunomiaPolicy\n"
        "metadata: { name: multiplexer-baseline }\n"
        "spec:\n"
        "  rules:\n"
        "    - { name: deny-anonymous, effect: deny, principals: [ \"agent:unknown\","
        " \"agent:\" ] }\n"
        "    - { name: allow-mux, effect: allow, principals: [ \"agent:mcp-multiplexer\" ],"
        " servers: [ \"*\" ], tools: [ \"*\" ], actions: [ list, execute ] }\n";
    rig.world.network.forget_seen();
    rig.commit(desired);
    rig.running().controller().look_now();
    const auto deletions = [&] { return rig.world.network.count("DELETE", "eunomia.arpa"); };
    ASSERT_TRUE(rig.until([&] { return deletions() > 0; }, 10min)) << rig.story();
    std::string order;
    for (const auto& request : rig.world.network.seen()) {
        if (request.authority == "eunomia.arpa" && request.method != "GET") {
            order += request.path.ends_with("/check/bulk") ? "?" : request.method.substr(0, 1);
        }
    }
    EXPECT_THAT(order, ::testing::MatchesRegex(".*P.*[?].*D.*"));
    rig.pass_time(1min);
    EXPECT_THAT(rig.world.eunomia.policies(), SizeIs(1));
    EXPECT_NE(rig.world.eunomia.policies().front().name, before);
    EXPECT_THAT(rig.view()->refusals, IsEmpty()) << "the planner knows better than to try";
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

}  // namespace
}  // namespace wavegate::testing
