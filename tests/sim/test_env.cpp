#include "tests/sim/rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

sandbox::DesiredPlan with_env(const std::string& auth, const std::string& value) {
    auto plan = one_wave({"a-mcp"}, auth);
    plan.services["a-mcp"].extra = "  env: { LOG_LEVEL: " + value + " }\n";
    return plan;
}

std::string log_level(const Rig& rig) {
    const auto env = rig.world.live_env("a-mcp");
    const auto at = env.find("LOG_LEVEL");
    return at == env.end() ? std::string() : at->second;
}

TEST(DeclaredEnv, IsSyncedBesideWhatIsThere) {
    Rig rig(small_world({"a-mcp"}), with_env("none", "info"));
    ASSERT_TRUE(rig.until([&] { return log_level(rig) == "info"; }, 1h)) << rig.story();
    ASSERT_TRUE(rig.until_standing("Converged", 1h)) << rig.story();
    EXPECT_EQ(rig.world.live_env("a-mcp").at("TRANSPORT"), "streamable-http");
    const auto writes = rig.world.portainer.writes().size();
    rig.pass_time(10min);
    EXPECT_EQ(rig.world.portainer.writes().size(), writes) << "it is written once";
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(DeclaredEnv, ComesWithTheFlipInOneRedeploy) {
    Rig rig(small_world({"a-mcp"}), one_wave({"a-mcp"}, "none"));
    ASSERT_TRUE(rig.until_standing("Converged", 1h)) << rig.story();
    rig.commit(with_env("jwt", "debug"));
    rig.running().controller().look_now();
    ASSERT_TRUE(rig.until([&] { return rig.view()->source.revision == "r2"; }, 10min));
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    EXPECT_EQ(log_level(rig), "debug");
    EXPECT_EQ(rig.auth("a-mcp"), "jwt");
}

/// Its stack's file has no line for it, and nobody may write that file.
TEST(DeclaredEnv, ThatCantBeSetIsNotInTheWayOfTheWayOut) {
    auto world = small_world({"a-mcp"});
    world.services.front().git = true;
    Rig rig(world, one_wave({"a-mcp"}, "jwt"));
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    rig.commit(with_env("none", "debug"));
    rig.running().controller().look_now();
    EXPECT_TRUE(rig.until([&] { return rig.auth("a-mcp") == "none"; }, 10min)) << rig.story();
    EXPECT_TRUE(rig.until_standing("Awaited", 10min)) << "and its env is told all the same";
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(DeclaredEnv, ThatDriftedIsHealedAndTheServiceIsProbedAgain) {
    Rig rig(small_world({"a-mcp"}), with_env("jwt", "info"));
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    const auto* stack = rig.world.portainer.stack("a-mcp");
    auto file = stack->disk.at(stack->entry_point);
    const auto at = file.find("LOG_LEVEL=info");
    ASSERT_NE(at, std::string::npos) << file;
    file.replace(at + 10, 4, "trace");
    ASSERT_TRUE(rig.world.portainer.edit_by_hand("a-mcp", file, std::nullopt).has_value());
    ASSERT_EQ(log_level(rig), "trace");

    ASSERT_TRUE(rig.until([&] { return log_level(rig) == "info"; }, 1h)) << rig.story();
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    EXPECT_EQ(rig.phase("a-mcp"), Phase::Ready);
    EXPECT_EQ(rig.auth("a-mcp"), "jwt");
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(LastWave, SoaksBeforePortainerMcpThatSharesIt) {
    const std::vector<std::string> names{"a-mcp", "portainer-mcp"};
    Rig rig(small_world(names), one_wave(names, "jwt"));
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    EXPECT_THAT(rig.oracle.flips(), ElementsAre("a-mcp", "portainer-mcp"));
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(DynamicMultiplexer, CarriesARolloutToo) {
    auto world = small_world({"a-mcp", "b-mcp"});
    world.dynamic_multiplexer = true;
    Rig rig(std::move(world), one_wave({"a-mcp", "b-mcp"}, "jwt"));
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    EXPECT_THAT(rig.oracle.flips(), ElementsAre("a-mcp", "b-mcp"));
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(PausedRollout, FlipsNothingUntilItIsResumed) {
    const std::vector<std::string> names{"a-mcp", "b-mcp"};
    Rig rig(small_world(names), one_wave(names, "jwt"));
    ASSERT_TRUE(rig.until([&] { return rig.auth("a-mcp") == "jwt"; }, 3h)) << rig.story();
    Command command;
    command.verb = Command::Verb::Pause;
    ASSERT_TRUE(rig.running().run(rig.running().controller().command(command)).has_value());
    rig.pass_time(2h);
    EXPECT_EQ(rig.auth("b-mcp"), "none");
    command.verb = Command::Verb::Resume;
    ASSERT_TRUE(rig.running().run(rig.running().controller().command(command)).has_value());
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    EXPECT_EQ(rig.auth("b-mcp"), "jwt");
}

TEST(HalfJwtFleet, IsNotFlippedFurtherByAHandMadePolicyThatLetsUnknownIn) {
    auto world = small_world({"a-mcp", "b-mcp"});
    world.services.front().jwt = true;
    Rig rig(std::move(world), one_wave({"a-mcp", "b-mcp"}, "jwt"));
    rig.world.eunomia.add_allow_all();
    rig.pass_time(1h);
    EXPECT_EQ(rig.auth("b-mcp"), "none");
    EXPECT_EQ(rig.auth("a-mcp"), "jwt") << "what enforces is left as it is";
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(RestartedMultiplexer, DoesNotUpsetServicesThatSoak) {
    const std::vector<std::string> names{"a-mcp", "b-mcp", "c-mcp"};
    Rig rig(small_world(names), one_wave(names, "jwt"));
    ASSERT_TRUE(rig.until([&] { return rig.phase("b-mcp") == Phase::Probed; }, 3h)) << rig.story();
    const auto* stack = rig.world.portainer.stack("mcp-multiplexer");
    auto file = stack->disk.at(stack->entry_point);
    file.insert(file.find("      - TRANSPORT="), "      - SOMEBODY=was here\n");
    const auto before = rig.world.portainer.running_tasks("mcp-multiplexer_mcp-multiplexer");
    ASSERT_TRUE(
        rig.world.portainer.edit_by_hand("mcp-multiplexer", file, std::nullopt).has_value());
    rig.pass_time(1min);
    const auto after = rig.world.portainer.running_tasks("mcp-multiplexer_mcp-multiplexer");
    ASSERT_NE(before.front()->id, after.front()->id) << "it was restarted";
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    EXPECT_TRUE(rig.view()->record.rejected().empty());
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

}  // namespace
}  // namespace wavegate::testing
