// What the operator keeps in its store, for how long, and what it does without.
#include "tests/sim/rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::AnyOf;
using ::testing::IsEmpty;
using ::testing::SizeIs;

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
    const auto away = rig.sim.clock.now().wall;
    rig.sim.advance(24h * 8);
    rig.start();
    rig.pass_time(90min);

    const auto& all = rig.disk.kept.ledger.evidence;
    EXPECT_EQ(
        std::count_if(
            all.begin(),
            all.end(),
            [&](const Evidence& one) {
                return one.kind == CheckKind::Unauthorized && one.taken.wall <= away;
            }),
        0)
        << "the watch has proven each service anew since";
    EXPECT_GT(kept(CheckKind::Unauthorized), 2);
    EXPECT_EQ(rig.view()->standing, "Converged");
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

/// `b-mcp` can't check tokens, and was flipped a moment ago; the disk is full since.
sandbox::DesiredPlan one_by_one() {
    auto plan = one_wave(kThree, "jwt");
    plan.waves.front().max_in_flight = 1;
    return plan;
}

struct BrokenWithoutStore : Rig {
    BrokenWithoutStore() : Rig(small_world(kThree), one_by_one()) {
        world.behaviour("b-mcp").jwks_down = true;
        EXPECT_TRUE(until([&] { return auth("b-mcp") == "jwt"; }, 3h)) << story();
        fill_disk(true);
    }
};

TEST(FullDisk, SendsBackWhatIsInFlightAndBroken) {
    BrokenWithoutStore rig;
    ASSERT_TRUE(rig.until([&] { return rig.phase("b-mcp") == Phase::RolledBack; }, 1h))
        << rig.story();
    EXPECT_EQ(rig.auth("b-mcp"), "none");
    EXPECT_FALSE(rig.view()->acts);
    EXPECT_EQ(rig.auth("c-mcp"), "none") << "nothing is begun";
    EXPECT_TRUE(rig.disk.kept.record.rejected().empty()) << "it is not stored";

    rig.fill_disk(false);
    ASSERT_TRUE(rig.until([&] { return rig.view()->acts; }, 10min)) << rig.story();
    EXPECT_THAT(rig.disk.kept.record.rejected(), SizeIs(1)) << "it is by now";
    EXPECT_EQ(rig.view()->standing, "Halted");
    rig.kill();
    rig.start();
    rig.pass_time(1h);
    EXPECT_EQ(rig.phase("b-mcp"), Phase::RolledBack);
    rig.judge_end();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty()) << rig.story();
}

TEST(FullDisk, LeavesNoServiceBrokenWhenTheOperatorIsKilledMeanwhile) {
    BrokenWithoutStore rig;
    ASSERT_TRUE(rig.until([&] { return rig.auth("b-mcp") == "none"; }, 1h)) << rig.story();
    rig.kill();
    rig.fill_disk(false);
    rig.start();
    rig.pass_time(2h);
    EXPECT_EQ(rig.auth("b-mcp"), "none") << "held, or back: it is not tried again unasked";
    EXPECT_THAT(rig.view()->standing, AnyOf("Halted", "Awaited")) << rig.story();
    rig.judge_end();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty()) << rig.story();
}

TEST(StoreThatIsGone, IsNoticedBeforeAnythingIsBegunAndSaid) {
    Rig rig(small_world(kThree), one_wave(kThree, "none"));
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    rig.disk.gone = true;
    rig.pass_time(5min);
    EXPECT_FALSE(rig.view()->acts) << "noticed, though there is nothing to store";
    EXPECT_FALSE(rig.view()->backends.at("store").ok);

    rig.commit(one_wave(kThree, "jwt"));
    rig.pass_time(2h);
    for (const auto& name : kThree) {
        EXPECT_EQ(rig.auth(name), "none") << name;
    }
    rig.disk.gone = false;
    ASSERT_TRUE(rig.until([&] { return rig.view()->acts; }, 10min)) << rig.story();
    EXPECT_FALSE(rig.view()->backends.contains("store"));
    ASSERT_TRUE(rig.until([&] { return rig.auth("c-mcp") == "jwt"; }, 5h)) << rig.story();
    ASSERT_TRUE(rig.until_standing("Converged", 5h)) << rig.story();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty()) << rig.story();
}

TEST(StoreThatIsGone, SendsBackWhatIsInFlightAndBroken) {
    Rig rig(small_world(kThree), one_by_one());
    rig.world.behaviour("b-mcp").jwks_down = true;
    ASSERT_TRUE(rig.until([&] { return rig.auth("b-mcp") == "jwt"; }, 3h)) << rig.story();
    rig.disk.gone = true;
    ASSERT_TRUE(rig.until([&] { return rig.phase("b-mcp") == Phase::RolledBack; }, 1h))
        << rig.story();
    EXPECT_EQ(rig.auth("b-mcp"), "none");
    EXPECT_EQ(rig.auth("c-mcp"), "none") << "nothing is begun";
    EXPECT_THAT(rig.oracle.violations(), IsEmpty()) << rig.story();
}

TEST(LostStore, WithTheCanaryInItsSoakSendsTheNextOneAloneToo) {
    const std::vector<std::string> services{"a-mcp", "b-mcp", "c-mcp", "d-mcp", "e-mcp"};
    auto plan = one_wave(services, "jwt");
    plan.waves.front().max_in_flight = 2;
    Rig rig(small_world(services), plan);
    ASSERT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::Probed; }, 3h)) << rig.story();
    rig.lose_store();
    ASSERT_TRUE(rig.until_standing("Converged", 4h)) << rig.story();
    rig.judge_end();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty()) << rig.story();
}

TEST(FullDisk, LetsAGoodServiceThatIsInFlightFinish) {
    Rig rig(small_world(kThree), one_wave(kThree, "jwt"));
    ASSERT_TRUE(rig.until([&] { return rig.auth("a-mcp") == "jwt"; }, 3h)) << rig.story();
    rig.fill_disk(true);
    ASSERT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::Probed; }, 1h)) << rig.story();
    rig.pass_time(1h);
    EXPECT_EQ(rig.hold_of("b-mcp").reason, Reason::WaitingForStore) << rig.story();

    rig.fill_disk(false);
    ASSERT_TRUE(rig.until_standing("Converged", 5h)) << rig.story();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty()) << rig.story();
}

}  // namespace
}  // namespace wavegate::testing
