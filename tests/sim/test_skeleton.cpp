#include "tests/sim/rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace wavegate::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(OneService, IsFlippedBehindItsGatesAndConverges) {
    Rig rig(small_world({"search-mcp"}), one_wave({"search-mcp"}, "jwt"));

    ASSERT_TRUE(rig.until_standing("Converged", std::chrono::hours(1))) << rig.story();

    EXPECT_EQ(rig.phase("search-mcp"), Phase::Ready);
    EXPECT_EQ(rig.auth("search-mcp"), "jwt");
    EXPECT_THAT(rig.oracle.flips(), ElementsAre("search-mcp"));
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(OneService, IsLeftAloneWhenItIsAsDesired) {
    Rig rig(small_world({"search-mcp"}), one_wave({"search-mcp"}, "none"));

    ASSERT_TRUE(rig.until_standing("Converged", std::chrono::minutes(5))) << rig.story();

    EXPECT_THAT(rig.world.portainer.stack("search-mcp")->updated, 0);
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(ConvergedFleet, GetsNoWriteFromFurtherPasses) {
    Rig rig(small_world({"search-mcp"}), one_wave({"search-mcp"}, "jwt"));
    ASSERT_TRUE(rig.until_standing("Converged", std::chrono::hours(1))) << rig.story();
    const auto stacks = rig.world.portainer.writes().size();
    const auto clients = rig.world.keycloak.writes().size();
    const auto secrets = rig.world.openbao.writes().size();
    const auto policies = rig.world.eunomia.writes().size();

    rig.pass_time(std::chrono::minutes(10));

    EXPECT_EQ(rig.world.portainer.writes().size(), stacks);
    EXPECT_EQ(rig.world.keycloak.writes().size(), clients);
    EXPECT_EQ(rig.world.openbao.writes().size(), secrets);
    EXPECT_EQ(rig.world.eunomia.writes().size(), policies);
}

TEST(OneService, IsNotLostToAPassThatEndsByAnException) {
    fleet::Settings settings;
    int broken = 3;
    settings.planner = [&broken](
                           const DesiredState& desired,
                           const Observed& observed,
                           const Diff& diff,
                           const RolloutRecord& record,
                           const Ledger& ledger,
                           Time now) {
        if (broken > 0) {
            --broken;
            throw std::logic_error("a bug");
        }
        return rollout::decide(desired, observed, diff, record, ledger, now);
    };
    Rig rig(small_world({"search-mcp"}), one_wave({"search-mcp"}, "jwt"), settings);

    ASSERT_TRUE(rig.until_standing("Converged", std::chrono::hours(1))) << rig.story();

    EXPECT_EQ(rig.running().controller().passes().failed, 3U);
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(Grafana, ShowsARegionPerRolloutAndAPointPerFlipAndNoDoublesAfterLostReplies) {
    auto desired = one_wave({"search-mcp"}, "jwt");
    desired.grafana = true;
    Rig rig(small_world({"search-mcp"}), desired);
    sandbox::FaultRule lost;
    lost.fault = sandbox::Fault::LoseReply;
    lost.authority = "grafana.arpa";
    lost.method = "POST";
    lost.times = 2;
    rig.world.network.inject(lost);
    ASSERT_TRUE(rig.until_standing("Converged", std::chrono::hours(1))) << rig.story();
    rig.kill();
    rig.start();
    rig.pass_time(std::chrono::minutes(5));

    ASSERT_EQ(rig.world.grafana.annotations().size(), 2U) << rig.story();
    for (const auto& annotation : rig.world.grafana.annotations()) {
        const bool region = annotation.text.starts_with("rollout");
        EXPECT_EQ(annotation.time_end > annotation.time, region) << annotation.text;
    }
}

}  // namespace
}  // namespace wavegate::testing
