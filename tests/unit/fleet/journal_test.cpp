// What counts while the store takes nothing, and what becomes of it.
#include "reconcilers/fleet/journal.hpp"

#include "operator/store/memory_store.hpp"
#include "tests/support/simulation.hpp"

#include <gtest/gtest.h>

namespace wavegate::fleet {
namespace {

Batch record_named(const std::string& id) {
    Batch batch;
    batch.record.emplace();
    batch.record->id = id;
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

TEST_F(Journals, ForgetWhatAFullDiskDidNotTake) {
    disk_.full = true;
    EXPECT_FALSE(commit(record_named("one")));
    EXPECT_EQ(journal_.record().id, "");
    EXPECT_FALSE(journal_.healthy());
    EXPECT_FALSE(journal_.ledger()->takes_commits) << "planners begin nothing";

    disk_.full = false;
    EXPECT_TRUE(commit(Batch()));
    EXPECT_EQ(disk_.kept.record.id, "");
    EXPECT_TRUE(journal_.ledger()->takes_commits);
}

TEST_F(Journals, KeepWhatWasSeenUntilTheDiskTakesIt) {
    disk_.full = true;
    EXPECT_FALSE(keep(evidence_about("a")));
    EXPECT_FALSE(keep(record_named("one")));
    EXPECT_TRUE(knows("a"));
    EXPECT_EQ(journal_.record().id, "one");
    EXPECT_FALSE(has_stored("a"));

    disk_.full = false;
    EXPECT_TRUE(commit(evidence_about("b")));
    EXPECT_TRUE(has_stored("a"));
    EXPECT_TRUE(has_stored("b"));
    EXPECT_EQ(disk_.kept.record.id, "one");
    EXPECT_TRUE(commit(Batch()));
    EXPECT_EQ(disk_.kept.ledger.evidence.size(), 2U) << "what was unsaved is stored once";
}

TEST_F(Journals, LeaveACommandThatCouldNotBeStoredUndoneAndWhatWasSeenKnown) {
    disk_.full = true;
    EXPECT_FALSE(keep(evidence_about("a")));
    EXPECT_FALSE(commit(record_named("paused")));
    EXPECT_EQ(journal_.record().id, "");
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

}  // namespace
}  // namespace wavegate::fleet
