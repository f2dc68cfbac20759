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
    const auto second = fleet_->start({"apply"});
    first->kill(SIGKILL);
    ASSERT_EQ(first->wait(10s), -2) << "it had not ended by itself";
    EXPECT_EQ(second->wait(120s), 0) << second->errors() << second->output();
    expect_all_enforce();
    EXPECT_FALSE(std::filesystem::exists(fleet_->folder() + "/wavegate.db"));
}

TEST_F(EtcdFleet, HasOneOperatorThatActsWhileTheOtherStandsBy) {
    store_in_etcd();
    const auto first = in_mid_wave();
    const auto second = fleet_->start({"apply", "-v"});
    EXPECT_EQ(first->wait(120s), 0) << first->errors() << first->output();
    EXPECT_EQ(second->wait(30s), 0) << "at once after the first one's end";
    EXPECT_THAT(second->errors(), HasSubstr("standing by: "));
    expect_all_enforce();
}

TEST_F(EtcdFleet, StopsWhereItsLeaseCannotBeRenewed) {
    store_in_etcd();
    fleet_->ask_for_jwt();
    const auto running = fleet_->start({"run"});
    for (int i = 0; i < 600 && fleet_->knock("a-mcp") != 401; ++i) {
        rest();
    }
    etcd_->kill();
    EXPECT_EQ(running->wait(11s), 1) << "within the lease";
    EXPECT_THAT(running->errors() + running->output(), HasSubstr("the lease was lost"));
    etcd_->start_again();
    const auto next = fleet_->start({"apply"});
    EXPECT_EQ(next->wait(120s), 0) << next->errors() << next->output();
    expect_all_enforce();
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
