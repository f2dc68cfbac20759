// `envFrom`: values of files on the operator's host, synced into a stack.
#include "tests/sim/rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kFile = "a-mcp/.env";

sandbox::DesiredPlan with_file(const std::string& auth) {
    auto plan = one_wave({"a-mcp"}, auth);
    plan.services["a-mcp"].extra =
        "  envFrom: [ { file: a-mcp/.env, exclude: [HOST, PORT, TRANSPORT] } ]\n";
    return plan;
}

std::string live(const Rig& rig, const std::string& key) {
    const auto env = rig.world.live_env("a-mcp");
    const auto at = env.find(key);
    return at == env.end() ? std::string() : at->second;
}

TEST(EnvFile, IsSyncedIntoTheStackButForExcludedKeys) {
    Rig rig(small_world({"a-mcp"}), with_file("none"));
    rig.env_files[kFile] = {
        {"UPSTREAM_KEY", "first-upstream-key"}, {"HOST", "10.0.0.1"}, {"TRANSPORT", "stdio"}};
    ASSERT_TRUE(rig.until([&] { return live(rig, "UPSTREAM_KEY") == "first-upstream-key"; }, 1h))
        << rig.story();
    ASSERT_TRUE(rig.until_standing("Converged", 1h)) << rig.story();

    EXPECT_EQ(live(rig, "HOST"), "0.0.0.0");
    EXPECT_EQ(live(rig, "TRANSPORT"), "streamable-http");
    const auto* stack = rig.world.portainer.stack("a-mcp");
    EXPECT_THAT(stack->disk.at(stack->entry_point), Not(HasSubstr("first-upstream-key")))
        << "a secret stands in Env, never in a file";
    const auto writes = rig.world.portainer.writes().size();
    rig.pass_time(10min);
    EXPECT_EQ(rig.world.portainer.writes().size(), writes) << "it is written once";

    rig.env_files[kFile]["UPSTREAM_KEY"] = "second-upstream-key";
    ASSERT_TRUE(
        rig.until([&] { return live(rig, "UPSTREAM_KEY") == "second-upstream-key"; }, 10min))
        << "a changed file is synced again; " << rig.story();
    ASSERT_TRUE(rig.until_standing("Converged", 1h)) << rig.story();
    EXPECT_EQ(rig.world.portainer.writes().size(), writes + 1);
    rig.judge_end();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

/// A stale block in a `.env` never turns anything on, or off.
TEST(EnvFile, SaysNothingOfTheAuthBlockOrOfOutboundAuth) {
    Rig rig(small_world({"a-mcp"}), with_file("none"));
    rig.env_files[kFile] = {
        {"AUTH_TYPE", "jwt"},
        {"EUNOMIA_TYPE", "remote"},
        {"OIDC_CLIENT_SECRET", "a-stale-secret"},
        {"WAVEGATE_OWNER", "somebody"},
        {"DEPTH", "three"}};
    ASSERT_TRUE(rig.until([&] { return live(rig, "DEPTH") == "three"; }, 1h)) << rig.story();
    ASSERT_TRUE(rig.until_standing("Converged", 1h)) << rig.story();
    EXPECT_EQ(live(rig, "AUTH_TYPE"), "none");
    EXPECT_EQ(live(rig, "EUNOMIA_TYPE"), "none");
    EXPECT_EQ(live(rig, "OIDC_CLIENT_SECRET"), "");
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(EnvFile, ComesWithTheFlipInOneRedeploy) {
    Rig rig(small_world({"a-mcp"}), one_wave({"a-mcp"}, "none"));
    rig.env_files[kFile] = {{"UPSTREAM_KEY", "an-upstream-key"}};
    ASSERT_TRUE(rig.until_standing("Converged", 1h)) << rig.story();
    rig.commit(with_file("jwt"));
    rig.running().controller().look_now();
    ASSERT_TRUE(rig.until([&] { return rig.auth("a-mcp") == "jwt"; }, 3h)) << rig.story();
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    EXPECT_EQ(live(rig, "UPSTREAM_KEY"), "an-upstream-key");
    rig.judge_end();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(EnvFile, ThatIsMissingIsNotReadAsAnEmptyOne) {
    Rig rig(small_world({"a-mcp"}), with_file("none"));
    rig.env_files[kFile] = {{"UPSTREAM_KEY", "an-upstream-key"}};
    ASSERT_TRUE(rig.until([&] { return live(rig, "UPSTREAM_KEY") == "an-upstream-key"; }, 1h))
        << rig.story();
    ASSERT_TRUE(rig.until_standing("Converged", 1h)) << rig.story();
    rig.env_files.clear();
    rig.pass_time(1h);
    EXPECT_EQ(live(rig, "UPSTREAM_KEY"), "an-upstream-key");
    EXPECT_EQ(rig.view()->standing, "Awaited") << "nobody knows whether it is as desired";
    const auto& obstacles = rig.view()->diff.obstacles;
    ASSERT_THAT(obstacles, ::testing::SizeIs(1));
    EXPECT_EQ(obstacles.front().reason, "EnvUnreadable");
    EXPECT_THAT(obstacles.front().message, HasSubstr("no such env file"));

    rig.env_files[kFile] = {{"UPSTREAM_KEY", "an-upstream-key"}};
    EXPECT_TRUE(rig.until_standing("Converged", 10min)) << rig.story();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

}  // namespace
}  // namespace wavegate::testing
