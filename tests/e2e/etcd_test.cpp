#include "tests/e2e/fleet.hpp"
#include "tests/real/support/etcd_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <string>

// The program with its store in a real etcd.
namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

bool store_owner_acts(const json::object& status) {
    const auto* leader = status.if_contains("leader");
    return leader != nullptr && leader->at("acts").as_bool();
}

class EtcdFleet : public ::testing::Test {
  protected:
    void SetUp() override {
        if (etcd_ == nullptr) {
            GTEST_SKIP() << "etcd is not installed here";
        }
        fleet_ = std::make_unique<Fleet>(FleetPlan{{"a-mcp", "b-mcp", "c-mcp"}, {}});
    }
    void store_in_etcd() { fleet_->operator_env()["WAVEGATE_STORE_ETCD_URLS"] = etcd_->url(); }
    /// An `apply` that has set the canary and has two more services to go.
    std::unique_ptr<Process> in_mid_wave() {
        fleet_->ask_for_jwt();
        auto first = fleet_->start({"apply"});
        for (int i = 0; i < 600 && fleet_->knock("a-mcp") != 401; ++i) {
            rest();
        }
        EXPECT_EQ(fleet_->knock("a-mcp"), 401) << first->errors();
        EXPECT_NE(fleet_->knock("c-mcp"), 401);
        return first;
    }
    void expect_all_enforce() {
        for (const auto* service : {"a-mcp", "b-mcp", "c-mcp"}) {
            EXPECT_EQ(fleet_->knock(service), 401) << service;
        }
    }
    bool until_all_enforce(const RunningOperator& running) {
        return running.until(
            [&](const json::object& status) {
                return text_at(status, "standing") == "Converged" &&
                       fleet_->knock("a-mcp") == 401 && fleet_->knock("b-mcp") == 401 &&
                       fleet_->knock("c-mcp") == 401;
            },
            120s);
    }
    /// "store move": the exit code.
    int move(const std::string& from, const std::string& to, std::string& printed) {
        const auto work = fleet_->start({"store", "move", "--from", from, "--to", to});
        const auto exit = work->wait(30s);
        printed = work->output() + work->errors();
        return exit;
    }

    std::unique_ptr<EtcdServer> etcd_ = EtcdServer::start();
    std::unique_ptr<Fleet> fleet_;
};

TEST_F(EtcdFleet, IsTakenOverInMidWaveWhenItsOperatorIsKilled) {
    store_in_etcd();
    const auto first = in_mid_wave();
    const auto second = fleet_->start({"apply", "--wait"});
    first->kill(SIGKILL);
    ASSERT_EQ(first->wait(10s), -2) << "it had not ended by itself";
    EXPECT_EQ(second->wait(120s), 0) << second->errors() << second->output();
    expect_all_enforce();
    EXPECT_FALSE(std::filesystem::exists(fleet_->folder() + "/wavegate.db"));
}

TEST_F(EtcdFleet, HasOneOperatorThatActsWhileTheOtherStandsBy) {
    store_in_etcd();
    const auto first = in_mid_wave();
    const auto second = fleet_->start({"apply", "-v", "--wait"});
    EXPECT_EQ(first->wait(120s), 0) << first->errors() << first->output();
    EXPECT_EQ(second->wait(30s), 0) << "at once after the first one's end";
    EXPECT_THAT(second->errors(), HasSubstr("standing by: "));
    expect_all_enforce();
}

TEST_F(EtcdFleet, ApplyBesideTheHolderSaysWhoActsAndDoesNothing) {
    store_in_etcd();
    const RunningOperator running(*fleet_);
    ASSERT_TRUE(running.until(store_owner_acts, 30s)) << running.story();
    const std::string holder(running.status().at("leader").at("holder").as_string());

    const auto beside = fleet_->start({"apply"});
    EXPECT_EQ(beside->wait(30s), 6) << beside->errors();
    EXPECT_THAT(beside->errors(), HasSubstr(holder));
    EXPECT_THAT(beside->errors(), HasSubstr("acts since"));
    EXPECT_THAT(beside->errors(), HasSubstr("--wait"));
}

