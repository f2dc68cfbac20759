// What was proven is proven again: who is asked when, and whose fault it is when it fails.
#include "reconcilers/rollout/decide.hpp"
#include "reconcilers/rollout/rounds.hpp"
#include "tests/support/amend.hpp"
#include "tests/unit/rollout/scene.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <set>

namespace wavegate::rollout {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(Rounds, ComeOncePerServiceAndEvenlySpread) {
    const WatchSpec watch;
    constexpr std::size_t count = 60;
    std::set<Wall> turns;
    const Wall start(std::chrono::hours(1000));
    for (std::size_t place = 0; place < count; ++place) {
        const auto first = turn_of(watch, place, count, start);
        turns.insert(first.began);
        EXPECT_LE(first.began, start);
        EXPECT_GT(first.began + round_of(watch), start);
        int full = 0;
        for (int i = 0; i < 4; ++i) {
            full += turn_of(watch, place, count, start + i * round_of(watch)).full ? 1 : 0;
        }
        EXPECT_EQ(full, 1) << "in each fourth everything is asked";
    }
    EXPECT_THAT(turns, SizeIs(count));
    EXPECT_LE(round_of(watch) + 2 * beat_of(watch), watch.every) << "however late a pass comes";
    const auto held = static_cast<long>(rounds_a_beat(watch, count));
    EXPECT_GE(held * round_of(watch), static_cast<long>(count) * beat_of(watch));
}

/// Five services of the first wave run enforcing and were proven; all is done.
struct Proven : Story {
    Proven() {
        for (const auto& name : names) {
            add(name, "first", AuthMode::Jwt, AuthMode::Jwt);
        }
        for (const auto& name : names) {
            adopt(name);
        }
        all_answer();
        decide();
        decide();
    }
    /// Everybody is asked, and answers well.
    void all_answer() {
        everything_is_well();
        for (const auto& name : names) {
            for (const auto kind :
                 {CheckKind::Unauthorized, CheckKind::Direct, CheckKind::Through}) {
                answer(kind, name);
            }
        }
    }
    void fail(const std::string& name, CheckKind kind, ProbeClass seen, Duration after = 10s) {
        pass_time(after);
        answer(kind, name, Verdict::Fail, seen);
        decide();
    }
    [[nodiscard]] std::size_t degraded() const {
        return static_cast<std::size_t>(std::count_if(
            record.members().begin(), record.members().end(), [](const Member& member) {
                return member.phase() == Phase::Degraded;
            }));
    }
    [[nodiscard]] std::string told() const {
        return step.waits.empty() ? "" : step.waits.front().message;
    }
    const std::vector<std::string> names{"a", "b", "c", "d", "e"};
};

TEST(Watch, IsAtRestWhileEveryProofIsYoung) {
    Proven scene;
    ASSERT_EQ(scene.step.standing, Standing::Converged);
    EXPECT_THAT(scene.step.release, IsEmpty());
}

TEST(Watch, AsksEachServiceBareFirstAndThroughOnceThatIsGood) {
    Proven scene;
    scene.pass_time(10min);
    scene.decide();
    std::size_t bare = 0;
    for (const auto& check : scene.step.ask) {
        EXPECT_NE(check.kind, CheckKind::Through) << check.subject << " may not be up";
        bare += check.kind == CheckKind::Unauthorized ? 1 : 0;
    }
    EXPECT_EQ(bare, rounds_a_beat(WatchSpec(), 5)) << "no more at once than an even spread needs";
    const auto first = std::find_if(scene.step.ask.begin(), scene.step.ask.end(), [](auto& check) {
                           return check.kind == CheckKind::Unauthorized;
                       })->subject;
    scene.answer(CheckKind::Unauthorized, first);
    scene.answer(CheckKind::Direct, first);
    scene.decide();
    EXPECT_TRUE(scene.asked(CheckKind::Through, first));
}

TEST(Watch, KeepsBothGatesFresh) {
    Proven scene;
    scene.pass_time(60s);
    scene.decide();
    EXPECT_TRUE(scene.asked(CheckKind::Token, scene.desired.fleet.name));
    EXPECT_TRUE(scene.asked(CheckKind::Policy, scene.desired.fleet.name));
}

TEST(Watch, HoldsNothingForAProofThatIsOverdue) {
    Proven scene;
    scene.pass_time(3h);
    scene.decide();
    EXPECT_EQ(scene.degraded(), 0U);
    EXPECT_EQ(scene.step.standing, Standing::Converged);
}

TEST(Watch, GoesOnWhateverTheClockOnTheWallIsSetTo) {
    for (const Duration by : {Duration(-2h), Duration(2h)}) {
        Proven scene;
        scene.now.wall += by;
        scene.pass_time(10min);
        scene.decide();
        EXPECT_TRUE(
            std::any_of(scene.names.begin(), scene.names.end(), [&](const std::string& name) {
                return scene.asked(CheckKind::Unauthorized, name);
            }));
    }
}

TEST(Watch, CallsOneDegradedThatFailsTwiceWhileOthersAnswer) {
    Proven scene;
    scene.fail("b", CheckKind::Unauthorized, ProbeClass::Down);
    EXPECT_EQ(scene.degraded(), 0U) << "once may be a slip";
    scene.fail("b", CheckKind::Unauthorized, ProbeClass::Down);
    EXPECT_EQ(scene.degraded(), 0U) << "others are asked first";
    for (const auto* other : {"c", "d", "e"}) {
        EXPECT_TRUE(scene.asked(CheckKind::Unauthorized, other));
        scene.answer(CheckKind::Unauthorized, other);
    }
    scene.decide();

    EXPECT_EQ(scene.member("b").phase(), Phase::Degraded);
    EXPECT_THAT(scene.member("b").cause()->message, HasSubstr("Down"));
    EXPECT_EQ(scene.step.standing, Standing::Awaited);
    ASSERT_FALSE(scene.step.waits.empty());
    EXPECT_EQ(scene.step.waits.front().verb, "accept");
    EXPECT_THAT(scene.step.release, IsEmpty()) << "nothing is flipped back";

    scene.pass_time(30s);
    scene.answer(CheckKind::Unauthorized, "b");
    scene.decide();
    EXPECT_EQ(scene.member("b").phase(), Phase::Degraded) << "half a proof";
    EXPECT_TRUE(scene.asked(CheckKind::Through, "b"));
    scene.answer(CheckKind::Through, "b");
    scene.decide();
    EXPECT_EQ(scene.member("b").phase(), Phase::Ready);
    EXPECT_EQ(scene.step.standing, Standing::Converged);
}

TEST(Watch, NamesWhatIsSharedWhenOthersFailAlike) {
    Proven scene;
    scene.fail("b", CheckKind::Through, ProbeClass::PolicyDenied);
    scene.fail("b", CheckKind::Through, ProbeClass::PolicyDenied);
    scene.gates_hold();
    scene.everything_is_well();
    scene.answer(CheckKind::Direct, "b");
    for (const auto* other : {"c", "d", "e"}) {
        scene.answer(CheckKind::Through, other, Verdict::Fail, ProbeClass::PolicyDenied);
    }
    scene.decide();

    EXPECT_EQ(scene.degraded(), 0U);
    EXPECT_THAT(scene.told(), HasSubstr("multiplexer: sends no principal"));
    EXPECT_EQ(scene.step.standing, Standing::Awaited);

    scene.pass_time(30s);
    scene.all_answer();
    scene.decide();
    EXPECT_THAT(scene.record.faults(), IsEmpty());
    EXPECT_EQ(scene.step.standing, Standing::Converged);
}

TEST(Watch, BlamesTheServiceAloneForWhatOneOfFourShows) {
    Proven scene;
    scene.fail("b", CheckKind::Through, ProbeClass::PolicyDenied);
    scene.fail("b", CheckKind::Through, ProbeClass::PolicyDenied);
    scene.everything_is_well();
    scene.answer(CheckKind::Direct, "b");
    scene.answer(CheckKind::Through, "c");
    scene.answer(CheckKind::Through, "d");
    scene.answer(CheckKind::Through, "e", Verdict::Fail, ProbeClass::PolicyDenied);
    scene.decide();
    EXPECT_EQ(scene.member("b").phase(), Phase::Degraded);
    EXPECT_EQ(scene.member("e").phase(), Phase::Ready) << "it has failed once";
}

TEST(Watch, NamesAGateThatFailsTwiceAndNoService) {
    Proven scene;
    for (int i = 0; i < 2; ++i) {
        scene.pass_time(10s);
        scene.answer(CheckKind::Policy, scene.desired.fleet.name, Verdict::Fail, ProbeClass::Open);
        testing::amend_last(scene.ledger.evidence, [](Evidence& evidence) {
            evidence.facts.add("policy", "open-house");
        });
        scene.decide();
        EXPECT_EQ(scene.step.standing, i == 0 ? Standing::Converged : Standing::Awaited);
    }
    EXPECT_THAT(scene.told(), HasSubstr("policy open-house opens everything"));
    EXPECT_EQ(scene.degraded(), 0U);
    scene.pass_time(10s);
    scene.gates_hold();
    scene.decide();
    EXPECT_EQ(scene.step.standing, Standing::Converged);
}

TEST(Watch, CallsAVerifierThatLetsABadTokenInDegradedWithoutAskingOthers) {
    Proven scene;
    scene.fail("b", CheckKind::Canary, ProbeClass::Open);
    scene.fail("b", CheckKind::Canary, ProbeClass::Open);
    EXPECT_EQ(scene.member("b").phase(), Phase::Degraded);
}

TEST(Watch, WaitsOutARateLimit) {
    Proven scene;
    for (int i = 0; i < 3; ++i) {
        scene.fail("b", CheckKind::Through, ProbeClass::Converging);
    }
    EXPECT_EQ(scene.degraded(), 0U);
    EXPECT_THAT(scene.record.faults(), IsEmpty());
}

TEST(Watch, ProvesThreeReadyServicesAnewBeforeAWaveBegins) {
    Proven scene;
    scene.add("z", "second");
    scene.pass_time(10min);
    scene.all_answer();
    scene.pass_time(55s);
    scene.everything_is_well();
    scene.decide();
    EXPECT_THAT(scene.flips(), IsEmpty());
    std::size_t asked = 0;
    for (const auto& name : scene.names) {
        asked += scene.asked(CheckKind::Through, name) ? 1U : 0U;
    }
    EXPECT_EQ(asked, 3U);
    scene.all_answer();
    scene.decide();
    EXPECT_THAT(scene.flips(), SizeIs(1));
}

TEST(Watch, BeginsNoWaveWhileOneOfAnEarlierOneIsDegradedUntilAPersonAcceptsIt) {
    Proven scene;
    scene.fail("b", CheckKind::Canary, ProbeClass::Open);
    scene.fail("b", CheckKind::Canary, ProbeClass::Open);
    scene.add("z", "second");
    scene.all_answer();
    scene.decide();
    EXPECT_THAT(scene.flips(), IsEmpty());
    scene.pass_time(1s);
    scene.command(Command::Verb::Accept, "b");
    scene.decide();
    EXPECT_THAT(scene.flips(), SizeIs(1));
}

}  // namespace
}  // namespace wavegate::rollout
