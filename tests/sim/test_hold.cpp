// What waits for a person: `onFailure: hold`, and services whose mode flaps.
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

/// a and b in a wave that keeps what fails, c in the one after it.
sandbox::DesiredPlan holding_waves() {
    sandbox::DesiredPlan plan;
    for (const auto* name : {"first", "second"}) {
        sandbox::WavePlan wave;
        wave.name = name;
        wave.extra = "onFailure: hold";
        plan.waves.push_back(wave);
    }
    for (const auto* name : {"a-mcp", "b-mcp", "c-mcp"}) {
        sandbox::Wish wish;
        wish.wave = std::string(name) == "c-mcp" ? "second" : "first";
        plan.services[name] = wish;
    }
    return plan;
}

Result<void> retry(Rig& rig, const std::string& service) {
    Command command;
    command.verb = Command::Verb::Retry;
    command.service = service;
    return rig.running().run(rig.running().controller().command(command));
}

TEST(OnFailureHold, KeepsAFailedServiceOnItsNewBlockUntilAPersonsRetry) {
    Rig rig(small_world({"a-mcp", "b-mcp", "c-mcp"}), holding_waves());
    rig.world.behaviour("b-mcp").jwks_down = true;
    ASSERT_TRUE(rig.until([&] { return rig.phase("b-mcp") == Phase::Held; }, 3h)) << rig.story();

    EXPECT_EQ(rig.auth("b-mcp"), "jwt") << "it stays as it was written, to be looked at";
    EXPECT_EQ(rig.view()->waves.at("first"), WavePhase::Halted);
    EXPECT_THAT(rig.hold_of("b-mcp").message, HasSubstr("TokenRefused"));
    rig.pass_time(2h);
    EXPECT_EQ(rig.phase("b-mcp"), Phase::Held) << "it is not tried again by itself";
    EXPECT_EQ(rig.view()->standing, "Awaited");
    EXPECT_EQ(rig.auth("a-mcp"), "jwt") << "the rest keeps serving";
    EXPECT_EQ(rig.auth("c-mcp"), "none") << "no later wave starts";
    EXPECT_THAT(rig.oracle.flips(), ElementsAre("a-mcp", "b-mcp"));

    ASSERT_TRUE(retry(rig, "b-mcp").has_value());
    ASSERT_TRUE(rig.until([&] { return rig.phase("b-mcp") == Phase::Probing; }, 10min))
        << rig.story();
    ASSERT_TRUE(rig.until([&] { return rig.phase("b-mcp") == Phase::Held; }, 1h))
        << "retried in vain, it is held again; " << rig.story();

    // Its verifier reads the switch when it starts: a person mends it and restarts it.
    rig.world.behaviour("b-mcp").jwks_down = false;
    rig.by_hand([](sandbox::World& world) {
        const auto* stack = world.portainer.stack("b-mcp");
        auto file = stack->disk.at(stack->entry_point);
        file.insert(file.find("      - HOST="), "      - MENDED=1\n");
        ASSERT_TRUE(world.portainer.edit_by_hand("b-mcp", file, std::nullopt).has_value());
    });
    rig.pass_time(10min);
    EXPECT_EQ(rig.phase("b-mcp"), Phase::Held);
    ASSERT_TRUE(retry(rig, "b-mcp").has_value());
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    EXPECT_THAT(rig.oracle.flips(), ElementsAre("a-mcp", "b-mcp", "c-mcp"));
    rig.judge_end();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(Flapping, TwoTurnsWithinAnHourWaitForAPersonButTheWayOutNeverDoes) {
    Rig rig(small_world({"a-mcp"}), one_wave({"a-mcp"}, "none"));
    ASSERT_TRUE(rig.until_standing("Converged", 1h)) << rig.story();
    const auto commit = [&](const std::string& auth) {
        rig.commit(one_wave({"a-mcp"}, auth));
        rig.running().controller().look_now();
    };
    commit("jwt");
    ASSERT_TRUE(rig.until([&] { return rig.auth("a-mcp") == "jwt"; }, 1h)) << rig.story();
    commit("none");
    ASSERT_TRUE(rig.until([&] { return rig.auth("a-mcp") == "none"; }, 10min)) << rig.story();

    commit("jwt");
    const auto waits = [&] { return rig.hold_of("a-mcp").reason == Reason::Flapping; };
    ASSERT_TRUE(rig.until(waits, 10min)) << rig.story();
    rig.pass_time(2h);
    EXPECT_EQ(rig.hold_of("a-mcp").reason, Reason::Flapping);
    EXPECT_EQ(rig.view()->standing, "Awaited");
    EXPECT_THAT(rig.oracle.flips(), SizeIs(1));

    ASSERT_TRUE(retry(rig, "a-mcp").has_value());
    ASSERT_TRUE(rig.until([&] { return rig.auth("a-mcp") == "jwt"; }, 1h)) << rig.story();
    commit("none");
    ASSERT_TRUE(rig.until([&] { return rig.auth("a-mcp") == "none"; }, 10min)) << rig.story();
    commit("jwt");
    rig.pass_time(1min);
    commit("none");
    ASSERT_TRUE(rig.until_standing("Converged", 1h)) << rig.story();
    EXPECT_EQ(rig.phase("a-mcp"), Phase::Ready);
    rig.judge_end();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

}  // namespace
}  // namespace wavegate::testing
