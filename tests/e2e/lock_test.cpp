// Two operators, one fleet: one acts, the other says who does.
#include "tests/e2e/fleet.hpp"

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

const FleetPlan kLockedFleet{{"a-mcp"}, {}};

bool leader_acts(const json::object& status) {
    const auto* leader = status.if_contains("leader");
    return leader != nullptr && leader->at("acts").as_bool();
}

/// From now on the fleet's operators are on another machine: another store, another address.
void move_elsewhere(Fleet& fleet) {
    fleet.operator_env()["WAVEGATE_STORE_SQLITE"] = fleet.folder() + "/elsewhere.db";
    fleet.operator_env()["WAVEGATE_LISTEN"] = "127.0.0.1:0";
}

TEST(FleetLock, ApplyBesideRunSaysWhoActsSinceWhenAndDoesNothing) {
    Fleet fleet(kLockedFleet);
    const RunningOperator running(fleet);
    ASSERT_TRUE(running.until_standing("Converged", 60s)) << running.story();
    ASSERT_TRUE(leader_acts(running.status()));
    const std::string holder(running.status().at("leader").at("holder").as_string());
    EXPECT_THAT(holder, HasSubstr("run-"));

    move_elsewhere(fleet);
    const auto beside = fleet.start({"apply"});
    EXPECT_EQ(beside->wait(30s), 6) << beside->errors();
    EXPECT_THAT(beside->errors(), HasSubstr(holder));
    EXPECT_THAT(beside->errors(), HasSubstr("acts since"));
    EXPECT_THAT(beside->errors(), HasSubstr("--wait"));
}

TEST(FleetLock, ApplyThatWaitsActsOnceTheOtherHasStopped) {
    Fleet fleet(kLockedFleet);
    auto running = std::make_unique<RunningOperator>(fleet);
    ASSERT_TRUE(running->until_standing("Converged", 60s)) << running->story();

    move_elsewhere(fleet);
    const auto waiting = fleet.start({"apply", "--wait"});
    running.reset();  // a clean stop
    EXPECT_EQ(waiting->wait(30s), 0) << waiting->errors();
}

TEST(FleetLock, AStandbyServesItsStatusAndSaysThatItIsOne) {
    Fleet fleet(kLockedFleet);
    const RunningOperator running(fleet);
    ASSERT_TRUE(running.until_standing("Converged", 60s)) << running.story();

    move_elsewhere(fleet);
    const RunningOperator standby(fleet);
    ASSERT_TRUE(standby.until(
        [](const json::object& status) {
            const auto* leader = status.if_contains("leader");
            return leader != nullptr && leader->at("holder").is_string();
        },
        30s));
    EXPECT_FALSE(leader_acts(standby.status()));
    const auto ready = ask("GET", "http://" + standby.address() + "/readyz");
    EXPECT_EQ(ready.status, 200);
    EXPECT_THAT(ready.body, HasSubstr("standby"));
    EXPECT_THAT(ask("GET", "http://" + running.address() + "/readyz").body, "ok\n");
    EXPECT_THAT(
        ask("GET", "http://" + standby.address() + "/metrics").body,
        HasSubstr("wavegate_leader 0"));
}

TEST(FleetLock, TheOnlyOneKilledAndStartedAgainActsAtOnce) {
    Fleet fleet(kLockedFleet);
    {
        RunningOperator running(fleet);
        ASSERT_TRUE(running.until(leader_acts, 30s)) << running.story();
        running.kill();
    }
    const RunningOperator again(fleet);
    EXPECT_TRUE(again.until(leader_acts, 15s)) << again.story();
    EXPECT_GE(again.status().at("leader").at("term").to_number<int>(), 2);
}

TEST(FleetLock, ThatIsNotKeptIsSaid) {
    Fleet fleet(kLockedFleet);
    fleet.operator_env()["WAVEGATE_LOCK"] = "none";
    const RunningOperator running(fleet);
    ASSERT_TRUE(running.until(leader_acts, 30s)) << running.story();
    const auto leader = running.status().at("leader").as_object();
    EXPECT_EQ(leader.at("lock").as_string(), "none");
    EXPECT_THAT(std::string(leader.at("message").as_string()), HasSubstr("lock: none"));
}

}  // namespace
}  // namespace wavegate::testing
