#include "operator/store/etcd_lease.hpp"

#include "tests/support/simulation.hpp"
#include "tests/support/tape.hpp"
#include "tests/unit/store/etcd_site.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

namespace wavegate::store {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// In virtual time, with answers as etcd gives them.
class Lease : public ::testing::Test {
  protected:
    void play(const std::string& body) { tape_.play(HttpResponse(200, body)); }
    void take() {
        play(R"({"header":{"revision":"4"}})");
        play(R"({"ID":"77","TTL":"10"})");
        play(R"({"header":{"revision":"5"},"succeeded":true})");
        const auto taken = sim_.run(lease_.try_once());
        ASSERT_TRUE(taken);
        ASSERT_TRUE(*taken);
    }
    void play_kept() {
        play(R"({"result":{"ID":"77","TTL":"10"}})"
             "\n");
    }
    void fail() { tape_.fail(Error(ErrorKind::Timeout, "no answer in time", Effect::Maybe)); }
    [[nodiscard]] Mono now() { return sim_.clock.now().mono; }

    testing::Simulation sim_;
    testing::Tape tape_;
    testing::FixedCredentials credentials_;
    testing::SeededRandom random_;
    EtcdClient client_{tape_, credentials_, {{"http://etcd.test:2379"}, {}, {}}};
    EtcdLease lease_{client_, sim_.clock, random_, "fleet/lease", "one"};
};

TEST_F(Lease, IsOursUntilTwoSecondsBeforeItsEnd) {
    EXPECT_FALSE(lease_.held_until());
    const auto sent = now();
    take();
    EXPECT_EQ(lease_.held_until(), sent + 8s);
    EXPECT_EQ(lease_.token(), 5);
    EXPECT_EQ(lease_.holder()->name, "one");
    sim_.advance(7999ms);
    EXPECT_TRUE(lease_.is_held());
    sim_.advance(1ms);
    EXPECT_FALSE(lease_.is_held());
}

TEST_F(Lease, IsRenewedEachThreeSecondsFromTheTimeOfAsking) {
    take();
    const auto began = now();
    const auto kept = testing::start(sim_.executor(), lease_.keep());
    for (int i = 1; i <= 5; ++i) {
        play_kept();
        sim_.advance(3s);
        EXPECT_EQ(lease_.held_until(), began + i * 3s + 8s);
    }
    EXPECT_FALSE(kept->ended);
    EXPECT_EQ(tape_.left(), 0U);
}

TEST_F(Lease, ThatCannotBeRenewedIsTriedAgainAndLostInTime) {
    take();
    const auto began = now();
    const auto kept = testing::start(sim_.executor(), lease_.keep());
    for (int i = 0; i < 60; ++i) {
        fail();
    }
    ASSERT_TRUE(sim_.run_until([&] { return kept->ended; }));
    EXPECT_EQ(now(), began + 8s);
    EXPECT_FALSE(lease_.is_held());
    EXPECT_EQ(lease_.token(), 0);
    const auto why = kept->take();
    ASSERT_FALSE(why);
    EXPECT_EQ(why.error().kind(), ErrorKind::Conflict);
    EXPECT_THAT(why.error().message(), HasSubstr("could not be renewed in time"));
    EXPECT_GT(tape_.asked().size(), 8U) << "again and again";
}

TEST_F(Lease, ThatFailsOnceIsKept) {
    take();
    const auto began = now();
    const auto kept = testing::start(sim_.executor(), lease_.keep());
    fail();
    play_kept();
    sim_.advance(4s);
    EXPECT_FALSE(kept->ended);
    EXPECT_EQ(lease_.held_until(), began + 3500ms + 8s);
}

TEST_F(Lease, ThatTheServerCallsOverIsLostAtOnce) {
    take();
    const auto kept = testing::start(sim_.executor(), lease_.keep());
    play(R"({"result":{"header":{"revision":"9"},"ID":"77"}})");
    sim_.advance(3s);
    ASSERT_TRUE(kept->ended);
    EXPECT_FALSE(lease_.is_held());
    EXPECT_THAT(kept->take().error().message(), HasSubstr("etcd says that it is over"));
}

TEST_F(Lease, ThatTheStoreFoundTakenIsLostAtOnce) {
    take();
    const auto kept = testing::start(sim_.executor(), lease_.keep());
    sim_.advance(1s);
    lease_.lose();
    EXPECT_FALSE(lease_.is_held());
    sim_.advance(500ms);
    ASSERT_TRUE(kept->ended);
    EXPECT_THAT(kept->take().error().message(), HasSubstr("another writes under it"));
}

TEST_F(Lease, IsKnownByItsKeyWhenTheAnswerWasLost) {
    play(R"({"header":{"revision":"4"}})");
    play(R"({"ID":"77","TTL":"10"})");
    fail();
    const auto asked = testing::start(sim_.executor(), lease_.try_once());
    // The key holds what was put there, whatever became of the answer.
    sim_.settle();
    ASSERT_TRUE(asked->ended) << "the tape's end refuses";
    EXPECT_FALSE(asked->take());
    EXPECT_FALSE(lease_.is_held());
    EXPECT_THAT(tape_.asked().back().url, HasSubstr("/v3/lease/revoke"))
        << "so that it never lands";
}

TEST_F(Lease, OfAnotherIsWaitedForAndNamed) {
    play(R"({"kvs":[{"key":"ZmxlZXQvbGVhc2U=","create_revision":"3","mod_revision":"3",
        "value":"eyJuYW1lIjoib3RoZXIiLCJzaW5jZSI6MTAwMH0="}],"count":"1"})");
    const auto taken = sim_.run(lease_.try_once());
    ASSERT_TRUE(taken);
    EXPECT_FALSE(*taken);
    ASSERT_TRUE(lease_.holder());
    EXPECT_EQ(to_text(*lease_.holder()), "other since 1970-01-01T00:00:01.000Z");
    EXPECT_FALSE(lease_.is_held());
}

