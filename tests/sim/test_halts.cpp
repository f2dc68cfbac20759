// What must wait, what is asked again, and what a lost store must not lose.
#include "tests/sim/hands.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

/// a-mcp enforces; b-mcp was tried, went back, and was let be. An hour later b and c are to turn.
struct TriedBefore : Rig {
    TriedBefore() : Rig(small_world(kThree), wish("jwt", "none")) {
        world.behaviour("b-mcp").jwks_down = true;
        EXPECT_TRUE(until([&] { return phase("b-mcp") == Phase::RolledBack; }, 3h)) << story();
        commit_now(*this, wish("none", "none"));
        EXPECT_TRUE(until_standing("Converged", 1h)) << story();
        pass_time(61min);
        commit_now(*this, wish("jwt", "jwt"));
        EXPECT_TRUE(until([&] { return reason() == Reason::Rejected; }, 10min)) << story();
    }
    static sandbox::DesiredPlan wish(const std::string& b, const std::string& c) {
        auto plan = one_wave(kThree, "jwt");
        plan.services["b-mcp"].auth = b;
        plan.services["c-mcp"].auth = c;
        return plan;
    }
    [[nodiscard]] Reason reason() const { return hold_of("b-mcp").reason; }
};

TEST(HaltedWave, FlipsNobody) {
    TriedBefore rig;
    rig.pass_time(10min);
    EXPECT_EQ(rig.auth("c-mcp"), "none") << rig.story();
}

TEST(HaltedWave, StaysAsItIsUntilSomethingHappens) {
    TriedBefore rig;
    rig.pass_time(10min);
    // An answer of the watch is kept by a commit of its own, at most.
    const auto others = [&] {
        const auto& kept = rig.disk.kept;
        return static_cast<std::int64_t>(kept.version) - std::ssize(kept.ledger.evidence);
    };
    const auto before = others();
    const auto changed = [&] { return rig.view()->standing != "Halted"; };
    EXPECT_FALSE(rig.until([&] { return rig.reason() != Reason::Rejected; }, 10min));
    EXPECT_FALSE(rig.until(changed, 10min)) << rig.view()->standing;
    EXPECT_LE(others(), before + 2);
}

/// a-mcp enforces; b-mcp was broken before any flip, and its wave went on without it.
struct Skipped : Rig {
    Skipped() : Rig(small_world(kThree), TriedBefore::wish("none", "none")) {
        EXPECT_TRUE(until_standing("Converged", 3h)) << story();
        world.network.set_down("b-mcp.arpa", true);
        commit_now(*this, skipping());
        EXPECT_TRUE(until([&] { return auth("c-mcp") == "jwt"; }, 3h)) << story();
        EXPECT_TRUE(until([&] { return phase("c-mcp") == Phase::Ready; }, 3h)) << story();
        EXPECT_EQ(auth("b-mcp"), "none");
        world.network.set_down("b-mcp.arpa", false);
    }
    static sandbox::DesiredPlan skipping() {
        auto plan = one_wave(kThree, "jwt");
        plan.waves.front().extra = "onBrokenBaseline: skip";
        return plan;
    }
};

TEST(SkippedService, IsAskedAgainAndTurnsOnceItRecovers) {
    Skipped rig;
    EXPECT_TRUE(rig.until([&] { return rig.auth("b-mcp") == "jwt"; }, 10min)) << rig.story();
}

TEST(SkippedService, IsAskedAgainForAnotherCommit) {
    Skipped rig;
    auto desired = Skipped::skipping();
    desired.services["b-mcp"].extra = "  env: { LOG_LEVEL: debug }\n";
    commit_now(rig, desired);
    EXPECT_TRUE(rig.until([&] { return rig.auth("b-mcp") == "jwt"; }, 10min)) << rig.story();
}

TEST(SkippedService, IsAskedAgainForAPersonsRetry) {
    Skipped rig;
    rig.pass_time(1s);
    EXPECT_TRUE(tell(rig, Command::Verb::Retry, "b-mcp"));
}

