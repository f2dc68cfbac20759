#include "operator/store/etcd_store.hpp"

#include "operator/store/codec.hpp"
#include "tests/support/changed_record.hpp"
#include "tests/unit/store/etcd_site.hpp"
#include "tests/unit/store/sample.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

// A store in a real etcd, and what happens to its requests on their way.
namespace wavegate::store {
namespace {

using testing::EtcdProcess;
using What = testing::Mishaps::What;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kTxn = "/v3/kv/txn";

class StoreInEtcd : public ::testing::Test {
  protected:
    void SetUp() override {
        if (server_ == nullptr) {
            GTEST_SKIP() << "etcd is not installed here";
        }
        one_ = another();
        ASSERT_TRUE(run(one_->load(now())));
        ASSERT_TRUE(commit("first", 0));
    }
    template <class T>
    T run(asio::awaitable<T> task) {
        return driver_->run(std::move(task));
    }
    [[nodiscard]] Time now() { return driver_->clock().now(); }
    std::unique_ptr<EtcdProcess> another(LeaseTerms terms = testing::long_terms()) {
        return std::make_unique<EtcdProcess>(
            *driver_, server_->url(), prefix_, ++processes_, terms);
    }
    /// An event, and a record of that name.
    static Batch batch_of(const std::string& name) {
        Batch batch;
        batch.record = testing::changed(
            testing::sample_record(), [&](RolloutFields& fields) { fields.id = name; });
        batch.events = {testing::sample_event(name)};
        return batch;
    }
    Result<std::uint64_t> commit(const std::string& name, std::uint64_t expected) {
        return run(one_->commit(batch_of(name), expected));
    }
    /// What the next process would load: events by their messages, and the record's id.
    std::string stored() {
        EtcdStore looking(one_->client, random_, prefix_);
        const auto snapshot = run(looking.load(now()));
        EXPECT_TRUE(snapshot) << snapshot.error().message();
        auto text = std::to_string(snapshot->version) + " " + snapshot->record.id() + ":";
        for (const auto& event : snapshot->events) {
            text += " " + event.message;
        }
        return text;
    }
    /// The lease ends, as after a pause that was too long, and another takes it.
    std::unique_ptr<EtcdProcess> taken_over() {
        auto taker = another();
        EXPECT_TRUE(run(one_->client.commit(deletion_of(prefix_ + "lease"))));
        EXPECT_TRUE(run(taker->load(now())));
        EXPECT_TRUE(taker->lease.is_held());
        return taker;
    }
    static etcd::Txn deletion_of(const std::string& key) {
        etcd::Txn txn;
        txn.deletes.emplace_back(key);
        return txn;
    }
    void expect_error(const Result<std::uint64_t>& done, ErrorKind kind, Effect effect) {
        ASSERT_FALSE(done);
        EXPECT_EQ(done.error().kind(), kind) << done.error().message();
        EXPECT_EQ(done.error().effect(), effect) << done.error().message();
    }

