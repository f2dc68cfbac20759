// A person's abort: what is in flight goes back, the rest stays where it is.
#include "tests/sim/hands.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

/// a-mcp is done with its own gates as the canary; b-mcp runs on its new block and soaks.
struct SecondInFlight : Rig {
    SecondInFlight() : Rig(small_world(kTwo), one_wave(kTwo, "jwt")) {
        EXPECT_TRUE(until([&] { return phase("b-mcp") == Phase::Probed; }, 3h)) << story();
    }
    [[nodiscard]] std::ptrdiff_t enforcing() const {
        return std::count_if(
            kTwo.begin(), kTwo.end(), [&](const auto& name) { return auth(name) == "jwt"; });
    }
};

TEST(Abort, TakesBackWhatIsInFlightAndBeginsNothingUntilResume) {
    SecondInFlight rig;
    ASSERT_EQ(rig.enforcing(), 2);
    ASSERT_TRUE(tell(rig, Command::Verb::Abort));
    EXPECT_TRUE(rig.until([&] { return rig.enforcing() == 0; }, 10min)) << rig.story();
    rig.pass_time(2h);
    EXPECT_EQ(rig.enforcing(), 0) << "nothing begins";
    EXPECT_EQ(rig.phase("b-mcp"), Phase::Pending);
    EXPECT_EQ(rig.hold_of("b-mcp").reason, Reason::Paused);
    ASSERT_TRUE(tell(rig, Command::Verb::Resume));
    EXPECT_TRUE(rig.until_standing("Converged", 3h)) << "nothing is held against them\n"
                                                     << rig.story();
    rig.judge_end();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(Abort, LeavesWhatIsProven) {
    auto desired = one_wave(kThree, "jwt");
    desired.waves.push_back(desired.waves.front());
    desired.waves.back().name = "last";
    desired.services.at("c-mcp").wave = "last";
    Rig rig(small_world(kThree), desired);
    ASSERT_TRUE(rig.until([&] { return rig.phase("c-mcp") == Phase::Converging; }, 6h))
        << rig.story();
    ASSERT_TRUE(tell(rig, Command::Verb::Abort));
    EXPECT_TRUE(rig.until([&] { return rig.auth("c-mcp") == "none"; }, 10min)) << rig.story();
    rig.pass_time(1h);
    EXPECT_EQ(rig.auth("a-mcp"), "jwt");
    EXPECT_EQ(rig.auth("b-mcp"), "jwt");
    EXPECT_EQ(rig.phase("a-mcp"), Phase::Ready);
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

/// Its way back waits until it is known what became of the write.
TEST(Abort, TakesBackAFlipThatLandsLate) {
    Rig rig(small_world(kTwo), one_wave(kTwo, "jwt"));
    land_late(rig, "a-mcp", 45s);
    land_late(rig, "b-mcp", 45s);
    const auto flipping = [&] {
        return rig.phase("a-mcp") == Phase::Flipping || rig.phase("b-mcp") == Phase::Flipping;
    };
    ASSERT_TRUE(rig.until(flipping, 3h)) << rig.story();
    ASSERT_TRUE(tell(rig, Command::Verb::Abort));
    rig.pass_time(1h);
    EXPECT_EQ(rig.auth("a-mcp"), "none") << rig.story();
    EXPECT_EQ(rig.auth("b-mcp"), "none") << rig.story();
    ASSERT_TRUE(tell(rig, Command::Verb::Resume));
    EXPECT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

/// A way out, which no pause holds either.
TEST(Abort, LeavesWhatGoesToOpen) {
    Rig rig(small_world(kTwo), one_wave(kTwo, "jwt"));
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    rig.commit(one_wave(kTwo, "none"));
    ASSERT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::Converging; }, 1h))
        << rig.story();
    ASSERT_TRUE(tell(rig, Command::Verb::Abort));
    rig.pass_time(1h);
    EXPECT_EQ(rig.auth("a-mcp"), "none") << rig.story();
    EXPECT_EQ(rig.auth("b-mcp"), "none") << rig.story();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(Abort, LeavesWhatWasFoundInItsMode) {
    auto world = small_world(kTwo);
    world.services.front().jwt = true;
    Rig rig(std::move(world), one_wave(kTwo, "jwt"));
    ASSERT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::Probing; }, 1h)) << rig.story();
    ASSERT_TRUE(tell(rig, Command::Verb::Abort));
    rig.pass_time(1h);
    EXPECT_EQ(rig.auth("a-mcp"), "jwt");
    EXPECT_EQ(rig.phase("a-mcp"), Phase::Ready) << "it goes on to be proven";
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(Abort, SaysOfEachServiceWhyItWentBack) {
    SecondInFlight rig;
    const auto asked = rig.sim.clock.now();
    ASSERT_TRUE(tell(rig, Command::Verb::Abort));
    ASSERT_TRUE(rig.until([&] { return rig.phase("b-mcp") == Phase::RollingBack; }, 1min));
    EXPECT_EQ(rig.hold_of("b-mcp").reason, Reason::Aborted);
    EXPECT_THAT(rig.hold_of("b-mcp").message, ::testing::HasSubstr("aborted by"));
    EXPECT_THAT(events(rig, "Aborted", asked), ::testing::SizeIs(1));
}

}  // namespace
}  // namespace wavegate::testing
