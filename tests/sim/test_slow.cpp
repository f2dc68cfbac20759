// Somebody hangs, drips or takes for ever: nobody else waits for it.
#include "tests/sim/hands.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <optional>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

/// A fleet in which a-mcp is in its flip's soak, b-mcp will fail its gates, and something hangs.
class SlowFleet : public ::testing::Test {
  protected:
    /// What b-mcp does once it is flipped is seen by its own gates: 401 for every token.
    SlowFleet() : rig_(small_world(kThree), desired("jwt")) {
        rig_.world.behaviour("b-mcp").jwks_down = true;
    }

    static sandbox::DesiredPlan desired(const std::string& auth) {
        auto plan = one_wave(kThree, auth);
        plan.grafana = true;
        return plan;
    }

    /// From now on this host takes every request and gives no answer.
    void hang(const std::string& authority, const std::string& method = "") {
        sandbox::FaultRule rule;
        rule.authority = authority;
        rule.method = method;
        rule.before = 24h * 365;
        rig_.world.network.inject(rule);
    }
    /// How old the oldest view got.
    bool until(const std::function<bool()>& done, Duration limit = 3h) {
        return rig_.until(
            [&] {
                const auto now = rig_.sim.clock.now().mono;
                if (is_under_way()) {
                    oldest_ = std::max<Duration>(oldest_, now - rig_.view()->now.mono);
                }
                return done();
            },
            limit);
    }
    /// Nothing is older than what nothing happened to: between passes the view is the truth.
    bool is_under_way() { return rig_.running().controller().is_busy(); }

    [[nodiscard]] bool is_being_written(const std::string& service) const {
        const auto view = rig_.view();
        const auto& intents = view->ledger->intents;
        return std::any_of(intents.begin(), intents.end(), [&](const Intent& intent) {
            return intent.service == service && intent.state == IntentState::Open;
        });
    }
    bool flips_b() {
        return until([&] { return rig_.auth("b-mcp") == "jwt"; });
    }
    /// From the verdict on b-mcp to the request that brings it back.
    void expect_rollback_at_once() {
        std::optional<Mono> verdict;
        const auto writes = writes_sent(rig_, "b-mcp");
        ASSERT_TRUE(until([&] {
            const auto* member = rig_.disk.kept.record.member("b-mcp");
            if (!verdict && member != nullptr && member->phase() == Phase::RollingBack) {
                verdict = rig_.sim.clock.now().mono;
            }
            return writes_sent(rig_, "b-mcp") > writes;
        })) << rig_.story();
        ASSERT_TRUE(verdict);
        EXPECT_LE(rig_.sim.clock.now().mono - *verdict, 1s);
        ASSERT_TRUE(until([&] { return rig_.auth("b-mcp") == "none"; }, 1min)) << rig_.story();
    }
    void expect_newer_commit_at_once() {
        auto plan = desired("jwt");
        plan.services["c-mcp"].auth = "none";
        commit_now(rig_, plan);
        const auto id = rig_.source.head();
        const auto committed = rig_.sim.clock.now().mono;
        ASSERT_TRUE(until([&] { return rig_.view()->source.revision == id; }, 1min));
        EXPECT_LE(rig_.sim.clock.now().mono - committed, 2s);
        ASSERT_TRUE(until([&] { return rig_.disk.kept.record.revision() == id; }, 1min));
        EXPECT_LE(rig_.sim.clock.now().mono - committed, 2s);
    }
    void expect_command_at_once() {
        const auto asked = rig_.sim.clock.now().mono;
        ASSERT_TRUE(tell(rig_, Command::Verb::Pause));
        EXPECT_LE(rig_.sim.clock.now().mono - asked, 1s);
        ASSERT_TRUE(until([&] { return rig_.view()->ledger->paused(); }, 1min));
        EXPECT_LE(rig_.sim.clock.now().mono - asked, 2s);
        ASSERT_TRUE(tell(rig_, Command::Verb::Resume));
    }
    void expect_stop_at_once() {
        const auto asked = rig_.sim.clock.now().mono;
        rig_.running().controller().stop();
        ASSERT_TRUE(rig_.sim.run_until([&] { return rig_.running().ended(); }, 1min));
        EXPECT_LE(rig_.sim.clock.now().mono - asked, 2s);
    }
    void expect_everything_at_once() {
        expect_rollback_at_once();
        expect_newer_commit_at_once();
        expect_command_at_once();
        EXPECT_LE(oldest_, 2s);
        EXPECT_THAT(rig_.oracle.violations(), IsEmpty()) << rig_.story();
        expect_stop_at_once();
    }

