// Writes that land late, or whose answer does not come.
#include "tests/sim/hands.hpp"
#include "tests/sim/kill_scenarios.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// The canary's flip arrives after its deadline of 30 s.
struct LateFlip : Rig {
    explicit LateFlip(Duration by) : Rig(small_world(kTwo), one_wave(kTwo, "jwt")) {
        land_late(*this, "a-mcp", by);
    }
    bool lands() {
        return until([&] { return auth("a-mcp") == "jwt"; }, 1h);
    }
};

TEST(LateFlip, ThatIsBadGoesBack) {
    LateFlip rig(37s);
    rig.world.behaviour("a-mcp").jwks_down = true;
    ASSERT_TRUE(rig.lands()) << rig.story();
    EXPECT_TRUE(rig.until([&] { return rig.auth("a-mcp") == "none"; }, 10min)) << rig.story();
    EXPECT_TRUE(rig.until_standing("Halted", 10min)) << rig.story();
    rig.judge_end();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(LateFlip, ThatIsGoodSoaksAloneAsACanary) {
    LateFlip rig(37s);
    ASSERT_TRUE(rig.lands()) << rig.story();
    const auto landed = rig.sim.clock.now().mono;
    EXPECT_EQ(rig.auth("b-mcp"), "none") << "its place is held until it is seen";
    EXPECT_TRUE(rig.until([&] { return rig.auth("b-mcp") == "jwt"; }, 20min)) << rig.story();
    EXPECT_GE(rig.sim.clock.now().mono - landed, 6min) << "its wave's soak";
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(LateFlip, ThatWasSupersededIsTakenBack) {
    LateFlip rig(70s);
    ASSERT_TRUE(rig.until([&] { return writes_sent(rig, "a-mcp") == 1; }, 1h)) << rig.story();
    commit_now(rig, one_wave(kTwo, "none"));
    ASSERT_TRUE(rig.lands()) << rig.story();
    EXPECT_TRUE(rig.until([&] { return rig.auth("a-mcp") == "none"; }, 5min)) << rig.story();
    EXPECT_TRUE(rig.until_standing("Converged", 5min)) << rig.story();
}

/// Portainer shows it in Swarm, and holds its call for as long again.
struct HeldFlip : Rig {
    explicit HeldFlip(Duration deployed)
        : Rig(small_world({"a-mcp"}), brief_wave({"a-mcp"}, "jwt")) {
        land_late(*this, "a-mcp", 1s);
        EXPECT_TRUE(until([&] { return writes_sent(*this, "a-mcp") == 1; }, 1h)) << story();
        world.portainer.set_deploy_time(deployed);
        pass_time(5s);
        world.portainer.set_deploy_time(55ms);
    }
    bool becomes(const std::string& mode, Duration within) {
        return until([&] { return auth("a-mcp") == mode; }, within);
    }
};

TEST(LateFlip, ThatIsHeldFromBeforeAKillIsNotWrittenBeside) {
    HeldFlip rig(2min);
    rig.kill();
    rig.start();
    ASSERT_TRUE(rig.becomes("jwt", 2min)) << rig.story();
    commit_now(rig, brief_wave({"a-mcp"}, "none"));
    EXPECT_TRUE(rig.becomes("none", 5min)) << rig.story();
    EXPECT_TRUE(rig.until_standing("Converged", 5min)) << rig.story();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(LateFlip, ThatIsBadAndStillHeldGoesBackOnceItIsOver) {
    HeldFlip rig(6min);
    rig.world.behaviour("a-mcp").jwks_down = true;
    ASSERT_TRUE(rig.becomes("jwt", 4min)) << rig.story();
    EXPECT_TRUE(rig.becomes("none", 5min)) << rig.story();
    EXPECT_TRUE(rig.until_standing("Halted", 10min)) << rig.story();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(LateWayBack, IsWrittenOnce) {
    Rig rig(small_world(kTwo), one_wave(kTwo, "jwt"));
    rig.world.behaviour("a-mcp").jwks_down = true;
    ASSERT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::RollingBack; }, 3h));
    ASSERT_EQ(writes_sent(rig, "a-mcp"), 1U) << "its flip";
    land_late(rig, "a-mcp", 50s);
    ASSERT_TRUE(rig.until_standing("Halted", 1h)) << rig.story();
    EXPECT_EQ(writes_sent(rig, "a-mcp"), 2U);
}

TEST(SwarmsOwnRollback, BeforeTheReceiptIsARejectionToo) {
    Rig rig(small_world({"a-mcp"}), one_wave({"a-mcp"}, "jwt"));
    lose_reply(rig, "a-mcp");
    ASSERT_TRUE(rig.until([&] { return rig.auth("a-mcp") == "jwt"; }, 3h)) << rig.story();
    ASSERT_TRUE(rig.world.portainer.roll_back_by_hand("a-mcp_a-mcp").has_value());
    EXPECT_TRUE(rig.until_standing("Halted", 10min)) << rig.story();
    EXPECT_THAT(rig.oracle.flips(), SizeIs(1));
}

TEST(LateAnnotation, IsNotWrittenTwiceByTheNextProcess) {
    auto desired = one_wave({"a-mcp"}, "jwt");
    desired.grafana = true;
    Rig rig(small_world({"a-mcp"}), desired);
    sandbox::FaultRule late;
    late.authority = "grafana.arpa";
    late.method = "POST";
    late.before = 20s;
    late.times = 1;
    rig.world.network.inject(late);
    const auto posts = [&] { return rig.world.network.count("POST", "grafana.arpa"); };
    ASSERT_TRUE(rig.until([&] { return posts() == 1; }, 3h)) << rig.story();
    rig.kill();
    rig.start();
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

/// Its wiring breaks the multiplexer, and its Env is about to go back.
struct BrokenByWiring : Rig {
    BrokenByWiring() : Rig(small_world(kTwo), one_wave(kTwo, "jwt")) {
        world.multiplexer().crash = 1;
        EXPECT_TRUE(until([&] { return writes_sent(*this, kMultiplexer) == 1; }, 1h)) << story();
        pass_time(1min);
    }
    bool is_unwired() {
        return until([&] { return writes_sent(*this, kMultiplexer) == 2; }, 1h) &&
               until([&] { return world.live_env(kMultiplexer)["OIDC_CLIENT_ID"].empty(); }, 1min);
    }
};

TEST(Unwiring, WhoseAnswerIsLostEnds) {
    BrokenByWiring rig;
    lose_reply(rig, kMultiplexer);
    ASSERT_TRUE(rig.is_unwired()) << rig.story();
    rig.world.multiplexer().crash.reset();
    EXPECT_TRUE(rig.until_standing("Halted", 10min)) << rig.story();
    EXPECT_TRUE(tell(rig, Command::Verb::Retry));
}

TEST(Unwiring, WhoseReceiptIsCutOffByAKillEnds) {
    BrokenByWiring rig;
    sandbox::FaultRule slow;
    slow.authority = "portainer.arpa";
    slow.method = "PUT";
    slow.after = 10s;
    slow.times = 1;
    rig.world.network.inject(slow);
    ASSERT_TRUE(rig.is_unwired()) << rig.story();
    rig.kill();
    rig.world.multiplexer().crash.reset();
    rig.start();
    EXPECT_TRUE(rig.until_standing("Halted", 10min)) << rig.story();
    EXPECT_TRUE(tell(rig, Command::Verb::Retry));
}

TEST(Rewiring, ThatMeetsOneServerErrorIsTriedAgain) {
    Rig rig(small_world(kTwo), one_wave(kTwo, "jwt"));
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    sandbox::FaultRule error;
    error.fault = sandbox::Fault::Answer;
    error.authority = "portainer.arpa";
    error.method = "PUT";
    error.answer.status = 500;
    error.answer.body = R"({"message":"internal error"})";
    error.times = 1;
    rig.world.network.inject(error);
    replace_secret(rig);
    EXPECT_TRUE(rig.until([&] { return has_secret_in_force(rig); }, 5min)) << rig.story();
    EXPECT_TRUE(rig.until_standing("Converged", 10min)) << rig.story();
}

}  // namespace
}  // namespace wavegate::testing
