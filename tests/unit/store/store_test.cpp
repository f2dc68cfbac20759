#include "operator/store/codec.hpp"
#include "operator/store/memory_store.hpp"
#include "operator/store/sqlite.hpp"
#include "operator/store/sqlite_store.hpp"
#include "tests/support/changed_record.hpp"
#include "tests/support/driver.hpp"
#include "tests/support/inline_blocking.hpp"
#include "tests/unit/store/etcd_site.hpp"
#include "tests/unit/store/folder.hpp"
#include "tests/unit/store/sample.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

// What every store promises, asked of each.
namespace wavegate::store {
namespace {

using testing::at;
using ::testing::ElementsAre;

class Medium {
  public:
    virtual ~Medium() = default;
    /// Can it be had here?
    virtual bool is_there() { return true; }
    /// May who waits for it read it while another has it?
    virtual bool is_looked_at_meanwhile() { return false; }
    /// A new process's store on the same medium.
    virtual std::unique_ptr<Store> open() = 0;
    /// Of which rollouts a record is kept, oldest first; asked while no store is open.
    virtual std::vector<std::string> rollouts() = 0;
};

class InMemory final : public Medium {
  public:
    std::unique_ptr<Store> open() override { return std::make_unique<MemoryStore>(disk_); }
    std::vector<std::string> rollouts() override {
        std::vector<std::string> ids;
        for (const auto& record : disk_.past) {
            ids.push_back(record.id());
        }
        ids.push_back(disk_.kept.record.id());
        return ids;
    }

    std::unique_ptr<testing::Driver> driver = testing::simulated_driver();

  private:
    MemoryDisk disk_;
};

class InAFile final : public Medium {
  public:
    std::unique_ptr<Store> open() override {
        return std::make_unique<SqliteStore>(folder_.file("store.db"), blocking_);
    }
    std::vector<std::string> rollouts() override {
        std::vector<std::string> ids;
        auto connection = SqlConnection::open(folder_.file("store.db"));
        EXPECT_TRUE(connection->query(
            "SELECT id FROM record WHERE kind = 'rollout' ORDER BY seq", [&](const SqlRow& row) {
                ids.push_back(row.bytes(0));
                return Result<void>();
            }));
        return ids;
    }

    std::unique_ptr<testing::Driver> driver = testing::simulated_driver();

  private:
    testing::Folder folder_;
    testing::InlineBlocking blocking_;
};

class InEtcd final : public Medium {
  public:
    bool is_there() override { return server_ != nullptr; }
    bool is_looked_at_meanwhile() override { return true; }
    std::unique_ptr<Store> open() override { return process(); }
    std::vector<std::string> rollouts() override {
        std::vector<std::string> ids;
        const auto contents = driver->run(process()->store.contents());
        EXPECT_TRUE(contents);
        for (const auto& record : contents->records) {
            ids.push_back(record.id);
        }
        return ids;
    }

    std::unique_ptr<testing::Driver> driver = testing::live_driver();

  private:
    std::unique_ptr<testing::EtcdProcess> process() {
        return std::make_unique<testing::EtcdProcess>(
            *driver, server_->url(), prefix_, ++processes_);
    }

    testing::EtcdServer* server_ = testing::shared_etcd();
    std::string prefix_ = testing::fresh_prefix();
    std::uint64_t processes_ = 0;
};

template <class T>
class AnyStore : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!medium_.is_there()) {
            GTEST_SKIP() << "etcd is not installed here";
        }
        restart();
    }
    template <class Value>
    Value run(asio::awaitable<Value> task) {
        return medium_.driver->run(std::move(task));
    }
    [[nodiscard]] Time now() { return medium_.driver->clock().now(); }
    Snapshot load() {
        auto snapshot = run(store_->load(now()));
        EXPECT_TRUE(snapshot) << snapshot.error().message();
        return snapshot ? std::move(*snapshot) : Snapshot();
    }
    Result<std::uint64_t> commit(Batch batch, std::uint64_t expected) {
        return run(store_->commit(std::move(batch), expected));
    }
    /// The process ends, and another begins.
    void restart() {
        store_.reset();
        store_ = medium_.open();
    }

    T medium_;
    std::unique_ptr<Store> store_;
};
using Media = ::testing::Types<InMemory, InAFile, InEtcd>;
TYPED_TEST_SUITE(AnyStore, Media);