    testing::EtcdServer* server_ = testing::shared_etcd();
    std::unique_ptr<testing::Driver> driver_ = testing::live_driver();
    std::string prefix_ = testing::fresh_prefix();
    testing::SeededRandom random_{99};
    std::uint64_t processes_ = 0;
    std::unique_ptr<EtcdProcess> one_;
};

TEST_F(StoreInEtcd, IsTheSameForEachProcessAndHeldAsLongAsItsLease) {
    const auto identity = one_->store.identity();
    EXPECT_FALSE(identity.empty());
    EXPECT_EQ(one_->store.held_until(), one_->lease.held_until());

    const auto taker = taken_over();
    EXPECT_EQ(taker->store.identity(), identity) << "cluster and prefix, no machine";
    EXPECT_FALSE(commit("late", 1));
    EXPECT_EQ(one_->store.held_until(), Mono::min()) << "it knows by now";
    EtcdStore elsewhere(one_->client, random_, prefix_ + "other/");
    ASSERT_TRUE(run(elsewhere.load(now())));
    EXPECT_NE(elsewhere.identity(), identity);
}

TEST_F(StoreInEtcd, KnowsACommitWhoseAnswerWasLost) {
    one_->mishaps.next(What::ReplyLost);
    const auto done = commit("second", 1);
    ASSERT_TRUE(done) << done.error().message();
    EXPECT_EQ(*done, 2U);
    EXPECT_EQ(stored(), "2 second: first second");
    EXPECT_TRUE(commit("third", 2));
}

TEST_F(StoreInEtcd, TellsThatNothingCameOfACommitThatNeverArrived) {
    one_->mishaps.next(What::RequestLost);
    expect_error(commit("lost", 1), ErrorKind::Unavailable, Effect::None);
    EXPECT_EQ(stored(), "1 first: first");
    EXPECT_TRUE(commit("second", 1));
    EXPECT_EQ(stored(), "2 second: first second");
}

TEST_F(StoreInEtcd, LetsNoCommitLandThatItGaveUp) {
    one_->mishaps.next(What::Late);
    expect_error(commit("late", 1), ErrorKind::Unavailable, Effect::None);
    EXPECT_TRUE(run(one_->mishaps.deliver()));
    EXPECT_EQ(stored(), "1 first: first");
}

TEST_F(StoreInEtcd, KnowsNothingWhereNobodyAnswersAndFindsOutLater) {
    one_->mishaps.next(What::ReplyLost);
    one_->mishaps.next(What::RequestLost);
    expect_error(commit("second", 1), ErrorKind::Unavailable, Effect::Maybe);
    EXPECT_EQ(stored(), "2 second: first second");
    expect_error(commit("other", 1), ErrorKind::Conflict, Effect::None);
    EXPECT_EQ(stored(), "2 second: first second");
    EXPECT_TRUE(commit("third", 2));
}

TEST_F(StoreInEtcd, GoesOnWhereAnUnknownCommitDidNotLand) {
    one_->mishaps.next(What::Late);
    one_->mishaps.next(What::ReplyLost);
    expect_error(commit("late", 1), ErrorKind::Unavailable, Effect::Maybe);
    const auto done = commit("second", 1);
    ASSERT_TRUE(done) << done.error().message();
    EXPECT_TRUE(run(one_->mishaps.deliver()));
    EXPECT_EQ(stored(), "2 second: first second");
}

TEST_F(StoreInEtcd, TakesARequestThatWasSentTwiceForOne) {
    one_->mishaps.next(What::Late);
    one_->mishaps.next(What::Refused);  // nobody to touch the version key
    expect_error(commit("second", 1), ErrorKind::Unavailable, Effect::Maybe);
    EXPECT_TRUE(run(one_->mishaps.deliver()));
    EXPECT_EQ(stored(), "2 second: first second");
    expect_error(commit("second", 1), ErrorKind::Conflict, Effect::None);
}

TEST_F(StoreInEtcd, HoldsAClusterWithoutLeaderForUnavailable) {
    const std::string body = R"({"error":"etcdserver: no leader","code":14})";
    one_->mishaps.answer(503, body);
    expect_error(commit("lost", 1), ErrorKind::Unavailable, Effect::None);
    one_->mishaps.answer(503, body);
    one_->mishaps.answer(503, body);
    expect_error(commit("lost", 1), ErrorKind::Unavailable, Effect::Maybe);
    EXPECT_TRUE(commit("second", 1));
    one_->mishaps.answer(503, body);
    EXPECT_FALSE(run(one_->check()));
    EXPECT_TRUE(run(one_->check()));
}

TEST_F(StoreInEtcd, WritesNothingUnderALeaseThatItLost) {
    const auto taker = taken_over();
    EXPECT_TRUE(one_->lease.is_held()) << "by its own count";
    EXPECT_FALSE(run(one_->check()));
    expect_error(commit("stale", 1), ErrorKind::Conflict, Effect::None);
    EXPECT_FALSE(one_->lease.is_held()) << "now it knows";
    EXPECT_EQ(stored(), "1 first: first");
    EXPECT_TRUE(run(taker->commit(batch_of("second"), 1)));
    EXPECT_EQ(stored(), "2 second: first second");
}

TEST_F(StoreInEtcd, RefusesWhatItsPredecessorSentAndArrivesLate) {
    one_->mishaps.next(What::Late);
    one_->mishaps.next(What::RequestLost);
    expect_error(commit("stale", 1), ErrorKind::Unavailable, Effect::Maybe);
    const auto taker = taken_over();
    EXPECT_TRUE(run(one_->mishaps.deliver()));
    EXPECT_EQ(stored(), "1 first: first");
    EXPECT_TRUE(run(taker->commit(batch_of("second"), 1)));
    expect_error(commit("stale", 1), ErrorKind::Conflict, Effect::None);
}

TEST_F(StoreInEtcd, DoesNotClaimWhatAnotherBuiltOn) {
    one_->mishaps.next(What::ReplyLost);
    one_->mishaps.next(What::RequestLost);
    expect_error(commit("second", 1), ErrorKind::Unavailable, Effect::Maybe);
    const auto taker = taken_over();
    ASSERT_TRUE(run(taker->commit(batch_of("third"), 2)));
    expect_error(commit("other", 1), ErrorKind::Conflict, Effect::None);
    EXPECT_EQ(stored(), "3 third: first second third");
}

TEST_F(StoreInEtcd, IsLookedAtWithoutALeaseAndNotWrittenTo) {
    EtcdStore looking(one_->client, random_, prefix_);
    EXPECT_TRUE(run(looking.load(now())));
    expect_error(run(looking.commit(batch_of("second"), 1)), ErrorKind::Conflict, Effect::None);
    EXPECT_EQ(stored(), "1 first: first");
}

TEST_F(StoreInEtcd, IsLookedAtByWhoWaitsForItAndThatTellsWhenItChanged) {
    auto waiting = another();
    EXPECT_TRUE(run(waiting->store.load(now())));
    EXPECT_TRUE(run(waiting->store.check()));
    EXPECT_EQ(waiting->store.held_until(), Mono::min());
    expect_error(
        run(waiting->store.commit(batch_of("second"), 1)), ErrorKind::Conflict, Effect::None);

    ASSERT_TRUE(commit("second", 1));
    const auto changed = run(waiting->store.check());
    ASSERT_FALSE(changed);
    EXPECT_EQ(changed.error().kind(), ErrorKind::Conflict);
    EXPECT_FALSE(run(waiting->lease.try_once()).value());
    EXPECT_EQ(waiting->store.leader().holder, "test");
    EXPECT_EQ(run(waiting->store.load(now()))->version, 2U);
}

TEST_F(StoreInEtcd, OfANewerVersionIsRefusedByItsName) {
    etcd::Txn txn;
    txn.puts.emplace_back(prefix_ + "version", R"({"version":7,"schema":2,"writtenBy":"0.9.0"})");
    ASSERT_TRUE(run(one_->client.commit(std::move(txn))));
    const auto refused = run(one_->load(now()));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), ErrorKind::Invalid);
    EXPECT_THAT(
        refused.error().message(),
        HasSubstr("wavegate 0.9.0 wrote it: its schema 2 is newer than this version's 1"));
}