/// A multiplexer that waits for a person, while a commit brings its services out.
struct FailedOnTheWayOut : Rig {
    FailedOnTheWayOut() : Rig(small_world(kTwo), one_wave(kTwo, "jwt")) {}
    void go_out() {
        EXPECT_TRUE(until_standing("Halted", 1h)) << story();
        pass_time(1s);
        halted = sim.clock.now();
        commit_now(*this, one_wave(kTwo, "none"));
        EXPECT_TRUE(until([&] { return auth("a-mcp") == "none"; }, 10min)) << story();
    }
    [[nodiscard]] bool is_restarted() const {
        const auto& writes = world.portainer.writes();
        return std::any_of(writes.begin(), writes.end(), [&](const sandbox::StackWrite& write) {
            return write.stack == kMultiplexer && write.what.starts_with("restart") &&
                   write.at.wall >= halted.wall;
        });
    }
    Time halted{};
};

TEST(FailedMultiplexer, IsNotWarnedOfAtEachPass) {
    FailedOnTheWayOut rig;
    ASSERT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::Probed; }, 3h)) << rig.story();
    // It loses the child for good: three restarts in an hour don't help.
    rig.world.multiplexer().children.front().url = "http://elsewhere.arpa/mcp";
    ASSERT_TRUE(rig.world.park("a-mcp"));
    rig.go_out();
    const auto said = [&] { return !events(rig, "Failed", rig.halted).empty(); };
    EXPECT_FALSE(rig.until(said, 10min)) << rig.story();
}

TEST(FailedMultiplexer, IsNotRestartedBeforeAPersonSaysSo) {
    FailedOnTheWayOut rig;
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    // What would mend its Env breaks it, and is taken back.
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
    const auto unwiring = [&] {
        return rig.view()->record.multiplexer().stage() == MultiplexerStage::Unwiring;
    };
    ASSERT_TRUE(rig.until(unwiring, 1h)) << rig.story();
    rig.world.multiplexer().crash.reset();
    rig.go_out();
    ASSERT_TRUE(rig.world.park("a-mcp"));
    EXPECT_FALSE(rig.until([&] { return rig.is_restarted(); }, 10min)) << rig.story();
}

/// How long the canary soaks when a system is away for five minutes of it.
Duration soak_without(const std::string& system) {
    Rig rig(small_world(kTwo), one_wave(kTwo, "jwt"));
    EXPECT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::Probed; }, 3h)) << rig.story();
    const auto began = rig.sim.clock.now().mono;
    rig.pass_time(20s);
    rig.world.network.set_down(system + ".arpa", true);
    rig.pass_time(5min);
    rig.world.network.set_down(system + ".arpa", false);
    EXPECT_TRUE(rig.until([&] { return rig.auth("b-mcp") == "jwt"; }, 3h)) << rig.story();
    return rig.sim.clock.now().mono - began;
}

TEST(Soak, StandsStillWhileTheMultiplexerIsAway) {
    const auto soak = soak_without("mcp-multiplexer");
    EXPECT_GE(soak, 11min);
}

TEST(Soak, StandsStillWhileThePolicyServerIsAway) {
    const auto soak = soak_without("eunomia");
    EXPECT_GE(soak, 11min);
}

TEST(LostStore, LosesNoSoakThatRan) {
    Rig rig(small_world(kThree), one_wave(kThree, "jwt"));
    ASSERT_TRUE(rig.until([&] { return rig.phase("c-mcp") == Phase::Probed; }, 3h)) << rig.story();
    ASSERT_EQ(rig.auth("b-mcp"), "jwt");
    rig.lose_store();
    const auto lost = rig.sim.clock.now().mono;
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    EXPECT_GE(rig.sim.clock.now().mono - lost, 6min);
}

TEST(LostStore, StrandsNoServiceOnABadFlip) {
    Rig rig(small_world(kTwo), one_wave(kTwo, "jwt"));
    rig.world.behaviour("a-mcp").jwks_down = true;
    ASSERT_TRUE(rig.until([&] { return rig.auth("a-mcp") == "jwt"; }, 3h)) << rig.story();
    rig.lose_store();
    EXPECT_TRUE(rig.until([&] { return rig.auth("a-mcp") == "none"; }, 10min)) << rig.story();
    EXPECT_EQ(rig.auth("b-mcp"), "none") << rig.story();
}

}  // namespace
}  // namespace wavegate::testing
