// A freeze: nothing begins, what has begun is finished, ways back and steps towards none go on.
#include "tests/sim/hands.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// The simulation begins at the turn of the year.
sandbox::DesiredPlan frozen_for_two_hours() {
    auto desired = one_wave(kTwo, "jwt");
    desired.freeze_until = "2026-01-01T02:00:00Z";
    return desired;
}

TEST(Freeze, OfACommitLetsNothingBeginBeforeItsEnd) {
    Rig rig(small_world(kTwo), frozen_for_two_hours());
    rig.pass_time(119min);
    EXPECT_EQ(rig.auth("a-mcp"), "none");
    EXPECT_EQ(rig.auth("b-mcp"), "none");
    EXPECT_TRUE(rig.world.live_env(kMultiplexer)["OIDC_CLIENT_ID"].empty()) << "nor is it wired";
    EXPECT_EQ(rig.hold_of("a-mcp").reason, Reason::Frozen);
    EXPECT_THAT(rig.hold_of("a-mcp").message, HasSubstr("exams"));
    const auto converged = [&] { return rig.view()->standing == "Converged"; };
    EXPECT_TRUE(rig.until(converged, 1h)) << "it goes on by itself\n" << rig.story();
    rig.judge_end();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(Freeze, OfAPersonLastsUntilTheySayOtherwise) {
    Rig rig(small_world(kTwo), one_wave(kTwo, "jwt"));
    ASSERT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::Probed; }, 3h)) << rig.story();
    ASSERT_TRUE(tell(rig, Command::Verb::Freeze));
    const bool canary_is_a = rig.auth("b-mcp") == "none";
    rig.pass_time(3h);
    EXPECT_EQ(rig.auth("a-mcp"), "jwt") << "what has begun is finished";
    EXPECT_EQ(rig.auth("b-mcp"), canary_is_a ? "none" : "jwt");
    EXPECT_EQ(rig.phase("a-mcp"), Phase::Probed) << "it soaks with its wave";
    ASSERT_TRUE(tell(rig, Command::Verb::Unfreeze));
    EXPECT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    EXPECT_FALSE(tell(rig, Command::Verb::Unfreeze)) << "there is none any more";
    rig.judge_end();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(Freeze, HindersNoWayBack) {
    Rig rig(small_world(kTwo), one_wave(kTwo, "jwt"));
    rig.world.behaviour("a-mcp").jwks_down = true;
    ASSERT_TRUE(rig.until([&] { return rig.auth("a-mcp") == "jwt"; }, 3h)) << rig.story();
    ASSERT_TRUE(tell(rig, Command::Verb::Freeze));
    EXPECT_TRUE(rig.until([&] { return rig.auth("a-mcp") == "none"; }, 30min)) << rig.story();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(Freeze, HindersNoStepTowardsNone) {
    Rig rig(small_world(kTwo), one_wave(kTwo, "jwt"));
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    auto open = one_wave(kTwo, "none");
    open.freeze_until = "2026-02-01T00:00:00Z";
    rig.commit(open);
    const auto is_open = [&] { return rig.auth("a-mcp") == "none" && rig.auth("b-mcp") == "none"; };
    EXPECT_TRUE(rig.until(is_open, 1h)) << rig.story();
    EXPECT_TRUE(rig.until_standing("Converged", 1h)) << rig.story();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(Freeze, OutlivesARestart) {
    Rig rig(small_world(kTwo), one_wave(kTwo, "jwt"));
    ASSERT_TRUE(tell(rig, Command::Verb::Freeze));
    rig.kill();
    rig.start();
    rig.pass_time(1h);
    EXPECT_EQ(rig.auth("a-mcp"), "none");
    EXPECT_EQ(rig.auth("b-mcp"), "none");
}

}  // namespace
}  // namespace wavegate::testing