/// Of a fleet of that many services, with an event for each.
Batch large_batch(std::size_t services, const std::string& name) {
    Batch batch;
    batch.record = testing::changed(testing::sample_record(), [&](RolloutFields& fields) {
        fields.id = "large";
        fields.members.assign(services, testing::sample_member());
        for (std::size_t i = 0; i < services; ++i) {
            fields.members[i].service = name + std::to_string(i);
        }
    });
    batch.events.assign(services, testing::sample_event(name + std::string(200, '.')));
    batch.evidence.assign(services, testing::sample_evidence());
    return batch;
}

TEST_F(StoreInEtcd, TakesABatchThatNoTransactionTakes) {
    const auto batch = large_batch(6000, "service-");
    ASSERT_GT(encode(*batch.record).size(), std::size_t{3} << 19U) << "over 1.5 MiB alone";
    ASSERT_TRUE(run(one_->commit(batch, 1)));
    const auto snapshot = run(one_->load(now()));
    ASSERT_TRUE(snapshot);
    EXPECT_EQ(encode(snapshot->record), encode(*batch.record));
    EXPECT_EQ(snapshot->ledger.evidence.size(), 6000U);
    EXPECT_EQ(snapshot->events.size(), 1000U);
}

TEST_F(StoreInEtcd, ShowsNothingOfABatchThatEndedHalfway) {
    one_->mishaps.on(kTxn);
    for (int whole = 0; whole < 5; ++whole) {
        SCOPED_TRACE(whole);
        for (int i = 0; i < whole; ++i) {
            one_->mishaps.next(What::Nothing);
        }
        one_->mishaps.next(What::Refused);
        expect_error(
            run(one_->commit(large_batch(3000, "half-"), 1)), ErrorKind::Unavailable, Effect::None);
        EXPECT_EQ(stored(), "1 first: first");
    }
    ASSERT_TRUE(commit("second", 1));
    EXPECT_EQ(stored(), "2 second: first second") << "nor with the next commit";
    EXPECT_EQ(run(one_->load(now()))->ledger.evidence.size(), 0U);
}

