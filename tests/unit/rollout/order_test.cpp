// Who flips when: canary, slots, gates, what goes last, and the way out.
#include "tests/unit/rollout/scene.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::rollout {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(Order, KeepsPortainersOwnServiceLastAfterTheCanaryToo) {
    Story scene;
    scene.desired.fleet.waves[0].max_in_flight = 3;
    for (const auto* name : {"a", "b", "portainer-mcp"}) {
        scene.add(name, "first");
    }
    scene.everything_is_well();
    scene.decide();
    scene.soak_canary("a");
    scene.everything_is_well();
    scene.decide();

    EXPECT_THAT(scene.flips(), ElementsAre("b")) << "there are slots for both";
    EXPECT_EQ(scene.hold("portainer-mcp").reason, Reason::WaitingForOthers);
}

TEST(Order, TakesNoGateForOpenThatWasAskedBeforeTheLastVerdict) {
    Story scene;
    scene.desired.fleet.waves[0].max_in_flight = 1;
    for (const auto* name : {"a", "b", "c"}) {
        scene.add(name, "first");
    }
    scene.everything_is_well();
    scene.decide();
    scene.soak_canary("a");
    scene.everything_is_well();
    scene.decide();
    ASSERT_THAT(scene.flips(), ElementsAre("b"));
    scene.bring_to_probing("b");
    scene.gates_hold();
    scene.pass_time(5s);
    for (const auto kind : {CheckKind::Unauthorized, CheckKind::Direct, CheckKind::Through}) {
        scene.answer(kind, "b");
    }
    scene.decide();
    ASSERT_EQ(scene.member("b").phase(), Phase::Probed);

    EXPECT_THAT(scene.flips(), IsEmpty()) << "what `b` did to the shared parts was not asked yet";
    EXPECT_EQ(scene.hold("c").reason, Reason::WaitingForGates);
    EXPECT_TRUE(scene.asked(CheckKind::Token, "homelab"));
    scene.pass_time(1s);
    scene.gates_hold();
    scene.decide();
    EXPECT_THAT(scene.flips(), ElementsAre("c"));
}

TEST(Order, TakesNoGateForOpenThatAnotherProcessAsked) {
    Story scene;
    scene.add("a", "first");
    scene.everything_is_well();
    scene.pass_time(1s);
    scene.ledger.opened = scene.now;
    scene.decide();
    EXPECT_THAT(scene.flips(), IsEmpty()) << "by the wall clock it was a second ago";
    EXPECT_TRUE(scene.asked(CheckKind::Token, "homelab"));
    scene.gates_hold();
    scene.decide();
    EXPECT_THAT(scene.flips(), ElementsAre("a"));
}

TEST(Order, BeginsNoFlipWhileTheStoreTakesNothing) {
    Story scene;
    scene.add("a", "first");
    scene.everything_is_well();
    scene.ledger.takes_commits = false;
    scene.decide();
    EXPECT_THAT(scene.flips(), IsEmpty());
    EXPECT_EQ(scene.hold("a").reason, Reason::WaitingForStore);
}

TEST(Order, HoldsTheSlotsOfAWaveOnTheWayOut) {
    Story scene;
    for (const auto* name : {"a", "b", "c"}) {
        scene.add(name, "first", AuthMode::None, AuthMode::Jwt);
    }
    scene.decide();
    EXPECT_THAT(scene.flips(), SizeIs(2));
}

TEST(Order, CountsNoTimeInASoakThatNobodyWatched) {
    Story scene;
    scene.add("a", "first");
    scene.everything_is_well();
    scene.decide();
    scene.bring_to("a", Phase::Probed);
    const auto watch_after = [&](Duration pause) {
        scene.pass_time(pause);
        scene.answer(CheckKind::Unauthorized, "a");
        scene.answer(CheckKind::Through, "a");
        scene.decide();
        return scene.member("a").as<state::Probed>()->watched;
    };
    const auto first = watch_after(2s);
    EXPECT_EQ(watch_after(3s), first + 3s);
    EXPECT_EQ(watch_after(31s), first + 3s) << "a gap";
    EXPECT_EQ(watch_after(3s), first + 6s);
}

