// What counts while the store takes nothing, and what becomes of it.
#include "reconcilers/fleet/journal.hpp"

#include "operator/base/task_group.hpp"
#include "operator/store/memory_store.hpp"
#include "tests/support/changed_record.hpp"
#include "tests/support/simulation.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace wavegate::fleet {
namespace {

Batch record_named(const std::string& id) {
    Batch batch;
    batch.record =
        testing::changed(RolloutRecord(), [&](RolloutFields& fields) { fields.id = id; });
    return batch;
}

Batch evidence_about(const std::string& subject) {
    Evidence evidence;
    evidence.kind = CheckKind::Through;
    evidence.subject = subject;
    Batch batch;
    batch.evidence.push_back(std::move(evidence));
    return batch;
}

/// An open journal on a disk that a test fills.
class Journals : public ::testing::Test {
  protected:
    Journals() { EXPECT_TRUE(sim_.run(journal_.open())); }

    bool commit(Batch batch) { return sim_.run(journal_.commit(std::move(batch))).has_value(); }
    bool keep(Batch batch) {
        return sim_.run(journal_.commit_or_keep(std::move(batch))).has_value();
    }
    bool knows(const std::string& subject) {
        return journal_.ledger()->latest(CheckKind::Through, subject) != nullptr;
    }
    bool has_stored(const std::string& subject) {
        return disk_.kept.ledger.latest(CheckKind::Through, subject) != nullptr;
    }

    testing::Simulation sim_;
    store::MemoryDisk disk_;
    store::MemoryStore store_{disk_};
    Journal journal_{store_, sim_.clock};
};

/// What was kept seems to be of now, or of later.
TEST_F(Journals, TakeNothingForFreshThatAnotherProcessAsked) {
    Batch batch;
    Evidence asked;
    asked.kind = CheckKind::Through;
    asked.subject = "a-mcp";
    asked.taken = sim_.clock.now();
    batch.evidence.push_back(asked);
    ASSERT_TRUE(commit(std::move(batch)));
    EXPECT_TRUE(
        journal_.ledger()->is_fresh(asked.taken, std::chrono::minutes(1), sim_.clock.now()));
    sim_.clock.set_wall_offset(-std::chrono::hours(2));
    ASSERT_TRUE(sim_.run(journal_.open()));
    const auto kept = journal_.ledger();
    const auto* known = kept->latest(CheckKind::Through, "a-mcp");
    EXPECT_FALSE(kept->is_fresh(known->taken, std::chrono::minutes(1), sim_.clock.now()));
    EXPECT_TRUE(kept->is_fresh(sim_.clock.now(), std::chrono::minutes(1), sim_.clock.now()));
}

/// A store that is waited for, as one in etcd.
class SharedStore final : public Store {
  public:
    SharedStore(Store& inner, store::MemoryDisk& disk) : inner_(inner), disk_(disk) {}
    Task<Snapshot> load(Time now) override {
        ++loads;
        seen_ = disk_.kept.version;
        return inner_.load(now);
    }
    Task<std::uint64_t> commit(Batch batch, std::uint64_t expected) override {
        return inner_.commit(std::move(batch), expected);
    }
    Task<void> check() override {
        if (seen_ != disk_.kept.version) {
            co_return Error(ErrorKind::Conflict, "another writes");
        }
        co_return Result<void>();
    }
    Task<void> prune(Wall before) override { return inner_.prune(before); }
    [[nodiscard]] Mono held_until() const override { return until; }

    Mono until = Mono::min();
    int loads = 0;

