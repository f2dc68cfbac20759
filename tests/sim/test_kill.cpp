#include "tests/sim/rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

sandbox::DesiredPlan two_with_annotations() {
    auto plan = one_wave({"a-mcp", "b-mcp"}, "jwt");
    plan.grafana = true;
    return plan;
}

/// Is this a write? Tokens that are minted and policies that are asked are questions, sent as POST.
bool is_write(const sandbox::SeenRequest& request) {
    constexpr std::array systems{
        "portainer.arpa", "keycloak.arpa", "openbao.arpa", "eunomia.arpa", "grafana.arpa"};
    const bool asks = request.path.find("openid-connect/token") != std::string::npos ||
                      request.path.starts_with("/check");
    const bool posts =
        request.method == "POST" && !asks &&
        std::find(systems.begin(), systems.end(), request.authority) != systems.end();
    return posts || request.method == "PUT" || request.method == "PATCH";
}

/// Writes that reached the World, each a point at which the process may die.
std::size_t writes_seen(const Rig& rig) {
    const auto& seen = rig.world.network.seen();
    return static_cast<std::size_t>(std::count_if(seen.begin(), seen.end(), is_write));
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
