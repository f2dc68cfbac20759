// The planner as a function: what it releases, asks and says for a record and an observation.
#include "reconcilers/rollout/decide.hpp"

#include "tests/support/amend.hpp"
#include "tests/unit/rollout/scene.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace wavegate::rollout {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

/// Services a, b, c of the first wave and d of the second.
struct FourServices : Story {
    FourServices() {
        add("a", "first");
        add("b", "first");
        add("c", "first");
        add("d", "second");
    }
    /// The canary has soaked: the first wave may fill its slots.
    void after_canary() {
        everything_is_well();
        decide();
        soak_canary("a");
    }
    /// `b`, one by one with the others of its wave, was flipped, failed, and went back.
    void b_went_back() {
        desired.fleet.waves[0].max_in_flight = 1;
        after_canary();
        everything_is_well();
        decide();
        fail("b");
        come_back("b");
    }
};

TEST(Decide, AsksForBaselinesBeforeAnything) {
    FourServices scene;
    scene.decide();

    EXPECT_THAT(scene.flips(), IsEmpty());
    EXPECT_TRUE(scene.asked(CheckKind::Baseline, "a"));
}

TEST(Decide, RemembersNoMoreNamesThanAServiceMayHave) {
    FourServices scene;
    scene.everything_is_well();
    for (int round = 0; round < 30; ++round) {
        testing::amend_each(scene.ledger.evidence, [&](Evidence& evidence) {
            if (evidence.kind == CheckKind::Baseline && evidence.subject == "a") {
                evidence.facts = {};
                for (int i = 0; i < 100; ++i) {
                    evidence.facts.add("tool", "t" + std::to_string(round * 100 + i));
                }
            }
        });
        scene.decide();
    }
    const auto& tools = scene.record.seen_tools().at("a");
    EXPECT_EQ(tools.size(), 2'000U);
    EXPECT_EQ(tools.front(), "t0") << "none is forgotten";
    EXPECT_EQ(tools.back(), "t1999");
}

TEST(Decide, AsksBothGatesBeforeAFlip) {
    FourServices scene;
    scene.everything_is_well();
    scene.ledger.evidence.clear();
    scene.answer(CheckKind::Baseline, "a");
    scene.decide();

    EXPECT_THAT(scene.flips(), IsEmpty());
    EXPECT_TRUE(scene.asked(CheckKind::Token, "homelab"));
    EXPECT_TRUE(scene.asked(CheckKind::Policy, "homelab"));
}

TEST(Decide, SendsACanaryAlone) {
    FourServices scene;
    scene.everything_is_well();
    scene.decide();

    EXPECT_THAT(scene.flips(), ElementsAre("a"));
    EXPECT_EQ(scene.hold("b").reason, Reason::WaitingForCanary);
}

TEST(Decide, KeepsTheSecondBackUntilTheCanaryHasSoaked) {
    FourServices scene;
    scene.everything_is_well();
    scene.decide();
    scene.bring_to("a", Phase::Probed);
    scene.pass_time(5s);
    scene.everything_is_well();
    scene.decide();

    EXPECT_THAT(scene.flips(), IsEmpty());
    EXPECT_EQ(scene.hold("b").reason, Reason::WaitingForCanary);
}

TEST(Decide, FillsTheSlotsOfTheWaveAfterTheCanary) {
    FourServices scene;
    scene.spec("c").wave = "first";
    scene.after_canary();
    scene.everything_is_well();
    scene.decide();

    EXPECT_THAT(scene.flips(), UnorderedElementsAre("b", "c"));
    EXPECT_EQ(scene.hold("d").reason, Reason::WaitingForWave);
}

TEST(Decide, SendsTheCanaryOfANewerCommitOnlyOnceNothingElseIsInFlight) {
    FourServices scene;
    scene.after_canary();
    scene.everything_is_well();
    scene.decide();
    ASSERT_THAT(scene.flips(), UnorderedElementsAre("b", "c"));
    scene.written("c", IntentState::Refused);
    scene.written("b");
    scene.run("b", AuthMode::Jwt);
    scene.decide();
    ASSERT_EQ(scene.member("c").phase(), Phase::Pending);

    scene.pass_time(11s);
    scene.desired.digest = "two";
    scene.decide();
    scene.everything_is_well();
    scene.decide();
    EXPECT_THAT(scene.flips(), IsEmpty());
    EXPECT_EQ(scene.hold("c").reason, Reason::WaitingForSlot);

    scene.pass_time(1s);
    for (const auto kind : {CheckKind::Unauthorized, CheckKind::Direct, CheckKind::Through}) {
        scene.answer(kind, "b");
    }
    scene.everything_is_well();
    scene.decide();
    EXPECT_THAT(scene.flips(), ElementsAre("c"));
}

TEST(Decide, HoldsASlotUntilThroughPassed) {
    FourServices scene;
    scene.desired.fleet.waves[0].max_in_flight = 1;
    scene.after_canary();
    scene.everything_is_well();
    scene.decide();
    ASSERT_THAT(scene.flips(), ElementsAre("b"));
    scene.written("b");
    scene.decide();

    EXPECT_THAT(scene.flips(), IsEmpty());
    EXPECT_EQ(scene.hold("c").reason, Reason::WaitingForSlot);
}

TEST(Decide, TakesNoEvidenceOfAnotherRolloutForAGate) {
    FourServices scene;
    scene.everything_is_well();
    scene.answer(CheckKind::Token, "homelab");
    testing::amend_last(
        scene.ledger.evidence, [](Evidence& evidence) { evidence.rollout = "another"; });
    scene.decide();

    EXPECT_THAT(scene.flips(), IsEmpty());
    EXPECT_EQ(scene.hold("a").reason, Reason::WaitingForGates);
}

TEST(Decide, TakesNoStaleEvidenceForAGate) {
    FourServices scene;
    scene.everything_is_well();
    scene.pass_time(51s);
    scene.decide();

    EXPECT_THAT(scene.flips(), IsEmpty());
    EXPECT_TRUE(scene.asked(CheckKind::Token, "homelab"));
}

TEST(Decide, TakesNoEvidenceForAGateWhoseSubjectChangedSince) {
    FourServices scene;
    scene.everything_is_well();
    scene.observed.policies = Seen(std::vector<Policy>{Policy{"foreign", "", {}}}, scene.now);
    scene.decide();

    EXPECT_THAT(scene.flips(), IsEmpty());
    EXPECT_TRUE(scene.asked(CheckKind::Policy, "homelab"));
}

TEST(Decide, DoesNotFlipWhatWasBrokenBefore) {
    FourServices scene;
    scene.everything_is_well();
    scene.answer(CheckKind::Baseline, "a", Verdict::Fail, ProbeClass::Down);
    scene.decide();

    EXPECT_THAT(scene.flips(), ElementsAre("b"));
    EXPECT_EQ(scene.hold("a").reason, Reason::BaselineBroken);
}

TEST(Decide, LeavesABrokenServiceBehindWhereItsWaveSkips) {
    FourServices scene;
    scene.desired.fleet.waves[0].on_broken_baseline = BrokenBaseline::Skip;
    scene.everything_is_well();
    scene.answer(CheckKind::Baseline, "a", Verdict::Fail, ProbeClass::Down);
    scene.decide();

    EXPECT_THAT(scene.step.excepted, ElementsAre("a"));
    EXPECT_THAT(scene.flips(), ElementsAre("b"));
}

TEST(Decide, FlipsNothingWhilePaused) {
    FourServices scene;
    scene.everything_is_well();
    scene.command(Command::Verb::Pause);
    scene.decide();

    EXPECT_THAT(scene.flips(), IsEmpty());
    EXPECT_EQ(scene.hold("a").reason, Reason::Paused);
}

TEST(Decide, FlipsNothingWhileSharedPartsAreBad) {
    FourServices scene;
    scene.everything_is_well();
    scene.decide();
    scene.break_shared_parts("a");
    scene.everything_is_well();
    scene.decide();

    EXPECT_THAT(scene.flips(), IsEmpty());
    EXPECT_EQ(scene.hold("b").reason, Reason::SharedCause);
}

TEST(Decide, SaysOfTheMultiplexerThatItsSecretIsUnknownWhileKeycloakIsNotSeen) {
    Story scene;
    scene.add("a", "first");
    scene.everything_is_well();
    scene.decide();
    ASSERT_EQ(scene.record.multiplexer().stage(), MultiplexerStage::Wired);
    scene.observed.clients["mux"] =
        Seen<std::optional<ClientView>>(Error(ErrorKind::Unavailable, "refused"), scene.now);
    scene.decide();
    EXPECT_EQ(scene.record.multiplexer().stage(), MultiplexerStage::Unknown);
    EXPECT_EQ(scene.step.holds["Multiplexer/mux"].message, "its client's secret was not observed");
}

TEST(Decide, DecidesNothingAboutServicesThatCannotBeObserved) {
    FourServices scene;
    scene.everything_is_well();
    scene.observed.stacks = Seen<std::vector<StackView>>(Error(ErrorKind::Unavailable, "down"), {});
    const auto step = rollout::decide(
        scene.desired, scene.observed, scene.diff, scene.record, scene.ledger, scene.now);

    EXPECT_THAT(step.release, IsEmpty());
    EXPECT_THAT(step.ask, IsEmpty());
}

TEST(Decide, ReleasesNothingPastACanaryThatAnswersNoMore) {
    FourServices scene;
    scene.after_canary();
    scene.everything_is_well();
    scene.answer(CheckKind::Through, "a", Verdict::Fail, ProbeClass::TokenRefused);
    scene.decide();

    EXPECT_THAT(scene.flips(), IsEmpty());
    EXPECT_EQ(scene.hold("b").reason, Reason::WaitingForCanary);
}

/// `a` was flipped, failed, and runs open again since a while; it answers by itself.
struct GoingBack : Story {
    GoingBack() {
        add("a", "first");
        everything_is_well();
        decide();
        fail("a");
        decide();
        written("a");
        pass_time(1s);
        run("a", AuthMode::None);
        decide();
        pass_time(10s);
        answer(CheckKind::Open, "a");
        decide();
    }
};

TEST(Decide, TakesAServiceForBackOnlyOnceItIsReachedThrough) {
    GoingBack scene;
    EXPECT_EQ(scene.member("a").phase(), Phase::RollingBack);
    EXPECT_TRUE(scene.asked(CheckKind::Through, "a"));
    scene.answer(CheckKind::Through, "a");
    scene.decide();

    EXPECT_EQ(scene.member("a").phase(), Phase::RolledBack);
}

TEST(Decide, RestartsTheMultiplexerForAServiceThatItParkedAndThatIsBack) {
    GoingBack scene;
    scene.answer(CheckKind::Through, "a", Verdict::Fail, ProbeClass::Parked);
    scene.decide();

    EXPECT_EQ(scene.member("a").phase(), Phase::RollingBack);
    EXPECT_EQ(scene.record.multiplexer().stage(), MultiplexerStage::Restarting);
    const auto restarts =
        std::any_of(scene.step.release.begin(), scene.step.release.end(), [](const Edit& edit) {
            return edit.restart() != nullptr;
        });
    EXPECT_TRUE(restarts) << "nothing else is in motion";
}

TEST(Decide, ShoutsOfAServiceThatIsBackAndNotReachedThroughInTime) {
    GoingBack scene;
    scene.pass_time(30min);
    scene.answer(CheckKind::Through, "a", Verdict::Fail, ProbeClass::TokenRefused);
    scene.decide();

    EXPECT_EQ(scene.member("a").phase(), Phase::Stuck);
}

TEST(Decide, WaitsNoLongerThanTheDeadlineForAMultiplexerThatCannotTell) {
    GoingBack scene;
    scene.answer(CheckKind::Through, "a", Verdict::Unknown, ProbeClass::SharedCause);
    scene.decide();
    EXPECT_EQ(scene.member("a").phase(), Phase::RollingBack);
    scene.pass_time(30min);
    scene.decide();

    EXPECT_EQ(scene.member("a").phase(), Phase::RolledBack);
}

TEST(Decide, HaltsAWaveAndThoseAfterItWhenAMemberWentBack) {
    FourServices scene;
    scene.b_went_back();
    scene.everything_is_well();
    scene.decide();

    EXPECT_THAT(scene.flips(), IsEmpty());
    EXPECT_EQ(scene.hold("c").reason, Reason::WaveHalted);
    EXPECT_EQ(scene.step.standing, Standing::Halted);
}

TEST(Decide, GoesOnWithoutAServiceWhoseFailureAPersonAccepted) {
    FourServices scene;
    scene.b_went_back();
    scene.command(Command::Verb::Accept, "b");
    scene.everything_is_well();
    scene.decide();

    EXPECT_THAT(scene.flips(), ElementsAre("c"));
}

TEST(Decide, TriesAnAcceptedServiceAgainOnceAPersonRetriesIt) {
    FourServices scene;
    scene.b_went_back();
    scene.command(Command::Verb::Accept, "b");
    scene.command(Command::Verb::Retry, "b");
    scene.desired.fleet.waves[0].max_in_flight = 2;
    scene.everything_is_well();
    scene.decide();

    EXPECT_THAT(scene.step.excepted, IsEmpty());
    EXPECT_THAT(scene.flips(), UnorderedElementsAre("b", "c"));
}

TEST(Decide, TriesAnAcceptedServiceAgainOnceItsSpecChanges) {
    FourServices scene;
    scene.b_went_back();
    scene.command(Command::Verb::Accept, "b");
    scene.desired.fleet.waves[0].max_in_flight = 2;
    scene.running("b").image = "b:2";
    scene.everything_is_well();
    scene.decide();

    EXPECT_THAT(scene.step.excepted, IsEmpty());
    EXPECT_THAT(scene.flips(), UnorderedElementsAre("b", "c"));
}

TEST(Decide, FlipsPortainersOwnServiceLastOfItsWave) {
    Story scene;
    scene.add("a", "first");
    scene.add("portainer-mcp", "first");
    scene.everything_is_well();
    scene.decide();

    EXPECT_THAT(scene.flips(), ElementsAre("a"));
    EXPECT_EQ(scene.hold("portainer-mcp").reason, Reason::WaitingForCanary);
}

TEST(Decide, GoesOutInReverseOrderOfWavesWithoutAskingGates) {
    Story scene;
    scene.add("a", "first", AuthMode::None, AuthMode::Jwt);
    scene.add("b", "second", AuthMode::None, AuthMode::Jwt);
    scene.decide();

    EXPECT_THAT(scene.flips(), ElementsAre("b"));
    scene.bring_to("b", Phase::Ready);
    scene.decide();
    EXPECT_EQ(scene.member("a").phase(), Phase::Flipping);
}

TEST(Decide, IsNotHeldUpOnTheWayOutByAServiceThatCannotBeWritten) {
    Story scene;
    scene.add("a", "first", AuthMode::None, AuthMode::Jwt);
    scene.add("b", "second", AuthMode::None, AuthMode::Jwt);
    scene.diff.obstacles.push_back({"Service/b", "b", "NeedsPassThrough", "add these lines"});
    scene.decide();

    EXPECT_THAT(scene.flips(), ElementsAre("a"));
    EXPECT_EQ(scene.hold("b").reason, Reason::NeedsPassThrough);
}

TEST(Decide, SyncsEnvOneServiceAtATimeAndOnlyWhileNothingMoves) {
    Story scene;
    scene.add("a", "first", AuthMode::None);
    scene.add("b", "first", AuthMode::None);
    scene.add("c", "first");
    for (const std::string name : {"a", "b"}) {
        StackEdit body;
        body.purpose = StackPurpose::EnvSync;
        body.service = name;
        Edit edit;
        edit.id = "env-" + name;
        edit.target = "stack/" + name;
        edit.body = std::move(body);
        scene.diff.edits.push_back(std::move(edit));
    }
    scene.decide();
    ASSERT_EQ(scene.step.release.size(), 1U);
    EXPECT_EQ(scene.step.release[0].stack()->service, "a");

    scene.everything_is_well();
    scene.decide();
    ASSERT_THAT(scene.flips(), ElementsAre("c"));
    EXPECT_EQ(scene.released("envsync"), 0U);
}

TEST(Decide, SaysOfEveryMemberThatIsNotReadyWhatItWaitsFor) {
    FourServices scene;
    scene.everything_is_well();
    scene.decide();

    EXPECT_EQ(scene.step.waits.size(), 4U);
}

}  // namespace
}  // namespace wavegate::rollout