TEST_F(EtcdFleet, HasAStandbyThatServesItsStatusAndTakesOver) {
    store_in_etcd();
    RunningOperator running(*fleet_);
    ASSERT_TRUE(running.until_standing("Converged", 60s)) << running.story();
    const std::string holder(running.status().at("leader").at("holder").as_string());

    const RunningOperator standby(*fleet_);
    ASSERT_TRUE(standby.until(
        [&](const json::object& status) {
            const auto* leader = status.if_contains("leader");
            return leader != nullptr && text_at(leader->as_object(), "holder") == holder &&
                   text_at(status, "standing") == "Converged";
        },
        30s))
        << "it observes: " << standby.story();
    EXPECT_FALSE(store_owner_acts(standby.status()));
    EXPECT_THAT(
        ask("GET", "http://" + standby.address() + "/readyz").body,
        HasSubstr("standby: " + holder));
    EXPECT_THAT(
        ask("GET", "http://" + standby.address() + "/metrics").body,
        HasSubstr("wavegate_leader 0"));
    std::string printed;
    EXPECT_NE(standby.command({"rollout", "pause", "--reason", "x"}, &printed), 0);
    EXPECT_THAT(printed, HasSubstr(holder)) << "it is to be said there";

    running.kill();
    fleet_->ask_for_jwt();
    EXPECT_TRUE(standby.until(store_owner_acts, 13s)) << "killed: its lease runs out";
    EXPECT_TRUE(until_all_enforce(standby)) << standby.story();
}

TEST_F(EtcdFleet, ActsNoMoreWhereItsLeaseCannotBeRenewedAndActsAgainWhenItCan) {
    store_in_etcd();
    fleet_->ask_for_jwt();
    const RunningOperator running(*fleet_);
    for (int i = 0; i < 600 && fleet_->knock("a-mcp") != 401; ++i) {
        rest();
    }
    etcd_->kill();
    const auto has_lost = [&](const json::object& status) {
        return !store_owner_acts(status) &&
               running.story().find("the lease was lost") != std::string::npos;
    };
    EXPECT_TRUE(running.until(has_lost, 12s)) << "within the lease: " << running.story();
    etcd_->start_again();
    EXPECT_TRUE(until_all_enforce(running)) << running.story();
    EXPECT_TRUE(store_owner_acts(running.status()));
}

TEST_F(EtcdFleet, CarriesItsStoreToEtcdAndBack) {
    fleet_->ask_for_jwt();
    const auto first = fleet_->start({"apply"});
    ASSERT_EQ(first->wait(120s), 0) << first->errors();
    std::string printed;
    EXPECT_EQ(move("sqlite", "etcd", printed), 1);
    EXPECT_THAT(printed, HasSubstr("name the members of etcd"));
    store_in_etcd();
    fleet_->operator_env()["WAVEGATE_STORE_SQLITE"] = fleet_->folder() + "/wavegate.db";
    ASSERT_EQ(move("sqlite", "etcd", printed), 0) << printed;
    EXPECT_THAT(printed, HasSubstr("moved from sqlite"));
    EXPECT_EQ(move("sqlite", "etcd", printed), 1);
    EXPECT_THAT(printed, HasSubstr("something is kept there already"));

    const auto on = fleet_->start({"apply"});
    EXPECT_EQ(on->wait(120s), 0) << on->errors() << on->output();
    fleet_->operator_env()["WAVEGATE_STORE_SQLITE"] = fleet_->folder() + "/back.db";
    {
        const auto running = RunningOperator(*fleet_);
        EXPECT_EQ(move("etcd", "sqlite", printed), 1);
        EXPECT_THAT(printed, HasSubstr("another process holds the store"));
    }
    ASSERT_EQ(move("etcd", "sqlite", printed), 0) << printed;
    fleet_->operator_env().erase("WAVEGATE_STORE_ETCD_URLS");
    const auto last = fleet_->start({"apply"});
    EXPECT_EQ(last->wait(120s), 0) << last->errors() << last->output();
}

}  // namespace
}  // namespace wavegate::testing