TEST_F(Lease, IsNotWaitedForWhereNobodyIsLetIn) {
    tape_.play(HttpResponse(403, R"({"message":"etcdserver: permission denied","code":7})"));
    const auto done = sim_.run(lease_.campaign());
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind(), ErrorKind::Denied);
}

/// By a real server, in real time.
class RealLease : public ::testing::Test {
  protected:
    void SetUp() override {
        if (server_ == nullptr) {
            GTEST_SKIP() << "etcd is not installed here";
        }
        one_ = process(1);
        two_ = process(2);
        ASSERT_TRUE(*driver_->run(one_->lease.try_once()));
    }
    std::unique_ptr<testing::EtcdProcess> process(std::uint64_t seed) {
        LeaseTerms terms;
        terms.length = 4s;
        terms.renewal = 1s;
        terms.margin = 1s;
        terms.look = 100ms;
        return std::make_unique<testing::EtcdProcess>(
            *driver_, server_->url(), prefix_, seed, terms);
    }
    /// How long the second one waits.
    Duration campaign() {
        const auto began = driver_->clock().now().mono;
        EXPECT_TRUE(driver_->run(two_->lease.campaign()));
        EXPECT_TRUE(two_->lease.is_held());
        return driver_->clock().now().mono - began;
    }

    testing::EtcdServer* server_ = testing::shared_etcd();
    std::unique_ptr<testing::Driver> driver_ = testing::live_driver();
    std::string prefix_ = testing::fresh_prefix();
    std::unique_ptr<testing::EtcdProcess> one_;
    std::unique_ptr<testing::EtcdProcess> two_;
};

TEST_F(RealLease, GoesToTheNextAtOnceAfterACleanStop) {
    const auto first = one_->lease.token();
    ASSERT_TRUE(driver_->run(one_->lease.resign()));
    EXPECT_FALSE(one_->lease.is_held());
    EXPECT_LE(campaign(), 1s);
    EXPECT_GT(two_->lease.token(), first) << "tokens grow";
}

TEST_F(RealLease, GoesToTheNextWhenItsHolderIsSilentAndNotBeforeItStopped) {
    const auto until = *one_->lease.held_until();
    const auto waited = campaign();
    EXPECT_GT(driver_->clock().now().mono, until) << "the first one stopped before";
    EXPECT_LE(waited, 6s);
}

TEST_F(RealLease, StaysWithWhoRenewsIt) {
    const auto kept = testing::start(driver_->executor(), one_->lease.keep());
    const auto waits = testing::start(driver_->executor(), two_->lease.campaign());
    driver_->wait(6s);
    EXPECT_TRUE(one_->lease.is_held());
    EXPECT_FALSE(waits->ended);
    EXPECT_FALSE(kept->ended);
    EXPECT_EQ(two_->lease.holder()->token, one_->lease.token());
    ASSERT_TRUE(driver_->run(one_->lease.resign()));
    EXPECT_TRUE(driver_->run_until([&] { return waits->ended && kept->ended; }));
}

TEST_F(RealLease, IsKnownByItsKeyWhenTheAnswerWasLost) {
    ASSERT_TRUE(driver_->run(one_->lease.resign()));
    two_->mishaps.on("/v3/kv/txn");
    two_->mishaps.next(testing::Mishaps::What::ReplyLost);
    const auto taken = driver_->run(two_->lease.try_once());
    ASSERT_TRUE(taken) << taken.error().message();
    EXPECT_TRUE(*taken);
    EXPECT_GT(two_->lease.token(), 0);
}

}  // namespace
}  // namespace wavegate::store