    Rig rig_;
    Duration oldest_{0};
};

TEST_F(SlowFleet, GoesOnWhileTheVaultNeverAnswers) {
    ASSERT_TRUE(flips_b()) << rig_.story();
    hang("openbao.arpa");
    expect_everything_at_once();
}

TEST_F(SlowFleet, GoesOnWhileGrafanaNeverAnswers) {
    ASSERT_TRUE(flips_b()) << rig_.story();
    hang("grafana.arpa");
    expect_everything_at_once();
}

TEST_F(SlowFleet, GoesOnWhileGrafanaNeverAnswersAWrite) {
    hang("grafana.arpa", "POST");
    ASSERT_TRUE(flips_b()) << rig_.story();
    expect_everything_at_once();
}

TEST_F(SlowFleet, GoesOnWhileAServiceDrips) {
    auto& behaviour = rig_.world.behaviour("c-mcp");
    while (behaviour.tools.size() < 60) {
        auto tool = behaviour.tools.front();
        tool.name += std::to_string(behaviour.tools.size());
        behaviour.tools.push_back(std::move(tool));
    }
    behaviour.wire.page_size = 1;
    ASSERT_TRUE(flips_b()) << rig_.story();
    sandbox::FaultRule drip;
    drip.authority = "c-mcp.arpa";
    drip.after = 20s;
    rig_.world.network.inject(drip);
    expect_everything_at_once();
}

/// Pages of megabytes: the listing is given up at its limit, and not begun again at once.
TEST_F(SlowFleet, GoesOnWhileAServicesListingHasNoEnd) {
    auto& behaviour = rig_.world.behaviour("c-mcp");
    auto& tool = behaviour.tools.front();
    tool.listing["description"] = std::string(7U << 20U, 'x');
    behaviour.wire.page_size = 1;
    behaviour.wire.stuck_cursor = true;
    ASSERT_TRUE(flips_b()) << rig_.story();
    expect_everything_at_once();
    const auto& seen = rig_.world.network.seen();
    const auto asked = std::count_if(seen.begin(), seen.end(), [](const auto& request) {
        return request.authority == "c-mcp.arpa";
    });
    EXPECT_LE(asked, 60) << "each of them may bring 7 MB";
}

TEST_F(SlowFleet, BringsBackWhileTheGitServerNeverAnswers) {
    ASSERT_TRUE(flips_b()) << rig_.story();
    rig_.source.before_answer = [&]() -> asio::awaitable<void> {
        auto& clock = rig_.sim.clock;
        static_cast<void>(co_await clock.sleep_until(clock.now().mono + 24h * 365));
    };
    rig_.running().controller().look_now();
    expect_rollback_at_once();
    expect_command_at_once();
    EXPECT_LE(oldest_, 2s);
    EXPECT_THAT(rig_.oracle.violations(), IsEmpty()) << rig_.story();
    expect_stop_at_once();
}

TEST_F(SlowFleet, ReconcilesWhatIsInForceThoughTheGitServerNeverAnswersANewProcess) {
    ASSERT_TRUE(flips_b()) << rig_.story();
    rig_.kill();
    rig_.source.before_answer = [&]() -> asio::awaitable<void> {
        auto& clock = rig_.sim.clock;
        static_cast<void>(co_await clock.sleep_until(clock.now().mono + 24h * 365));
    };
    rig_.start();
    expect_rollback_at_once();
}

/// Portainer takes its time with one stack: the others are written to meanwhile, and read.
TEST_F(SlowFleet, BringsOneBackWhileTheWriteOfAnotherTakesMinutes) {
    // Seen 10 s after it is there: before the write of the other is given up.
    rig_.world.behaviour("b-mcp").jwks_down = false;
    rig_.world.behaviour("b-mcp").policy_down = true;
    land_late(rig_, "c-mcp", 5min);
    ASSERT_TRUE(flips_b()) << rig_.story();
    ASSERT_TRUE(until([&] { return is_being_written("c-mcp"); }, 1min)) << rig_.story();
    expect_rollback_at_once();
    EXPECT_TRUE(is_being_written("c-mcp"));
    EXPECT_LE(oldest_, 2s);
    EXPECT_THAT(rig_.oracle.violations(), IsEmpty()) << rig_.story();
}

}  // namespace
}  // namespace wavegate::testing
