// When Swarm is to be seen again, and what is decided by what was seen last.
#include "tests/unit/rollout/scene.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::rollout {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

/// `a` is released, and written.
struct Written : Story {
    Written() {
        add("a", "first");
        running("a").monitor = 5s;
        everything_is_well();
        decide();
        written("a");
        pass_time(1s);
        run("a", AuthMode::Jwt);
        decide();
    }
    [[nodiscard]] Duration until_seen() const { return step.see_again - now.mono; }
    void update(UpdateState state) {
        running("a").update = state;
        pass_time(1s);
        decide();
    }
};

TEST(Looks, AreOfEachSecondWhileSomethingConverges) {
    Written scene;
    ASSERT_EQ(scene.member("a").phase(), Phase::Converging);
    EXPECT_EQ(scene.until_seen(), 1s);
    scene.update(UpdateState::Updating);
    EXPECT_EQ(scene.until_seen(), 1s);
}

TEST(Looks, WaitForAnUpdatesEndWhereSwarmTellsOfIt) {
    Written scene;
    scene.observed.told = true;
    scene.update(UpdateState::Updating);
    EXPECT_EQ(scene.until_seen(), 10s);
}

TEST(Looks, MeetTheEndOfTheTimeThatTheSameTasksMustRun) {
    Written scene;
    scene.observed.told = true;
    scene.update(UpdateState::Completed);
    ASSERT_EQ(scene.member("a").phase(), Phase::Converging);
    const auto since = scene.member("a").as<state::Converging>()->tasks.since;
    EXPECT_EQ(scene.step.see_again, since.mono + 5s);
    // Nothing of that is proven before, however often it is decided.
    scene.pass_time(3900ms);
    scene.decide();
    EXPECT_EQ(scene.member("a").phase(), Phase::Converging);
}

TEST(Looks, AreNoPartOfASoak) {
    Written scene;
    scene.running("a").monitor = 1s;
    scene.bring_to("a", Phase::Probed);
    EXPECT_LT(scene.step.look_again, scene.step.see_again) << "it is decided again for its samples";
    EXPECT_GE(scene.until_seen(), 20s);
}

TEST(Looks, FollowNoTurnOfAFlipThatGoesWell) {
    Written scene;
    EXPECT_FALSE(scene.step.anew) << "it converges";
    scene.update(UpdateState::Completed);
    scene.pass_time(5s);
    scene.decide();
    ASSERT_EQ(scene.member("a").phase(), Phase::Probing);
    EXPECT_FALSE(scene.step.anew);
}

TEST(Looks, FollowATurnForTheWorse) {
    Story scene;
    scene.add("a", "first");
    scene.everything_is_well();
    scene.decide();
    scene.fail("a");
    ASSERT_EQ(scene.member("a").phase(), Phase::RollingBack);
    EXPECT_TRUE(scene.step.anew) << "the way back needs its file";
    EXPECT_LE(scene.step.look_again, scene.now.mono);
}

/// After the canary, `b` and `c` are in flight, and `d` and `e` wait for their slots.
struct InPairs : Story {
    InPairs() {
        for (const auto* name : {"a", "b", "c", "d", "e"}) {
            add(name, "first");
        }
        everything_is_well();
        decide();
        soak_canary("a");
        for (const auto* name : {"b", "c", "d", "e"}) {
            running(name).monitor = 5s;
        }
        everything_is_well();
        decide();
        EXPECT_THAT(flips(), ElementsAre("b", "c"));
    }
    /// It runs as it should from now on.
    void comes_up(const std::string& name, Duration after) {
        written(name);
        pass_time(after);
        run(name, AuthMode::Jwt);
        decide();
    }
    void passes(const std::string& name) {
        for (const auto kind : {CheckKind::Unauthorized, CheckKind::Direct, CheckKind::Through}) {
            answer(kind, name);
        }
    }
    void later(Duration by) {
        pass_time(by);
        gates_hold();
        decide();
    }
};

TEST(Together, GoFlipsWhoseTurnsComeWithinAMoment) {
    InPairs scene;
    scene.written("c");
    scene.comes_up("b", 1s);
    scene.comes_up("c", 500ms);
    scene.later(4500ms);
    ASSERT_EQ(scene.member("b").phase(), Phase::Probing);
    ASSERT_EQ(scene.member("c").phase(), Phase::Converging);
    scene.passes("b");
    scene.later(100ms);
    EXPECT_THAT(scene.flips(), IsEmpty()) << "c may be proven in 0.4 s";
    scene.later(400ms);
    scene.passes("c");
    scene.later(100ms);
    EXPECT_THAT(scene.flips(), UnorderedElementsAre("d", "e"));
}

TEST(Together, WaitsNobodyForOneThatTakesLonger) {
    InPairs scene;
    scene.written("c");
    scene.comes_up("b", 1s);
    scene.later(5s);
    ASSERT_EQ(scene.member("b").phase(), Phase::Probing);
    scene.passes("b");
    scene.later(100ms);
    EXPECT_THAT(scene.flips(), ElementsAre("d")) << "c does not even run";
}

}  // namespace
}  // namespace wavegate::rollout