Batch full_batch() {
    Batch batch;
    batch.record = testing::sample_record();
    batch.evidence = {testing::sample_evidence()};
    batch.intents = {testing::sample_intent()};
    batch.words = {testing::sample_word()};
    batch.events = {testing::sample_event()};
    batch.audit = {testing::sample_audit()};
    Revision revision;
    revision.id = "abc";
    revision.ancestry = Ancestry::Descends;
    revision.files = {{"fleet.yaml", "kind: Fleet\n"}, {"odd", std::string("\0\xff\n", 3)}};
    batch.last_good = revision;
    return batch;
}

Evidence evidence(CheckKind kind, std::string subject, std::int64_t taken) {
    Evidence out;
    out.kind = kind;
    out.subject = std::move(subject);
    out.taken = at(taken);
    return out;
}

Intent intent(std::string id, std::string target, IntentState state, std::int64_t settled) {
    Intent out;
    out.id = std::move(id);
    out.target = std::move(target);
    out.kind = "flip";
    out.state = state;
    out.at = at(1);
    out.settled = at(settled);
    return out;
}

std::vector<std::string> ids(const IntentLog& intents) {
    std::vector<std::string> out;
    for (const auto& one : intents) {
        out.push_back(one.id);
    }
    return out;
}

TYPED_TEST(AnyStore, StartsEmptyAtVersionZero) {
    const auto snapshot = this->load();
    EXPECT_EQ(snapshot.version, 0U);
    EXPECT_EQ(snapshot.record.id(), "");
    EXPECT_TRUE(snapshot.ledger.evidence.empty());
    EXPECT_FALSE(snapshot.last_good);
}

TYPED_TEST(AnyStore, KeepsEveryPartOfABatchOverARestart) {
    const auto version = this->commit(full_batch(), 0);
    ASSERT_TRUE(version);
    EXPECT_EQ(*version, 1U);
    this->restart();
    const auto snapshot = this->load();
    EXPECT_EQ(snapshot.version, 1U);
    EXPECT_EQ(encode(snapshot.record), encode(testing::sample_record()));
    ASSERT_EQ(snapshot.ledger.evidence.size(), 1U);
    EXPECT_EQ(encode(snapshot.ledger.evidence[0]), encode(testing::sample_evidence()));
    ASSERT_EQ(snapshot.ledger.intents.size(), 1U);
    EXPECT_EQ(encode(snapshot.ledger.intents[0]), encode(testing::sample_intent()));
    ASSERT_EQ(snapshot.ledger.words.size(), 1U);
    EXPECT_EQ(encode(snapshot.ledger.words[0]), encode(testing::sample_word()));
    ASSERT_EQ(snapshot.events.size(), 1U);
    EXPECT_EQ(encode(snapshot.events[0]), encode(testing::sample_event()));
    ASSERT_TRUE(snapshot.last_good);
    EXPECT_EQ(snapshot.last_good->id, "abc");
    EXPECT_EQ(snapshot.last_good->ancestry, Ancestry::Descends);
    EXPECT_EQ(snapshot.last_good->files, full_batch().last_good->files);
}

TYPED_TEST(AnyStore, LeavesAbsentPartsAsTheyAre) {
    ASSERT_TRUE(this->commit(full_batch(), 0));
    Batch batch;
    batch.events = {testing::sample_event("second")};
    ASSERT_TRUE(this->commit(batch, 1));
    const auto snapshot = this->load();
    EXPECT_EQ(snapshot.version, 2U);
    EXPECT_EQ(snapshot.record.id(), "rollout-1");
    EXPECT_EQ(snapshot.ledger.evidence.size(), 1U);
    EXPECT_EQ(snapshot.last_good->id, "abc");
    ASSERT_EQ(snapshot.events.size(), 2U);
    EXPECT_EQ(snapshot.events[1].message, "second");
}

