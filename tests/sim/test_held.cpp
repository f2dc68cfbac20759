// Revisions that a person must let in.
#include "tests/sim/rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Three services in force as they are; then a commit that asks for jwt.
struct Settled : Rig {
    Settled() : Rig(small_world(kThree), one_wave(kThree, "none")) {
        EXPECT_TRUE(until_standing("Converged", 1h)) << story();
    }
    void expect_held() {
        EXPECT_TRUE(until([&] { return view()->source.reason == "Held"; }, 10min)) << story();
        pass_time(30min);
        EXPECT_FALSE(view()->source.ready);
        EXPECT_EQ(auth("a-mcp"), "none") << "the last good revision stays in force";
    }
    void let_in() {
        const auto taken = running().run(
            running().controller().take_held_revision(view()->source.seen, "a person"));
        EXPECT_TRUE(taken);
    }
};

TEST(HeldRevision, ThatDoesNotDescendFromTheLastWaitsForAPerson) {
    Settled rig;
    rig.source.diverge();
    rig.commit(one_wave(kThree, "jwt"));
    rig.expect_held();
    EXPECT_THAT(rig.view()->source.message, HasSubstr("does not descend"));

    rig.let_in();

    ASSERT_TRUE(rig.until_standing("Converged", 5h)) << rig.story();
    EXPECT_EQ(rig.auth("a-mcp"), "jwt");
    EXPECT_TRUE(rig.view()->source.ready);
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(HeldRevision, ThatDeletesMoreThanTheLimitsAllowWaitsForAPerson) {
    Settled rig;
    rig.commit(one_wave({"a-mcp"}, "jwt"));
    rig.expect_held();
    EXPECT_THAT(rig.view()->source.message, HasSubstr("deletes 2 of"));

    rig.let_in();

    ASSERT_TRUE(rig.until_standing("Converged", 5h)) << rig.story();
    EXPECT_EQ(rig.auth("a-mcp"), "jwt");
    EXPECT_EQ(rig.auth("b-mcp"), "none") << "what left the desired state is let go as it is";
}

TEST(HeldRevision, IsTakenOnlyByItsOwnName) {
    Settled rig;
    rig.source.diverge();
    rig.commit(one_wave(kThree, "jwt"));
    rig.expect_held();

    const auto other =
        rig.running().run(rig.running().controller().take_held_revision("another one", "a person"));
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().kind(), ErrorKind::Conflict);
    EXPECT_THAT(other.error().message(), HasSubstr(rig.view()->source.seen));
    const auto taken = rig.running().run(
        rig.running().controller().take_held_revision(rig.view()->source.seen, "a person"));
    EXPECT_TRUE(taken);
}

TEST(HeldRevision, IsHeldAgainByTheNextProcess) {
    Settled rig;
    rig.source.diverge();
    rig.commit(one_wave(kThree, "jwt"));
    rig.expect_held();

    rig.kill();
    rig.start();

    rig.expect_held();
}

TEST(HeldRevision, IsOneWhoseDescentWasNotSeenInALongHistory) {
    Settled rig;
    rig.source.diverge(Ancestry::Unknown);
    rig.commit(one_wave(kThree, "jwt"));
    rig.expect_held();
    EXPECT_THAT(rig.view()->source.message, HasSubstr("not seen to descend from r1"));
}

TEST(HeldRevision, StaysHeldWhateverIsCommittedOnTopOfItAndWhoeverRestarts) {
    for (const auto seen_as : {Ancestry::Diverged, Ancestry::Unknown}) {
        Settled rig;
        rig.source.diverge(seen_as);
        rig.commit(one_wave(kThree, "jwt"));
        rig.expect_held();

        rig.commit(one_wave(kThree, "jwt"));
        rig.expect_held();
        EXPECT_EQ(rig.view()->source.seen, "r3");
        rig.kill();
        rig.start();
        rig.expect_held();

        rig.source.go_on_from("r1");
        rig.commit(one_wave(kThree, "jwt"));
        ASSERT_TRUE(rig.until([&] { return rig.view()->source.revision == "r4"; }, 10min));
        ASSERT_TRUE(rig.until_standing("Converged", 5h)) << rig.story();
        EXPECT_EQ(rig.auth("a-mcp"), "jwt");
    }
}

TEST(HeldRevision, StaysHeldWhenWhatIsInForceCanNotBeReadAnyMore) {
    Settled rig;
    rig.kill();
    rig.disk.kept.last_good->files = {{"fleet.yaml", "kind: Fleet"}};
    rig.source.diverge();
    rig.commit(one_wave(kThree, "jwt"));
    rig.start();
    rig.expect_held();
}

TEST(HeldRevision, CanNotBeTakenOnceTheBranchWentBackToWhatIsInForce) {
    Settled rig;
    rig.source.diverge();
    rig.commit(one_wave(kThree, "jwt"));
    rig.expect_held();
    rig.source.go_back_to("r1");
    ASSERT_TRUE(rig.until([&] { return rig.view()->source.ready; }, 10min)) << rig.story();

    const auto taken =
        rig.running().run(rig.running().controller().take_held_revision("r2", "a person"));
    ASSERT_FALSE(taken);
    EXPECT_THAT(taken.error().message(), HasSubstr("no revision is held back"));
}

TEST(HeldRevision, IsForgottenForANewerOneThatFits) {
    Settled rig;
    rig.commit(one_wave({"a-mcp"}, "jwt"));
    rig.expect_held();

    rig.commit(one_wave(kThree, "jwt"));

    ASSERT_TRUE(rig.until([&] { return rig.view()->source.ready; }, 10min)) << rig.story();
    const auto taken =
        rig.running().run(rig.running().controller().take_held_revision("r2", "a person"));
    ASSERT_FALSE(taken);
    EXPECT_THAT(taken.error().message(), HasSubstr("no revision is held back"));
}

}  // namespace
}  // namespace wavegate::testing
