// What the operator keeps in its store, and for how long.
#include "tests/sim/rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

TEST(Store, ForgetsAfterAWeekWhatNobodyReadsAnyMore) {
    const std::vector<std::string> services{"a-mcp", "b-mcp"};
    Rig rig(small_world(services), one_wave(services, "jwt"));
    ASSERT_TRUE(rig.until_standing("Converged", 5h)) << rig.story();
    const auto kept = [&](CheckKind kind) {
        const auto& all = rig.disk.kept.ledger.evidence;
        return std::count_if(
            all.begin(), all.end(), [&](const Evidence& one) { return one.kind == kind; });
    };
    EXPECT_GT(kept(CheckKind::Unauthorized), 2) << "a soak leaves a sample every few seconds";

    rig.kill();
    rig.sim.advance(24h * 8);
    rig.start();
    rig.pass_time(90min);

    EXPECT_EQ(kept(CheckKind::Unauthorized), 2) << "the newest of each service";
    EXPECT_EQ(rig.view()->standing, "Converged");
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

}  // namespace
}  // namespace wavegate::testing
