// The multiplexer is a member of its own: its children, its restarts, its Env.
#include "tests/sim/rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Another variable in its file: it starts anew, and reads its children when it does.
void redeploy(sandbox::World& world, const std::string& variable) {
    const auto* stack = world.portainer.stack(kMultiplexer);
    auto file = stack->disk.at(stack->entry_point);
    const std::string line = "      - TRANSPORT=streamable-http\n";
    file.insert(file.find(line) + line.size(), "      - " + variable + "\n");
    ASSERT_TRUE(world.portainer.edit_by_hand(kMultiplexer, file, std::nullopt).has_value());
}

/// A child that the fleet's documents know nothing of; it would get the bearer, too.
void add_stranger(sandbox::World& world) {
    sandbox::ChildDouble stranger;
    stranger.name = "stranger";
    stranger.url = "http://a-mcp.arpa/mcp";
    stranger.agent_id = kMultiplexer;
    world.multiplexer().children.push_back(stranger);
    redeploy(world, "STRANGERS=1");
}

/// The operator comes to a fleet that has had the stranger for long.
void live_with_a_stranger(Rig& rig) {
    rig.kill();
    rig.by_hand(add_stranger);
    rig.pass_time(2min);
    rig.start();
}

const MultiplexerRecord& multiplexer(const Rig& rig) {
    static MultiplexerRecord record;
    record = rig.view()->record.multiplexer();
    return record;
}

Result<void> retry(Rig& rig) {
    Command command;
    command.verb = Command::Verb::Retry;
    return rig.running().run(rig.running().controller().command(command));
}

TEST(ForeignChildren, HoldTheWiringAndAreNamed) {
    Rig rig(small_world(kTwo), one_wave(kTwo, "jwt"));
    live_with_a_stranger(rig);
    rig.pass_time(1h);

    EXPECT_THAT(rig.oracle.flips(), IsEmpty());
    EXPECT_THAT(rig.view()->hold("Multiplexer/mcp-multiplexer").message, HasSubstr("stranger"));
    EXPECT_EQ(rig.world.live_env(kMultiplexer)["OIDC_CLIENT_SECRET"], "") << "no bearer for it";

    rig.by_hand([](sandbox::World& world) {
        world.multiplexer().children.pop_back();
        redeploy(world, "NO_STRANGERS=1");
    });
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    EXPECT_THAT(rig.oracle.flips(), ElementsAre("a-mcp", "b-mcp"));
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(ForeignChildren, AreLivedWithWhereTheFleetSaysSo) {
    auto desired = one_wave(kTwo, "jwt");
    desired.multiplexer_extra = "    foreignChildren: allow\n";
    Rig rig(small_world(kTwo), desired);
    live_with_a_stranger(rig);
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    ASSERT_TRUE(rig.world.park("stranger")) << "it is there";
    EXPECT_THAT(rig.oracle.flips(), ElementsAre("a-mcp", "b-mcp"));
    rig.judge_end();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(LostChildren, HaltTheRolloutAfterThreeRestartsWithinAnHour) {
    Rig rig(small_world(kTwo), one_wave(kTwo, "jwt"));
    ASSERT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::Probed; }, 3h)) << rig.story();
    // It gave the child up, and from its next start on it looks for it at the wrong place.
    auto& children = rig.world.multiplexer().children;
    const auto url = children.front().url;
    children.front().url = "http://elsewhere.arpa/mcp";
    ASSERT_TRUE(rig.world.park("a-mcp"));

    ASSERT_TRUE(rig.until_standing("Halted", 1h)) << rig.story();
    EXPECT_THAT(
        rig.view()->hold("Multiplexer/mcp-multiplexer").message,
        HasSubstr("MultiplexerLosesChildren"));
    EXPECT_THAT(multiplexer(rig).restarts, SizeIs(3));
    rig.pass_time(2h);
    EXPECT_EQ(rig.view()->standing, "Halted") << "it waits for a person";
    EXPECT_EQ(rig.auth("a-mcp"), "jwt") << "what answers directly is not blamed";
    EXPECT_TRUE(rig.view()->record.rejected().empty());
    EXPECT_THAT(rig.oracle.flips(), ElementsAre("a-mcp"));

    rig.world.multiplexer().children.front().url = url;
    ASSERT_TRUE(retry(rig).has_value());
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    EXPECT_THAT(rig.oracle.flips(), ElementsAre("a-mcp", "b-mcp"));
    rig.judge_end();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(LostChildren, AreShownAgainWhenTheirServiceWentBack) {
    Rig rig(small_world(kTwo), one_wave(kTwo, "jwt"));
    rig.world.behaviour("a-mcp").jwks_down = true;
    ASSERT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::RollingBack; }, 3h));
    ASSERT_TRUE(rig.world.park("a-mcp"));

    ASSERT_TRUE(rig.until_standing("Halted", 3h)) << rig.story();
    EXPECT_EQ(rig.phase("a-mcp"), Phase::RolledBack);
    EXPECT_THAT(multiplexer(rig).restarts, SizeIs(1)) << "or nobody could call it any more";
    rig.judge_end();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

/// The second one goes away just as the multiplexer is wired, which reads its children then.
struct AwayInTheWiring : Rig {
    AwayInTheWiring() : Rig(small_world(kTwo), one_wave(kTwo, "jwt")) {
        const auto wiring = [&] { return multiplexer(*this).stage() == MultiplexerStage::Wiring; };
        EXPECT_TRUE(until(wiring, 1h)) << story();
        world.network.set_down("b-mcp.arpa", true);
    }
    void back() { world.network.set_down("b-mcp.arpa", false); }
    void ends_well() {
        ASSERT_TRUE(until_standing("Converged", 3h)) << story();
        EXPECT_THAT(oracle.flips(), ElementsAre("a-mcp", "b-mcp"));
        EXPECT_THAT(multiplexer(*this).restarts, SizeIs(1)) << "that showed the child again";
        EXPECT_TRUE(view()->record.rejected().empty());
        judge_end();
        EXPECT_THAT(oracle.violations(), IsEmpty());
    }
};

