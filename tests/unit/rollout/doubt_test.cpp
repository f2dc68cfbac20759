// Services that were good, or were found enforcing, and that answer no more.
#include "reconcilers/rollout/decide.hpp"
#include "tests/unit/rollout/scene.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace wavegate::rollout {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Both of the first wave are Ready, and `a` answers no more when `d` asks it.
struct Doubted : Story {
    Doubted() {
        add("a", "first", AuthMode::Jwt, AuthMode::Jwt);
        add("d", "second");
        adopt("a");
        pass_time(1s);
        everything_is_well();
        answer(CheckKind::Through, "a", Verdict::Fail, ProbeClass::Down);
    }
    /// It is asked again, and everything else answers well.
    void fail_again(Verdict verdict = Verdict::Fail, ProbeClass seen = ProbeClass::Down) {
        pass_time(10s);
        everything_is_well();
        answer(CheckKind::Direct, "a");
        answer(CheckKind::Through, "a", verdict, seen);
        decide();
    }
    [[nodiscard]] const Wait* wait() const {
        for (const auto& wait : step.waits) {
            if (wait.object == "Service/a") {
                return &wait;
            }
        }
        return nullptr;
    }
};

TEST(Doubt, NamesAReadyServiceThatAnswersNoMoreAndLetsNobodyPassIt) {
    Doubted scene;
    scene.decide();

    EXPECT_THAT(scene.flips(), IsEmpty());
    ASSERT_NE(scene.wait(), nullptr);
    EXPECT_EQ(scene.wait()->reason, Reason::GateFailed);
    EXPECT_EQ(scene.wait()->verb, "accept");
    EXPECT_EQ(scene.member("a").phase(), Phase::Ready) << "what came later is not the flip's fault";
}

TEST(Doubt, WaitsForAPersonOnceADoubtedServiceIsPastItsDeadline) {
    Doubted scene;
    scene.decide();
    scene.fail_again();
    EXPECT_EQ(scene.member("a").phase(), Phase::Degraded);
    EXPECT_EQ(scene.step.standing, Standing::Moving);
    scene.pass_time(30min);
    scene.decide();

    EXPECT_EQ(scene.hold("a").reason, Reason::DeadlineExceeded);
    EXPECT_EQ(scene.step.standing, Standing::Awaited);
    EXPECT_THAT(scene.flips(), IsEmpty());
}

TEST(Doubt, BlamesNoReadyServiceForAMultiplexerThatDoesNotAnswer) {
    Doubted scene;
    scene.answer(CheckKind::Through, "a", Verdict::Unknown, ProbeClass::SharedCause);
    scene.decide();
    scene.fail_again(Verdict::Unknown, ProbeClass::SharedCause);
    scene.pass_time(30min);
    scene.decide();

    EXPECT_EQ(scene.member("a").phase(), Phase::Ready);
    EXPECT_EQ(scene.hold("a").reason, Reason::SharedFault);
    EXPECT_EQ(scene.step.standing, Standing::Moving);
}

TEST(Doubt, ForgetsADoubtOnceTheServiceAnswersAgain) {
    Doubted scene;
    scene.decide();
    scene.pass_time(5s);
    scene.answer(CheckKind::Through, "a");
    scene.decide();

    EXPECT_EQ(scene.hold("a").reason, Reason::None);
    EXPECT_EQ(scene.wait(), nullptr);
}

TEST(Doubt, RestartsTheMultiplexerForAReadyChildThatItLostAndThatAnswersDirectly) {
    Doubted scene;
    scene.answer(CheckKind::Through, "a", Verdict::Fail, ProbeClass::Parked);
    scene.decide();
    EXPECT_TRUE(scene.asked(CheckKind::Direct, "a"));
    EXPECT_EQ(scene.record.multiplexer().stage(), MultiplexerStage::Wired);
    scene.answer(CheckKind::Direct, "a");
    scene.decide();

    EXPECT_EQ(scene.record.multiplexer().stage(), MultiplexerStage::Restarting);
}

/// `a` is open, and its baseline fails.
struct Broken : Story {
    explicit Broken(ProbeClass seen) {
        add("a", "first");
        everything_is_well();
        baseline(seen);
    }
    void baseline(ProbeClass seen) { answer(CheckKind::Baseline, "a", Verdict::Fail, seen); }
};

TEST(Doubt, WaitsForAPersonOnceAServiceWasBrokenBeforeAnyFlipPastItsDeadline) {
    Broken scene(ProbeClass::Down);
    scene.decide();
    EXPECT_EQ(scene.hold("a").reason, Reason::BaselineBroken);
    EXPECT_EQ(scene.step.standing, Standing::Moving);
    scene.pass_time(11min);
    scene.baseline(ProbeClass::Down);
    scene.decide();

    EXPECT_EQ(scene.hold("a").reason, Reason::DeadlineExceeded);
    EXPECT_EQ(scene.step.standing, Standing::Awaited);
    scene.everything_is_well();
    scene.decide();
    EXPECT_THAT(scene.flips(), ElementsAre("a")) << "it recovered by itself";
}