TYPED_TEST(AnyStore, RefusesAnUnexpectedVersionAndChangesNothing) {
    ASSERT_TRUE(this->commit(full_batch(), 0));
    for (const std::uint64_t expected : {0U, 2U}) {
        const auto refused = this->commit(full_batch(), expected);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().kind(), ErrorKind::Conflict);
        EXPECT_EQ(refused.error().effect(), Effect::None);
    }
    EXPECT_EQ(this->load().version, 1U);
    EXPECT_EQ(this->load().events.size(), 1U);
}

TYPED_TEST(AnyStore, ReplacesAnIntentInItsPlace) {
    Batch first;
    first.intents = {
        intent("a", "stack/a", IntentState::Open, 0), intent("b", "stack/b", IntentState::Open, 0)};
    ASSERT_TRUE(this->commit(first, 0));
    Batch second;
    second.intents = {intent("a", "stack/a", IntentState::Written, 5)};
    ASSERT_TRUE(this->commit(second, 1));
    const auto snapshot = this->load();
    EXPECT_THAT(ids(snapshot.ledger.intents), ElementsAre("a", "b"));
    EXPECT_EQ(snapshot.ledger.intents[0].state, IntentState::Written);
}

TYPED_TEST(AnyStore, ReplacesTheLastGoodRevisionWhole) {
    ASSERT_TRUE(this->commit(full_batch(), 0));
    Batch batch;
    Revision revision;
    revision.id = "def";
    revision.files = {{"other.yaml", ""}};
    batch.last_good = revision;
    ASSERT_TRUE(this->commit(batch, 1));
    this->restart();
    const auto snapshot = this->load();
    EXPECT_EQ(snapshot.last_good->id, "def");
    EXPECT_EQ(snapshot.last_good->files, revision.files);
}

Batch of_rollout(std::string id) {
    Batch batch;
    batch.record = testing::changed(
        testing::sample_record(), [&](RolloutFields& fields) { fields.id = std::move(id); });
    return batch;
}

TYPED_TEST(AnyStore, KeepsARecordForEachRolloutAndLoadsTheOneInForce) {
    ASSERT_TRUE(this->commit(of_rollout("one"), 0));
    ASSERT_TRUE(this->commit(of_rollout("two"), 1));
    ASSERT_TRUE(this->commit(of_rollout("two"), 2)) << "in its own row";
    this->restart();
    EXPECT_EQ(this->load().record.id(), "two");
    this->store_.reset();
    EXPECT_THAT(this->medium_.rollouts(), ElementsAre("one", "two"));
}

TYPED_TEST(AnyStore, PrunesOldRolloutsButThoseThatAnOpenIntentNames) {
    Batch first;
    first.intents = {
        intent("a", "stack/a", IntentState::Open, 0), intent("b", "stack/b", IntentState::Lost, 0)};
    first.intents[0].rollout = "r1";
    first.intents[1].rollout = "r3";
    ASSERT_TRUE(this->commit(first, 0));
    constexpr std::uint64_t rollouts = 54;
    for (std::uint64_t i = 0; i < rollouts; ++i) {
        ASSERT_TRUE(this->commit(of_rollout("r" + std::to_string(i)), i + 1));
    }
    ASSERT_TRUE(this->run(this->store_->prune(Wall())));
    this->restart();
    EXPECT_EQ(this->load().record.id(), "r53");
    this->store_.reset();
    const auto left = this->medium_.rollouts();
    ASSERT_EQ(left.size(), 52U) << "the newest 50 and two that are not settled";
    EXPECT_THAT(std::vector(left.begin(), left.begin() + 3), ElementsAre("r1", "r3", "r4"));
}

TYPED_TEST(AnyStore, ForgetsTheRecordOfNoRollout) {
    ASSERT_TRUE(this->commit(of_rollout(""), 0));
    ASSERT_TRUE(this->run(this->store_->prune(Wall())));
    EXPECT_EQ(encode(this->load().record), encode(*of_rollout("").record)) << "it is in force";
    ASSERT_TRUE(this->commit(of_rollout("one"), 1));
    ASSERT_TRUE(this->run(this->store_->prune(Wall())));
    this->store_.reset();
    EXPECT_THAT(this->medium_.rollouts(), ElementsAre("one"));
}