TEST_F(StoreInEtcd, WritesOfALargeRecordWhatChanged) {
    auto batch = large_batch(6000, "service-");
    ASSERT_TRUE(run(one_->commit(batch, 1)));
    const auto before = one_->mishaps.bytes();
    Batch next;
    next.record = testing::changed(
        *batch.record, [](RolloutFields& fields) { fields.members[4000].state = state::Ready{}; });
    ASSERT_TRUE(run(one_->commit(next, 2)));
    EXPECT_LT(one_->mishaps.bytes() - before, 60'000U);
    EXPECT_EQ(encode(run(one_->load(now()))->record), encode(*next.record));
}

TEST_F(StoreInEtcd, LoadsAnewWhatWasCompactedWhileItRead) {
    one_->mishaps.next(What::Nothing);
    one_->mishaps.answer(
        400, R"({"error":"etcdserver: mvcc: required revision has been compacted","code":11})");
    const auto snapshot = run(one_->load(now()));
    ASSERT_TRUE(snapshot) << snapshot.error().message();
    EXPECT_EQ(snapshot->record.id(), "first");
}

TEST_F(StoreInEtcd, ForgetsWhatWasBeforeTheLastPrune) {
    ASSERT_TRUE(run(one_->prune(Wall())));
    const auto old = run(one_->client.range(etcd::Range(prefix_ + "version")))->revision - 1;
    etcd::Range then(prefix_ + "version");
    then.revision = old;
    ASSERT_TRUE(commit("second", 1));
    EXPECT_TRUE(run(one_->client.range(then))) << "left to whoever else watches";
    ASSERT_TRUE(run(one_->prune(Wall())));
    const auto gone = run(one_->client.range(then));
    ASSERT_FALSE(gone);
    EXPECT_TRUE(etcd::is_compacted(gone.error()));
    EXPECT_EQ(stored(), "2 second: first second");
}

TEST_F(StoreInEtcd, PrunesAnIntentToWhatBecameOfIt) {
    for (std::uint64_t version = 1; version < 5; ++version) {
        Batch batch;
        batch.intents = {testing::sample_intent()};
        batch.intents[0].note = std::to_string(version);
        ASSERT_TRUE(run(one_->commit(batch, version)));
    }
    ASSERT_TRUE(run(one_->prune(Wall())));
    const auto contents = run(one_->store.contents());
    ASSERT_TRUE(contents);
    ASSERT_EQ(contents->intents.size(), 1U);
    EXPECT_THAT(contents->intents[0], HasSubstr(R"("note":"4")"));
}

TEST_F(StoreInEtcd, PrunesPartsThatNothingNames) {
    ASSERT_TRUE(run(one_->commit(large_batch(200, "a-"), 1)));
    etcd::Txn txn;
    txn.puts.emplace_back(prefix_ + "part/record/rollout/large/stray", "left by a commit");
    ASSERT_TRUE(run(one_->client.commit(std::move(txn))));
    ASSERT_TRUE(run(one_->prune(Wall())));
    etcd::Range parts(prefix_ + "part/", etcd::end_of(prefix_ + "part/"));
    parts.keys_only = true;
    const auto left = run(one_->client.range(parts));
    ASSERT_TRUE(left);
    for (const auto& part : left->pairs) {
        EXPECT_THAT(part.key, Not(HasSubstr("stray")));
    }
    EXPECT_TRUE(run(one_->load(now())));
}

TEST_F(StoreInEtcd, KeepsItsCommitsWhenTheServerIsKilled) {
    server_->kill();
    EXPECT_FALSE(commit("lost", 1));
    server_->start_again();
    EXPECT_EQ(stored(), "1 first: first");
    EXPECT_TRUE(commit("second", 1)) << "the lease is there again, too";
}

}  // namespace
}  // namespace wavegate::store