TEST(Doubt, WaitsForNobodyWhereTheWaveGoesOnWithoutTheBroken) {
    Broken scene(ProbeClass::Down);
    scene.desired.fleet.waves[0].on_broken_baseline = BrokenBaseline::Skip;
    scene.decide();
    scene.pass_time(11min);
    scene.decide();

    EXPECT_EQ(scene.hold("a").reason, Reason::BaselineBroken);
    EXPECT_EQ(scene.step.standing, Standing::Converged) << "but for what was let off, by name";
}

TEST(Doubt, RestartsTheMultiplexerOnceForAChildThatItLostBeforeAnyFlip) {
    Broken scene(ProbeClass::Parked);
    scene.decide();
    EXPECT_EQ(scene.record.multiplexer().stage(), MultiplexerStage::Restarting);
    EXPECT_EQ(scene.hold("a").reason, Reason::WaitingForMultiplexer);

    // It runs again: asked anew, and still not shown.
    scene.decide();
    ASSERT_EQ(scene.released("restart"), 1U);
    scene.written("mux");
    scene.pass_time(1s);
    scene.decide();
    scene.pass_time(1s);
    scene.show_children({});
    scene.decide();
    ASSERT_EQ(scene.record.multiplexer().stage(), MultiplexerStage::Wired);
    scene.decide();
    EXPECT_TRUE(scene.asked(CheckKind::Baseline, "a"));
    scene.pass_time(1s);
    scene.baseline(ProbeClass::Parked);
    scene.decide();
    EXPECT_EQ(scene.record.multiplexer().stage(), MultiplexerStage::Wired);
    EXPECT_EQ(scene.hold("a").reason, Reason::BaselineBroken);
}

/// `a` was found enforcing, was probed after a restart, and its tools cannot be listed.
struct Adopted : Story {
    explicit Adopted(bool comes_up = true) {
        add("a", "first", AuthMode::Jwt, AuthMode::Jwt);
        add("d", "second");
        if (!comes_up) {
            SwarmView swarm;
            swarm.services = observed.swarm->services;
            for (const auto& other : observed.swarm->tasks) {
                if (other.service_id != "id-a") {
                    swarm.tasks.push_back(other);
                }
            }
            observed.swarm = Seen(std::move(swarm), now);
        }
        everything_is_well();
        decide();
        ask();
    }
    /// It answers as before by the time that it is asked again.
    void ask() {
        answer(CheckKind::Unauthorized, "a");
        answer(CheckKind::Direct, "a", Verdict::Fail, ProbeClass::Down);
    }
    void wait_and_ask(Duration by) {
        pass_time(by);
        ask();
        decide();
        told += std::count_if(step.events.begin(), step.events.end(), [](const Event& event) {
            return event.reason == "DeadlineExceeded" && event.object == "Service/a";
        });
    }
    std::ptrdiff_t told = 0;
};

TEST(Doubt, TellsOnceOfAnAdoptedServiceThatIsPastItsDeadlineAndWaitsForAPerson) {
    Adopted scene;
    scene.wait_and_ask(5min);
    EXPECT_EQ(scene.told, 0);
    EXPECT_EQ(scene.step.standing, Standing::Moving);
    for (int i = 0; i < 5; ++i) {
        scene.wait_and_ask(6min);
    }

    EXPECT_EQ(scene.told, 1);
    EXPECT_EQ(scene.hold("a").reason, Reason::DeadlineExceeded);
    EXPECT_EQ(scene.member("a").phase(), Phase::Probing)
        << "it is not sent back: others flipped it";
    EXPECT_EQ(scene.step.standing, Standing::Awaited);
}

TEST(Doubt, TellsOnceOfAnAdoptedServiceThatNeverComesUp) {
    Adopted scene(false);
    for (int i = 0; i < 5; ++i) {
        scene.wait_and_ask(6min);
    }

    EXPECT_EQ(scene.told, 1);
    EXPECT_EQ(scene.member("a").phase(), Phase::Converging);
    EXPECT_EQ(scene.step.standing, Standing::Awaited);
}

TEST(Doubt, GoesOnWithoutAnAdoptedServiceThatAPersonAccepted) {
    Adopted scene;
    for (int i = 0; i < 3; ++i) {
        scene.wait_and_ask(6min);
    }
    scene.command(Command::Verb::Accept, "a");
    scene.everything_is_well();
    scene.decide();

    EXPECT_THAT(scene.flips(), ElementsAre("d"));
}

TEST(Doubt, ForgetsTheDeadlineOfAnAdoptedServiceThatAnswersAgain) {
    Adopted scene;
    for (int i = 0; i < 3; ++i) {
        scene.wait_and_ask(6min);
    }
    scene.answer(CheckKind::Direct, "a");
    scene.answer(CheckKind::Through, "a");
    scene.decide();

    EXPECT_EQ(scene.member("a").phase(), Phase::Ready);
    EXPECT_EQ(scene.hold("a").reason, Reason::None);
}

}  // namespace
}  // namespace wavegate::rollout
