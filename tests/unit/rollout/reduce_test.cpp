// The one writer of records: what it takes, and what it refuses to take.
#include "reconcilers/rollout/reduce.hpp"

#include "reconcilers/rollout/stages.hpp"
#include "tests/unit/rollout/scene.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <type_traits>

namespace wavegate::rollout {
namespace {

using ::testing::Contains;
using ::testing::Field;
using ::testing::IsEmpty;

/// `a` and `b` wait for their flips.
struct Waiting : Story {
    Waiting() {
        add("a", "first");
        add("b", "first");
        decide();
    }
    [[nodiscard]] Reducer reducer() const {
        return Reducer(desired, observed, diff, record, ledger, now);
    }
};

TEST(Reduce, TakesNoTurnThatTheTableDoesNotKnow) {
    Waiting scene;
    auto reducer = scene.reducer();
    const auto& a = *reducer.record().member("a");
    Move move;
    move.turns(Happening::Soaked, state::Ready(), Reason::None, "out of nowhere");
    reducer.take(a, move);

    EXPECT_EQ(reducer.record(), scene.record) << "it stays where it is";
    EXPECT_FALSE(reducer.is_sound()) << "no flip begins while that stands";
    const auto step = reducer.take();
    EXPECT_THAT(step.events, Contains(Field(&Event::reason, "InternalError")));
}

TEST(Reduce, TakesNoTurnIntoAnotherPhaseThanTheTableSays) {
    Waiting scene;
    auto reducer = scene.reducer();
    Move move;
    move.turns(Happening::Released, state::Converging(), Reason::None, "past its flip");
    move.release = &scene.diff.edits.front();
    reducer.take(*reducer.record().member("a"), move);
    EXPECT_EQ(reducer.record(), scene.record);
    EXPECT_FALSE(reducer.is_sound());
    EXPECT_THAT(reducer.take().release, IsEmpty()) << "nor is it written";
}

TEST(Reduce, TakesWhatWasLearnedInAPhaseOnlyInThatPhase) {
    Waiting scene;
    auto reducer = scene.reducer();
    Move move;
    move.keeps(state::Ready());
    reducer.take(*reducer.record().member("a"), move);
    EXPECT_EQ(reducer.record(), scene.record);
    state::Pending learned;
    learned.broken_since = scene.now;
    move.keeps(learned);
    reducer.take(*reducer.record().member("a"), move);
    EXPECT_EQ(reducer.record().member("a")->as<state::Pending>()->broken_since, scene.now);
    EXPECT_TRUE(reducer.changed());
}

TEST(Reduce, GrantsARestartOnlyToAMultiplexerThatIsKnownToBeWell) {
    Waiting scene;
    ASSERT_EQ(scene.record.multiplexer().stage(), MultiplexerStage::Wired);
    auto reducer = scene.reducer();
    MultiplexerMove lost;
    reducer.take(lost.turns(stage::Unknown(), "its env differs"));
    Move claim;
    claim.claims = {Claim::RestartMultiplexer};
    reducer.take(*reducer.record().member("a"), claim);
    EXPECT_EQ(reducer.record().multiplexer().stage(), MultiplexerStage::Unknown);
}

TEST(Reduce, BringsTheMultiplexerPastNoStage) {
    Waiting scene;
    auto reducer = scene.reducer();
    MultiplexerMove move;
    reducer.take(move.turns(stage::Unwiring{"why", "", {}}, "from nowhere"));
    EXPECT_EQ(reducer.record(), scene.record);
    EXPECT_FALSE(reducer.is_sound());
}

TEST(StageTable, LeavesFailedToAPerson) {
    for (const auto to :
         {MultiplexerStage::Unknown,
          MultiplexerStage::Wired,
          MultiplexerStage::Wiring,
          MultiplexerStage::Restarting,
          MultiplexerStage::Unwiring}) {
        EXPECT_FALSE(may_become(MultiplexerStage::Failed, to)) << to_string(to);
    }
}

/// Nobody but the reducer and the store's codec writes a record: this would not compile.
template <class Record>
concept Writable = requires(Record record) {
    record.members().clear();
}
|| requires(Record record) {
    record.fields().members.clear();
}
|| requires(Record record) {
    record.member("a")->state = state::Ready();
};
static_assert(!Writable<RolloutRecord>);
static_assert(!Writable<RolloutRecord&>);

}  // namespace
}  // namespace wavegate::rollout