TYPED_TEST(AnyStore, LoadsTheNewestThousandEventsOldestFirst) {
    Batch batch;
    for (int i = 0; i < 1003; ++i) {
        batch.events.push_back(testing::sample_event(std::to_string(i)));
    }
    ASSERT_TRUE(this->commit(batch, 0));
    const auto snapshot = this->load();
    ASSERT_EQ(snapshot.events.size(), 1000U);
    EXPECT_EQ(snapshot.events.front().message, "3");
    EXPECT_EQ(snapshot.events.back().message, "1002");
}

TYPED_TEST(AnyStore, ShiftsTimesToTheProcessThatLoads) {
    Batch batch;
    batch.events = {testing::sample_event()};
    Time now = this->now();
    batch.events[0].at.wall = now.wall - std::chrono::minutes(2);
    ASSERT_TRUE(this->commit(batch, 0));
    // After a restart of the machine the monotonic clock counts from anew.
    now.mono = Mono(std::chrono::seconds(7));
    this->restart();
    const auto snapshot = this->run(this->store_->load(now));
    ASSERT_TRUE(snapshot);
    EXPECT_EQ(now.mono - snapshot->events.at(0).at.mono, std::chrono::minutes(2));
}

TYPED_TEST(AnyStore, PrunesOldEvidenceButTheNewestOfEachKindAndSubject) {
    Batch batch;
    batch.evidence = {
        evidence(CheckKind::Direct, "a", 10),
        evidence(CheckKind::Direct, "b", 20),
        evidence(CheckKind::Direct, "a", 30),
        evidence(CheckKind::Through, "a", 40),
        evidence(CheckKind::Direct, "a", 50)};
    ASSERT_TRUE(this->commit(batch, 0));
    ASSERT_TRUE(this->run(this->store_->prune(Wall(Duration(30)))));
    std::vector<std::int64_t> left;
    for (const auto& one : this->load().ledger.evidence) {
        left.push_back(one.taken.wall.time_since_epoch().count());
    }
    EXPECT_THAT(left, ElementsAre(20, 30, 40, 50));
    EXPECT_EQ(this->load().version, 1U) << "nobody's expectation is broken by it";
}

TYPED_TEST(AnyStore, PrunesOldSettledIntentsThatNothingLeansOn) {
    Batch batch;
    batch.record = testing::changed(testing::sample_record(), [](RolloutFields& fields) {
        std::get<state::Probing>(fields.members[0].state).flight.intent = "named";
    });
    batch.intents = {
        intent("old", "stack/a", IntentState::Written, 10),
        intent("named", "stack/a", IntentState::Written, 10),
        intent("unknown", "stack/a", IntentState::Lost, 10),
        intent("open", "stack/a", IntentState::Open, 0),
        intent("young", "stack/a", IntentState::Dropped, 99),
        intent("newest", "stack/a", IntentState::Written, 10)};
    ASSERT_TRUE(this->commit(batch, 0));
    ASSERT_TRUE(this->run(this->store_->prune(Wall(Duration(50)))));
    this->restart();
    EXPECT_THAT(
        ids(this->load().ledger.intents),
        ElementsAre("named", "unknown", "open", "young", "newest"));
}

TYPED_TEST(AnyStore, IsHeldByOneUntilItGoes) {
    this->load();
    auto second = this->medium_.open();
    const auto seen = this->run(second->load(this->now()));
    ASSERT_EQ(seen.has_value(), this->medium_.is_looked_at_meanwhile());
    if (!seen) {
        EXPECT_EQ(seen.error().kind(), ErrorKind::Conflict);
    }
    EXPECT_FALSE(this->run(second->commit(Batch(), 0)));
    EXPECT_TRUE(this->commit(full_batch(), 0)) << "the first one is not disturbed";

    this->store_.reset();
    const auto taken = this->run(second->load(this->now()));
    ASSERT_TRUE(taken);
    EXPECT_EQ(taken->version, 1U);
}

}  // namespace
}  // namespace wavegate::store