TEST(Order, TakesNoServiceForReadyThatWasFoundEnforcingBeforeItAnswersThrough) {
    Story scene;
    scene.add("a", "first", AuthMode::Jwt, AuthMode::Jwt);
    scene.add("d", "second");
    scene.everything_is_well();
    scene.decide();
    EXPECT_NE(scene.member("a").phase(), Phase::Ready);
    scene.pass_time(1s);
    scene.answer(CheckKind::Unauthorized, "a");
    scene.answer(CheckKind::Direct, "a");
    scene.decide();
    EXPECT_EQ(scene.member("a").phase(), Phase::Probing);
    EXPECT_THAT(scene.flips(), IsEmpty()) << "nobody knows that the first wave answers";
    scene.answer(CheckKind::Through, "a");
    scene.decide();
    EXPECT_EQ(scene.member("a").phase(), Phase::Ready);
}

TEST(Order, RemembersWhatWasRejectedOverACommitThatDoesNotChangeIt) {
    Story scene;
    scene.add("a", "first");
    scene.add("d", "second");
    scene.everything_is_well();
    scene.decide();
    scene.fail("a");
    scene.come_back("a");
    scene.desired.digest = scene.desired.revision = "two";
    for (int i = 0; i < 3; ++i) {
        scene.pass_time(5s);
        scene.everything_is_well();
        scene.decide();
        EXPECT_THAT(scene.flips(), IsEmpty());
    }
    EXPECT_EQ(scene.member("a").phase(), Phase::RolledBack);
    EXPECT_EQ(scene.record.rejected().count("a"), 1U);
}

TEST(Order, KeepsAServiceThatGoesBackThoughItIsOutOfSight) {
    Story scene;
    scene.add("a", "first");
    scene.add("b", "first");
    scene.everything_is_well();
    scene.decide();
    scene.fail("a");
    scene.running("a").replicas = 0;
    scene.decide();
    EXPECT_EQ(scene.member("a").phase(), Phase::RollingBack);
}

TEST(Order, HoldsAServiceThatWasTurnedTwiceUntilAPersonsRetry) {
    Story scene;
    scene.add("a", "first", AuthMode::None);
    scene.decide();
    for (const auto mode : {AuthMode::Jwt, AuthMode::None, AuthMode::Jwt}) {
        scene.pass_time(1min);
        scene.spec("a").auth = mode;
        scene.desired.digest += "+";
        scene.decide();
    }
    scene.everything_is_well();
    scene.decide();
    EXPECT_THAT(scene.flips(), IsEmpty());
    EXPECT_EQ(scene.hold("a").reason, Reason::Flapping);
    scene.command(Command::Verb::Retry, "a");
    scene.pass_time(1s);
    scene.everything_is_well();
    scene.decide();
    EXPECT_THAT(scene.flips(), ElementsAre("a"));
}

TEST(Order, BelievesNoListWithoutAnyServiceOfTheFleet) {
    Story scene;
    scene.add("a", "first");
    scene.add("b", "first");
    scene.everything_is_well();
    scene.decide();
    scene.bring_to("a", Phase::Probed);
    const auto before = scene.record;
    scene.observed.stacks = Seen(std::vector<StackView>(), scene.now);
    scene.observed.swarm = Seen(SwarmView(), scene.now);
    scene.decide();

    EXPECT_EQ(scene.record, before);
    EXPECT_THAT(scene.step.release, IsEmpty());
    ASSERT_THAT(scene.step.waits, SizeIs(1));
    EXPECT_EQ(scene.step.waits.front().object, "Fleet/homelab");
}

}  // namespace
}  // namespace wavegate::rollout
