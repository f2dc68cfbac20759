// The multiplexer as a member of its own: when it may be written or restarted, and when it is well.
#include "operator/model/inputs.hpp"
#include "reconcilers/rollout/decide.hpp"
#include "tests/support/amend.hpp"
#include "tests/unit/rollout/scene.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::rollout {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// Its env lacks what services that are to enforce will need; `a` and `b` answer openly.
struct Unwired : Story {
    Unwired() {
        add("a", "first");
        add("b", "first");
        unwire();
        everything_is_well();
        show_children({"a", "b"});
    }
    /// Its env was written, and it runs so.
    void wired() {
        written("mux");
        pass_time(1s);
        running("mux").env = outbound_env(desired, observed);
        std::erase_if(diff.edits, [](const Edit& edit) { return edit.kind() == "wiring"; });
        decide();
    }
};

TEST(MultiplexerWiring, ComesWithGate2AndItsChildrenJustAsked) {
    Unwired scene;
    scene.decide();
    EXPECT_EQ(scene.released("wiring"), 1U);
    EXPECT_EQ(scene.record.multiplexer().stage(), MultiplexerStage::Wiring);
}

TEST(MultiplexerWiring, WaitsForGate2) {
    for (const auto verdict : {Verdict::Fail, Verdict::Unknown}) {
        Unwired scene;
        scene.answer(CheckKind::Policy, "homelab", verdict);
        scene.decide();
        EXPECT_EQ(scene.released("wiring"), 0U);
        EXPECT_THAT(scene.step.holds["Multiplexer/mux"].message, HasSubstr("gate 2"));
    }
}

TEST(MultiplexerWiring, AsksForItsChildrenAgainWhereOthersWereWaitedFor) {
    Unwired scene;
    scene.pass_time(51s);
    scene.gates_hold();
    scene.decide();
    EXPECT_EQ(scene.released("wiring"), 0U) << "a stranger may have come, who would get its bearer";
    EXPECT_TRUE(scene.asked(CheckKind::Children, "mux"));
    scene.answer(CheckKind::Children, "mux");
    testing::amend_last(scene.ledger.evidence, [](Evidence& evidence) {
        evidence.facts.add("foreign", "stranger");
    });
    scene.decide();
    EXPECT_EQ(scene.released("wiring"), 0U);
    EXPECT_THAT(scene.step.holds["Multiplexer/mux"].message, HasSubstr("stranger"));
    EXPECT_THAT(scene.flips(), ::testing::IsEmpty()) << "nobody has a token for them";
}

TEST(MultiplexerWiring, WaitsWhileTheRolloutIsPaused) {
    Unwired scene;
    scene.command(Command::Verb::Pause);
    scene.decide();
    EXPECT_EQ(scene.released("wiring"), 0U);
    scene.command(Command::Verb::Resume);
    scene.decide();
    EXPECT_EQ(scene.released("wiring"), 1U);
}

TEST(MultiplexerWiring, IsTakenBackWhereAChildIsLostByIt) {
    Unwired scene;
    scene.decide();
    ASSERT_EQ(scene.released("wiring"), 1U);
    scene.wired();
    for (int i = 0; i < 100; ++i) {
        scene.pass_time(2s);
        scene.show_children({"a"});
        scene.decide();
        EXPECT_NE(scene.record.multiplexer().stage(), MultiplexerStage::Wired)
            << "`b` is not shown";
    }
    EXPECT_EQ(scene.record.multiplexer().stage(), MultiplexerStage::Unwiring);
}

TEST(MultiplexerWiring, IsDoneOnceEveryChildIsShownAgain) {
    Unwired scene;
    scene.decide();
    scene.wired();
    scene.pass_time(2s);
    scene.show_children({"b", "a"});
    scene.decide();
    EXPECT_EQ(scene.record.multiplexer().stage(), MultiplexerStage::Wired);
}

/// `a` is the canary, converging on its new block; `c` was proven before, where there is one.
struct InMotion : Story {
    explicit InMotion(bool with_proven) {
        add("a", "first");
        if (with_proven) {
            add("c", "first", AuthMode::Jwt, AuthMode::Jwt);
        }
        everything_is_well();
        if (with_proven) {
            adopt("c");
            everything_is_well();
        }
        decide();
        bring_to_probing("a");
    }
    void pass_direct() {
        pass_time(1s);
        answer(CheckKind::Unauthorized, "a");
        answer(CheckKind::Direct, "a");
        decide();
    }
};

TEST(MultiplexerWiring, WaitsForServicesBetweenTheirFlipAndAPassedDirectProbe) {
    InMotion scene(false);
    scene.unwire();
    scene.gates_hold();
    scene.show_children({"a"});
    for (int i = 0; i < 3; ++i) {
        scene.pass_time(1s);
        scene.decide();
        EXPECT_EQ(scene.released("wiring"), 0U) << "its restart would cut `a`'s probes off";
    }
    scene.pass_direct();
    EXPECT_EQ(scene.released("wiring"), 1U);
}

TEST(MultiplexerWiring, WaitsForNothingWhereAnotherServiceIsCutOffMeanwhile) {
    InMotion scene(true);
    scene.unwire();
    scene.gates_hold();
    scene.show_children({"a", "c"});
    scene.decide();
    EXPECT_EQ(scene.released("wiring"), 1U);
}

TEST(MultiplexerRestart, WaitsForServicesBetweenTheirFlipAndAPassedDirectProbe) {
    InMotion scene(true);
    scene.answer(CheckKind::Through, "c", Verdict::Fail, ProbeClass::Parked);
    scene.pass_time(1s);
    scene.answer(CheckKind::Direct, "c");
    for (int i = 0; i < 3; ++i) {
        scene.pass_time(1s);
        scene.decide();
        EXPECT_EQ(scene.released("restart"), 0U);
    }
    ASSERT_EQ(scene.record.multiplexer().stage(), MultiplexerStage::Restarting);
    scene.pass_direct();
    EXPECT_EQ(scene.released("restart"), 1U);
}

}  // namespace
}  // namespace wavegate::rollout