  private:
    Store& inner_;
    store::MemoryDisk& disk_;
    std::uint64_t seen_ = 0;
};

TEST_F(Journals, OfAStoreThatIsAnothersFollowsItAndCommitsNothing) {
    SharedStore shared(store_, disk_);
    Journal onlooker(shared, sim_.clock);
    ASSERT_TRUE(sim_.run(onlooker.open()));
    EXPECT_FALSE(onlooker.is_held());
    EXPECT_TRUE(onlooker.healthy());

    ASSERT_TRUE(commit(record_named("theirs")));
    EXPECT_FALSE(sim_.run(onlooker.commit_or_keep(evidence_about("a-mcp"))));
    EXPECT_EQ(disk_.kept.ledger.latest(CheckKind::Through, "a-mcp"), nullptr);
    EXPECT_EQ(onlooker.ledger()->latest(CheckKind::Through, "a-mcp"), nullptr);
    EXPECT_TRUE(onlooker.must_open());

    ASSERT_TRUE(sim_.run(onlooker.open()));
    ASSERT_TRUE(commit(record_named("theirs again")));
    sim_.run(onlooker.check());
    EXPECT_FALSE(onlooker.must_open()) << "not more often than every 5 s";
    sim_.advance(std::chrono::seconds(6));
    sim_.run(onlooker.check());
    EXPECT_TRUE(onlooker.must_open());
    ASSERT_TRUE(sim_.run(onlooker.open()));
    EXPECT_EQ(onlooker.record().id(), "theirs again");
    EXPECT_EQ(shared.loads, 3);
}

TEST_F(Journals, OfAStoreThatWasAnothersIsReadAgainBeforeAnythingElse) {
    SharedStore shared(store_, disk_);
    Journal next(shared, sim_.clock);
    ASSERT_TRUE(sim_.run(next.open()));
    EXPECT_FALSE(next.must_open());
    shared.until = Mono::max();
    EXPECT_TRUE(next.must_open()) << "what it saw as an onlooker may be old";
    ASSERT_TRUE(sim_.run(next.open()));
    EXPECT_FALSE(next.must_open());

    shared.until = Mono::min();
    sim_.run(next.check());
    shared.until = Mono::max();
    EXPECT_TRUE(next.must_open()) << "and again after each time that it was not its own";
}

TEST_F(Journals, ForgetWhatAFullDiskDidNotTake) {
    disk_.full = true;
    EXPECT_FALSE(commit(record_named("one")));
    EXPECT_EQ(journal_.record().id(), "");
    EXPECT_FALSE(journal_.healthy());
    EXPECT_FALSE(journal_.ledger()->takes_commits) << "planners begin nothing";

    disk_.full = false;
    EXPECT_TRUE(commit(Batch()));
    EXPECT_EQ(disk_.kept.record.id(), "");
    EXPECT_TRUE(journal_.ledger()->takes_commits);
}

TEST_F(Journals, KeepWhatWasSeenUntilTheDiskTakesIt) {
    disk_.full = true;
    EXPECT_FALSE(keep(evidence_about("a")));
    EXPECT_FALSE(keep(record_named("one")));
    EXPECT_TRUE(knows("a"));
    EXPECT_EQ(journal_.record().id(), "one");
    EXPECT_FALSE(has_stored("a"));

    disk_.full = false;
    EXPECT_TRUE(commit(evidence_about("b")));
    EXPECT_TRUE(has_stored("a"));
    EXPECT_TRUE(has_stored("b"));
    EXPECT_EQ(disk_.kept.record.id(), "one");
    EXPECT_TRUE(commit(Batch()));
    EXPECT_EQ(disk_.kept.ledger.evidence.size(), 2U) << "what was unsaved is stored once";
}

TEST_F(Journals, LeaveACommandThatCouldNotBeStoredUndoneAndWhatWasSeenKnown) {
    disk_.full = true;
    EXPECT_FALSE(keep(evidence_about("a")));
    EXPECT_FALSE(commit(record_named("paused")));
    EXPECT_EQ(journal_.record().id(), "");
    EXPECT_TRUE(knows("a"));
}

TEST_F(Journals, DropWhatIsUnsavedWhereSomebodyElseWrote) {
    disk_.full = true;
    EXPECT_FALSE(keep(evidence_about("a")));
    disk_.full = false;
    ++disk_.kept.version;
    EXPECT_FALSE(keep(evidence_about("b")));
    EXPECT_TRUE(journal_.must_open());
    EXPECT_FALSE(knows("b"));

    EXPECT_TRUE(sim_.run(journal_.open()));
    EXPECT_FALSE(knows("a"));
    EXPECT_TRUE(commit(Batch()));
    EXPECT_FALSE(has_stored("a"));
}

TEST_F(Journals, KeepTheNewestEventsOfADiskThatStaysFullAndSayHowManyWereLost) {
    disk_.full = true;
    for (int pass = 0; pass < 100; ++pass) {
        Batch batch = evidence_about(std::to_string(pass % 3));
        for (int i = 0; i < 12; ++i) {
            batch.events.emplace_back().reason = "Number" + std::to_string(pass * 12 + i);
        }
        EXPECT_FALSE(keep(std::move(batch)));
    }
    disk_.full = false;
    EXPECT_TRUE(commit(Batch()));
    const auto& events = disk_.kept.events;
    ASSERT_EQ(events.size(), 1'000U);
    EXPECT_EQ(events.front().reason, "Number201");
    EXPECT_EQ(events[998].reason, "Number1199");
    EXPECT_EQ(events.back().reason, "EventsLost");
    EXPECT_TRUE(events.back().message.starts_with("200 older events"));
    EXPECT_LT(disk_.kept.ledger.evidence.size(), 80U);

    Batch later;
    later.events.emplace_back();
    EXPECT_TRUE(commit(std::move(later)));
    EXPECT_EQ(events[998].reason, "EventsLost");
    EXPECT_EQ(events.back().reason, "") << "said once";
}

TEST_F(Journals, LeaveALedgerAsItIsForThoseWhoHoldIt) {
    const auto held = journal_.ledger();
    disk_.full = true;
    EXPECT_FALSE(keep(evidence_about("a")));
    EXPECT_TRUE(held->takes_commits);
    EXPECT_TRUE(held->evidence.empty());
}

/// A store that takes a second for each commit, and counts how many were in it at once.
class SlowStore final : public Store {
  public:
    SlowStore(Store& inner, Clock& clock) : inner_(inner), clock_(clock) {}
    Task<Snapshot> load(Time now) override { return inner_.load(now); }
    Task<std::uint64_t> commit(Batch batch, std::uint64_t expected) override {
        most = std::max(most, ++inside_);
        static_cast<void>(co_await clock_.sleep_until(clock_.now().mono + std::chrono::seconds(1)));
        auto version = co_await inner_.commit(std::move(batch), expected);
        --inside_;
        co_return version;
    }
    Task<void> check() override { return inner_.check(); }
    Task<void> prune(Wall before) override { return inner_.prune(before); }

    int most = 0;

  private:
    Store& inner_;
    Clock& clock_;
    int inside_ = 0;
};

class SlowJournals : public ::testing::Test {
  protected:
    SlowJournals() { EXPECT_TRUE(sim_.run(journal_.open())); }

    bool knows(const std::string& subject) {
        return journal_.ledger()->latest(CheckKind::Through, subject) != nullptr;
    }
    auto begin(Task<void> work) { return testing::start(sim_.executor(), std::move(work)); }
    /// Appends `name` to the record's id as it is when its turn comes.
    Task<void> append(std::string name) {
        Journal::Decide decide = [this, name]() -> Result<Journal::Change> {
            Journal::Change change;
            change.batch = record_named(journal_.record().id() + name);
            return change;
        };
        return journal_.change(std::move(decide));
    }

    testing::Simulation sim_;
    store::MemoryDisk disk_;
    store::MemoryStore memory_{disk_};
    SlowStore store_{memory_, sim_.clock};
    Journal journal_{store_, sim_.clock};
};

TEST_F(SlowJournals, CommitOneAfterTheOther) {
    const auto first = begin(journal_.commit(evidence_about("a")));
    const auto second = begin(journal_.commit(record_named("one")));
    const auto third = begin(journal_.commit(evidence_about("b")));
    sim_.advance(std::chrono::seconds(5));
    EXPECT_TRUE(first->take());
    EXPECT_TRUE(second->take());
    EXPECT_TRUE(third->take());
    EXPECT_EQ(store_.most, 1);
    EXPECT_EQ(disk_.kept.ledger.evidence.size(), 2U);
    EXPECT_EQ(disk_.kept.record.id(), "one");
    EXPECT_TRUE(journal_.healthy()) << "none met the version of another";
}

TEST_F(SlowJournals, DecideOnWhatTheOneBeforeLeft) {
    const auto first = begin(append("a"));
    const auto second = begin(append("b"));
    const auto third = begin(append("c"));
    sim_.advance(std::chrono::seconds(5));
    EXPECT_TRUE(first->take() && second->take() && third->take());
    EXPECT_EQ(disk_.kept.record.id(), "abc");
}

TEST_F(SlowJournals, LeaveNothingOfADecisionThatFails) {
    Journal::Decide refuse = []() -> Result<Journal::Change> {
        return Error(ErrorKind::Invalid, "no");
    };
    EXPECT_FALSE(sim_.run(journal_.change(std::move(refuse))));
    EXPECT_EQ(store_.most, 0);
    EXPECT_TRUE(journal_.healthy());
    EXPECT_TRUE(sim_.run(append("a"))) << "the turn goes on";
}

TEST_F(SlowJournals, KeepAPersonsWordsInTheirOrder) {
    for (const auto verb : {Verb::Pause, Verb::Resume, Verb::Pause}) {
        Batch batch;
        batch.words.push_back({verb, "r1", "", "alice", sim_.clock.now(), "", ""});
        EXPECT_TRUE(sim_.run(journal_.commit(std::move(batch))));
        EXPECT_EQ(journal_.ledger()->paused(), verb == Verb::Pause);
    }
    EXPECT_EQ(journal_.ledger()->words.size(), 3U);
    EXPECT_EQ(disk_.kept.ledger.words.size(), 3U);
}

TEST_F(SlowJournals, EndACommitWhoseCallerIsCancelled) {
    TaskGroup group(sim_.executor());
    const auto work = [](Journal& journal) -> asio::awaitable<void> {
        static_cast<void>(co_await journal.commit(evidence_about("a")));
        static_cast<void>(co_await journal.commit(evidence_about("b")));
    };
    group.spawn("commits", work(journal_));
    sim_.advance(std::chrono::milliseconds(500));
    group.cancel();
    sim_.advance(std::chrono::seconds(5));
    EXPECT_TRUE(knows("a"));
    EXPECT_FALSE(knows("b"));
    EXPECT_TRUE(sim_.run(journal_.commit(Batch()))) << "the version is known";
}

}  // namespace
}  // namespace wavegate::fleet
