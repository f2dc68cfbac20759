#include "tests/sim/rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

sandbox::DesiredPlan two_with_annotations() {
    auto plan = one_wave({"a-mcp", "b-mcp"}, "jwt");
    plan.grafana = true;
    return plan;
}

/// Writes that reached the World, each a point at which the process may die.
std::size_t writes_seen(const Rig& rig) {
    std::size_t writes = rig.world.network.count("PUT") + rig.world.network.count("PATCH");
    for (const auto* system : {"portainer", "keycloak", "openbao", "eunomia", "grafana"}) {
        writes += rig.world.network.count("POST", std::string(system) + ".arpa");
    }
    return writes;
}

TEST(KilledOperator, EndsFromEveryPointOfASmallRolloutAsIfItHadNotBeenKilled) {
    Rig alone(small_world({"a-mcp", "b-mcp"}), two_with_annotations());
    ASSERT_TRUE(alone.until_standing("Converged", 3h)) << alone.story();
    alone.pass_time(1min);
    const auto points = writes_seen(alone);
    const auto end = end_state(alone.world);
    ASSERT_GT(points, 8U);
    for (std::size_t point = 1; point <= points; ++point) {
        Rig rig(small_world({"a-mcp", "b-mcp"}), two_with_annotations());
        rig.until([&] { return writes_seen(rig) >= point; }, 3h);
        rig.kill();
        rig.pass_time(3s);
        rig.start();

        ASSERT_TRUE(rig.until_standing("Converged", 6h)) << "point " << point << "\n"
                                                         << rig.story();
        rig.pass_time(1min);
        EXPECT_EQ(end_state(rig.world), end) << "point " << point;
        rig.judge_end();
        EXPECT_THAT(rig.oracle.violations(), IsEmpty()) << "point " << point;
    }
}

TEST(KilledOperator, ThatWasRollingBackFinishesTheWayBack) {
    Rig rig(small_world({"a-mcp"}), one_wave({"a-mcp"}, "jwt"));
    rig.world.behaviour("a-mcp").jwks_down = true;
    ASSERT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::RollingBack; }, 3h));
    rig.kill();
    rig.pass_time(10s);
    rig.start();

    ASSERT_TRUE(rig.until_standing("Halted", 3h)) << rig.story();
    EXPECT_EQ(rig.auth("a-mcp"), "none");
    EXPECT_EQ(rig.phase("a-mcp"), Phase::RolledBack);
}

}  // namespace
}  // namespace wavegate::testing