TEST(Wiring, IsNotBlamedForAChildThatWasAwayWhenItBegan) {
    AwayInTheWiring rig;
    rig.pass_time(150s);
    rig.back();
    rig.ends_well();
}

TEST(Wiring, WaitsForNoChildThatStaysAway) {
    AwayInTheWiring rig;
    ASSERT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::Probed; }, 3h)) << rig.story();
    rig.back();
    rig.ends_well();
}

TEST(Wiring, ThatBreaksTheMultiplexerIsTakenBackValueForValueAndHaltsTheRollout) {
    Rig rig(small_world(kTwo), one_wave(kTwo, "jwt"));
    rig.by_hand([](sandbox::World& world) {
        const sandbox::EnvList env{
            {"SOMEBODY", "was here"},
            {"MCP_CLIENT_AUTH", "none"},
            {"OIDC_CLIENT_ID", "an-older-client"},
            {"OIDC_AUDIENCE", ""},
            {"OIDC_SCOPE", "not-passed-through"}};
        ASSERT_TRUE(world.portainer.edit_by_hand(kMultiplexer, std::nullopt, env).has_value());
    });
    const auto before = *rig.world.portainer.stack(kMultiplexer)->env;
    const auto ran = rig.world.live_env(kMultiplexer);
    rig.world.multiplexer().crash = 1;
    const auto unwiring = [&] { return multiplexer(rig).stage() == MultiplexerStage::Unwiring; };
    ASSERT_TRUE(rig.until(unwiring, 1h)) << rig.story();
    rig.world.multiplexer().crash.reset();

    ASSERT_TRUE(rig.until_standing("Halted", 1h)) << rig.story();
    EXPECT_THAT(
        rig.view()->hold("Multiplexer/mcp-multiplexer").message, HasSubstr("its env went back"));
    EXPECT_EQ(rig.world.live_env(kMultiplexer), ran);
    sandbox::EnvList after;
    for (const auto& entry : *rig.world.portainer.stack(kMultiplexer)->env) {
        if (!entry.first.starts_with("WAVEGATE_")) {
            after.push_back(entry);
        }
    }
    EXPECT_THAT(after, ::testing::UnorderedElementsAreArray(before));
    rig.pass_time(1h);
    EXPECT_THAT(rig.oracle.flips(), IsEmpty());

    ASSERT_TRUE(retry(rig).has_value());
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    rig.judge_end();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(Wiring, ThatBreaksTheMultiplexerIsTakenBackWhileServicesEnforce) {
    Rig rig(small_world(kTwo), one_wave(kTwo, "jwt"));
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    // It runs so by the time that the operator is back.
    rig.kill();
    rig.by_hand([](sandbox::World& world) {
        auto env = *world.portainer.stack(kMultiplexer)->env;
        for (auto& [name, value] : env) {
            value = name == "OIDC_AUDIENCE" ? "another" : value;
        }
        ASSERT_TRUE(world.portainer.edit_by_hand(kMultiplexer, std::nullopt, env).has_value());
    });
    rig.pass_time(1min);
    rig.world.multiplexer().crash = 1;
    rig.start();
    const auto unwiring = [&] { return multiplexer(rig).stage() == MultiplexerStage::Unwiring; };
    ASSERT_TRUE(rig.until(unwiring, 1h)) << rig.story();
    rig.world.multiplexer().crash.reset();

    ASSERT_TRUE(rig.until_standing("Halted", 1h)) << rig.story();
    EXPECT_THAT(
        rig.view()->hold("Multiplexer/mcp-multiplexer").message, HasSubstr("its env went back"));
    EXPECT_EQ(rig.world.live_env(kMultiplexer)["OIDC_AUDIENCE"], "another");
}

/// Swarm took it back itself: it runs as before, and its stack's next redeploy would break it.
TEST(EnvOfTheMultiplexer, IsMendedThoughItRunsAsItShould) {
    Rig rig(small_world(kTwo), one_wave(kTwo, "jwt"));
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    rig.by_hand([](sandbox::World& world) {
        auto env = *world.portainer.stack(kMultiplexer)->env;
        for (auto& [name, value] : env) {
            value = name == "OIDC_CLIENT_SECRET" ? "of-yesterday" : value;
        }
        ASSERT_TRUE(world.portainer.edit_by_hand(kMultiplexer, std::nullopt, env).has_value());
        ASSERT_TRUE(
            world.portainer.roll_back_by_hand(sandbox::swarm_name(kMultiplexer)).has_value());
    });
    const auto secret = rig.world.keycloak.client(kMultiplexer)->secret();
    ASSERT_EQ(rig.world.live_env(kMultiplexer)["OIDC_CLIENT_SECRET"], secret);
    EXPECT_TRUE(rig.until(
        [&] {
            const auto& env = *rig.world.portainer.stack(kMultiplexer)->env;
            return *sandbox::env_value(env, "OIDC_CLIENT_SECRET") == secret;
        },
        5min))
        << rig.story();
    EXPECT_TRUE(rig.until_standing("Converged", 10min)) << rig.story();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

}  // namespace
}  // namespace wavegate::testing
