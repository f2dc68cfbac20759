// The operator is away for long, or its clock is set.
#include "tests/sim/hands.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

MultiplexerStage stage(const Rig& rig) {
    return rig.view()->record.multiplexer().stage();
}

bool both_gates_hold(const Rig& rig) {
    const auto& ledger = rig.disk.kept.ledger;
    const auto* token = ledger.latest(CheckKind::Token, "sandbox");
    const auto* policy = ledger.latest(CheckKind::Policy, "sandbox");
    return token != nullptr && token->verdict == Verdict::Pass && policy != nullptr &&
           policy->verdict == Verdict::Pass;
}

TEST(OperatorAway, BlamesNoServiceForTheTimeInWhichNobodyWatched) {
    Rig rig(small_world(kTwo), one_wave(kTwo, "jwt"));
    ASSERT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::Converging; }, 3h));
    rig.kill();
    rig.pass_time(30min);
    rig.start();
    EXPECT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    rig.judge_end();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(OperatorAway, DoesNotUnwireAMultiplexerThatIsWell) {
    Rig rig(small_world(kTwo), one_wave(kTwo, "jwt"));
    ASSERT_TRUE(rig.until([&] { return stage(rig) == MultiplexerStage::Wiring; }, 3h));
    rig.pass_time(2s);
    rig.kill();
    rig.pass_time(30min);
    rig.start();
    EXPECT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
}

TEST(WallClock, SetBackInMidFlightHoldsNothingUp) {
    Rig rig(small_world(kThree), one_wave(kThree, "jwt"));
    ASSERT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::Converging; }, 3h));
    rig.sim.clock.set_wall_offset(-5h);
    EXPECT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    EXPECT_THAT(rig.view()->refusals, IsEmpty()) << rig.story();
}

TEST(WallClock, SetForthInMidFlightShortensNoSoak) {
    Rig rig(small_world(kThree), one_wave(kThree, "jwt"));
    ASSERT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::Converging; }, 3h));
    rig.sim.clock.set_wall_offset(5h);
    EXPECT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    rig.judge_end();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty()) << rig.story();
    EXPECT_THAT(rig.view()->refusals, IsEmpty()) << rig.story();
}

TEST(WallClock, SetBackWhileTheOperatorIsAwayHoldsNothingUp) {
    Rig rig(small_world(kThree), one_wave(kThree, "jwt"));
    ASSERT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::Converging; }, 3h));
    rig.kill();
    rig.sim.clock.set_wall_offset(-5h);
    rig.pass_time(30s);
    rig.start();
    EXPECT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    EXPECT_THAT(rig.view()->refusals, IsEmpty()) << rig.story();
}

// Times come back from the store by the wall clock: at the second start a flip of before it was set
// back seems to be of now, and its proof to be five hours older.
TEST(WallClock, SetBackAndStartedTwiceHoldsNoSlotOfWhatWasProven) {
    Rig rig(small_world(kThree), one_wave(kThree, "jwt"));
    ASSERT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::Probed; }, 3h));
    rig.kill();
    rig.sim.clock.set_wall_offset(-5h);
    rig.pass_time(30s);
    rig.start();
    ASSERT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::Ready; }, 3h));
    rig.kill();
    rig.pass_time(30s);
    rig.start();
    EXPECT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    EXPECT_THAT(rig.view()->refusals, IsEmpty()) << rig.story();
}

/// How long it was away nobody knows: by the wall clock no time passed, or a day did.
TEST(WallClock, SetBackWhileTheOperatorIsAwayMakesNoOldAnswerFresh) {
    Rig rig(small_world(kTwo), one_wave(kTwo, "jwt"));
    ASSERT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::Flipping; }, 3h));
    rig.kill();
    rig.world.network.set_down("eunomia.arpa", true);
    rig.sim.clock.set_wall_offset(-2h);
    rig.pass_time(30min);
    rig.by_hand([](sandbox::World& world) { world.eunomia.add_allow_all(); });
    rig.start();
    rig.pass_time(5min);
    rig.world.network.set_down("eunomia.arpa", false);
    rig.pass_time(30min);
    EXPECT_EQ(rig.auth("b-mcp"), "none") << "gate 2 does not hold";
    EXPECT_THAT(rig.oracle.violations(), IsEmpty()) << rig.story();
}

/// The gates were asked, and the flip was not sent yet.
TEST(WallClock, SetBackWhileTheOperatorIsAwayLetsTheGatesBeAskedAgain) {
    for (const Duration away : {Duration(-2h), Duration(0h)}) {
        Rig rig(small_world({"a-mcp"}), one_wave({"a-mcp"}, "jwt"));
        ASSERT_TRUE(rig.until([&] { return both_gates_hold(rig); }, 3h));
        ASSERT_EQ(rig.auth("a-mcp"), "none");
        rig.kill();
        rig.sim.clock.set_wall_offset(away);
        rig.pass_time(30min);
        rig.start();
        EXPECT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
        EXPECT_THAT(rig.oracle.violations(), IsEmpty()) << rig.story();
    }
}

/// It was sent a moment before its process died, and nobody may be flipped beside it until it can
/// land no more, however long ago that is by the wall clock.
TEST(WallClock, SetForthWhileTheOperatorIsAwayForgetsNoWriteThatMayLand) {
    Rig rig(small_world(kTwo), one_wave(kTwo, "jwt"));
    land_late(rig, "a-mcp", 10min);
    ASSERT_TRUE(rig.until([&] { return writes_sent(rig, "a-mcp") == 1; }, 3h)) << rig.story();
    rig.pass_time(1s);
    rig.kill();
    rig.sim.clock.set_wall_offset(5h);
    rig.pass_time(5s);
    rig.start();
    ASSERT_TRUE(rig.until([&] { return rig.auth("a-mcp") == "jwt"; }, 1h)) << rig.story();
    EXPECT_EQ(rig.auth("b-mcp"), "none") << "its place is held until it is seen";
    EXPECT_EQ(writes_sent(rig, "a-mcp"), 1U) << "and it is not sent again";
    EXPECT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    rig.judge_end();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty()) << rig.story();
}

TEST(WallClock, SetInASoakServesNothingOfIt) {
    for (const auto by : {5h, -5h}) {
        Rig rig(small_world(kTwo), one_wave(kTwo, "jwt"));
        ASSERT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::Probed; }, 3h));
        const auto began = rig.sim.clock.now().mono;
        rig.pass_time(1min);
        rig.kill();
        rig.sim.clock.set_wall_offset(by);
        rig.pass_time(20s);
        rig.start();
        ASSERT_TRUE(rig.until([&] { return rig.auth("b-mcp") == "jwt"; }, 3h)) << rig.story();
        EXPECT_GE(rig.sim.clock.now().mono - began, 6min + 20s) << "what nobody watched is no soak";
        EXPECT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
        rig.judge_end();
        EXPECT_THAT(rig.oracle.violations(), IsEmpty()) << rig.story();
    }
}

TEST(WallClock, SetBackTakesNoWordFromAPerson) {
    Rig rig(small_world({"a-mcp"}), one_wave({"a-mcp"}, "jwt"));
    rig.world.behaviour("a-mcp").jwks_down = true;
    ASSERT_TRUE(rig.until_standing("Halted", 3h)) << rig.story();
    rig.sim.clock.set_wall_offset(-5h);
    rig.pass_time(1min);
    ASSERT_TRUE(tell(rig, Command::Verb::Accept, "a-mcp"));
    EXPECT_TRUE(rig.until_standing("Converged", 5min)) << rig.story();
}

}  // namespace
}  // namespace wavegate::testing
