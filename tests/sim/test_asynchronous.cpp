// A Portainer that answers before it deploys (generation B).
#include "tests/sim/rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

sandbox::WorldPlan asynchronous_world(const std::vector<std::string>& names, bool git) {
    auto plan = small_world(names);
    plan.asynchronous = true;
    plan.deploy_time = 5s;
    for (auto& service : plan.services) {
        service.git = git;
    }
    return plan;
}

TEST(AsynchronousPortainer, AFleetIsTurnedToJwt) {
    for (const bool git : {false, true}) {
        Rig rig(asynchronous_world({"a-mcp", "b-mcp"}, git), one_wave({"a-mcp", "b-mcp"}, "jwt"));
        ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
        EXPECT_EQ(rig.auth("a-mcp"), "jwt");
        EXPECT_EQ(rig.auth("b-mcp"), "jwt");
        EXPECT_THAT(rig.oracle.violations(), IsEmpty());
    }
}

TEST(AsynchronousPortainer, AServiceThatRefusesGoodTokensGoesBack) {
    Rig rig(asynchronous_world({"a-mcp"}, false), one_wave({"a-mcp"}, "jwt"));
    rig.world.behaviour("a-mcp").jwks_down = true;
    ASSERT_TRUE(rig.until_standing("Halted", 3h)) << rig.story();
    EXPECT_EQ(rig.phase("a-mcp"), Phase::RolledBack);
    EXPECT_EQ(rig.auth("a-mcp"), "none");
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(AsynchronousPortainer, AStackWhoseGitSettingsAwaitARedeploymentIsLeftAloneUntilThen) {
    Rig rig(asynchronous_world({"a-mcp"}, true), one_wave({"a-mcp"}, "jwt"));
    rig.world.portainer.save_git_settings_by_hand("a-mcp");

    ASSERT_TRUE(rig.until_standing("Awaited", 3h)) << rig.story();
    const auto held = rig.hold_of("a-mcp");
    EXPECT_EQ(held.reason, Reason::StackRepoAhead);
    EXPECT_THAT(held.message, HasSubstr("redeploy the stack"));
    rig.pass_time(30min);
    EXPECT_THAT(rig.oracle.flips(), IsEmpty());

    // Somebody redeploys it: the flip goes on by itself.
    ASSERT_TRUE(rig.world.portainer.edit_by_hand("a-mcp", std::nullopt, std::nullopt));
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    EXPECT_EQ(rig.auth("a-mcp"), "jwt");
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(AsynchronousPortainer, SettingsThatAreSavedInMidWaveStrandNobody) {
    Rig rig(asynchronous_world({"a-mcp", "b-mcp"}, true), one_wave({"a-mcp", "b-mcp"}, "jwt"));
    ASSERT_TRUE(rig.until([&] { return rig.auth("a-mcp") == "jwt"; }, 3h)) << rig.story();
    rig.by_hand([](sandbox::World& world) {
        world.portainer.save_git_settings_by_hand("a-mcp");
        world.portainer.save_git_settings_by_hand("b-mcp");
    });
    ASSERT_TRUE(rig.until_standing("Awaited", 3h)) << rig.story();
    EXPECT_EQ(rig.phase("a-mcp"), Phase::Probed) << "it soaks with its wave";
    EXPECT_EQ(rig.auth("b-mcp"), "none");
    rig.by_hand([](sandbox::World& world) {
        EXPECT_TRUE(world.portainer.edit_by_hand("b-mcp", std::nullopt, std::nullopt));
    });
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    EXPECT_EQ(rig.auth("b-mcp"), "jwt");
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(AsynchronousPortainer, TheWayBackGoesOnOnceTheSettingsAreDeployed) {
    Rig rig(asynchronous_world({"a-mcp"}, true), one_wave({"a-mcp"}, "jwt"));
    rig.world.behaviour("a-mcp").jwks_down = true;
    ASSERT_TRUE(rig.until([&] { return rig.auth("a-mcp") == "jwt"; }, 3h)) << rig.story();
    rig.by_hand([](sandbox::World& world) { world.portainer.save_git_settings_by_hand("a-mcp"); });
    rig.pass_time(20min);
    EXPECT_EQ(rig.auth("a-mcp"), "jwt") << "nobody knows the file that would be deployed";
    rig.by_hand([](sandbox::World& world) {
        EXPECT_TRUE(world.portainer.edit_by_hand("a-mcp", std::nullopt, std::nullopt));
    });
    ASSERT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::RolledBack; }, 3h))
        << rig.story();
    EXPECT_EQ(rig.auth("a-mcp"), "none");
}

}  // namespace
}  // namespace wavegate::testing
