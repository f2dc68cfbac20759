// The operator is away for long, or its clock is set.
#include "tests/sim/rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

const std::vector<std::string> kTwo{"a-mcp", "b-mcp"};
const std::vector<std::string> kThree{"a-mcp", "b-mcp", "c-mcp"};

MultiplexerStage stage(const Rig& rig) {
    return rig.view()->record.multiplexer().stage();
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

}  // namespace
}  // namespace wavegate::testing
