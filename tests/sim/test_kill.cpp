#include "tests/sim/rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

/// Requests of a rollout that is left alone, each a point at which the process may die.
std::size_t requests_of_a_rollout() {
    Rig rig(small_world({"a-mcp", "b-mcp"}), one_wave({"a-mcp", "b-mcp"}, "jwt"));
    EXPECT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    return rig.world.network.count("PUT") + rig.world.network.count("POST", "portainer.arpa") +
           rig.world.network.count("POST", "keycloak.arpa") +
           rig.world.network.count("POST", "openbao.arpa") +
           rig.world.network.count("POST", "eunomia.arpa");
}

std::size_t writes_seen(Rig& rig) {
    return rig.world.network.count("PUT") + rig.world.network.count("POST", "portainer.arpa") +
           rig.world.network.count("POST", "keycloak.arpa") +
           rig.world.network.count("POST", "openbao.arpa") +
           rig.world.network.count("POST", "eunomia.arpa");
}

TEST(KilledOperator, ConvergesFromEveryPointOfASmallRollout) {
    const auto points = requests_of_a_rollout();
    ASSERT_GT(points, 8U);
    for (std::size_t point = 1; point <= points; ++point) {
        Rig rig(small_world({"a-mcp", "b-mcp"}), one_wave({"a-mcp", "b-mcp"}, "jwt"));
        rig.until([&] { return writes_seen(rig) >= point; }, 3h);
        rig.kill();
        rig.pass_time(3s);
        rig.start();

        ASSERT_TRUE(rig.until_standing("Converged", 6h)) << "point " << point << "\n"
                                                         << rig.story();
        EXPECT_EQ(rig.auth("a-mcp"), "jwt");
        EXPECT_EQ(rig.auth("b-mcp"), "jwt");
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
