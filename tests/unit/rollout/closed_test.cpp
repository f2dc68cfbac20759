// Children that can only enforce (`modes: [jwt]`): adopted as they do, flipped at a person's word
// or a commit's, mended where they stand open.
#include "operator/model/inputs.hpp"
#include "tests/unit/rollout/scene.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace wavegate::rollout {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// a can't be open; b of the same wave can.
struct Closed : Story {
    explicit Closed(AuthMode runs) {
        add("a", "first", AuthMode::Jwt, runs);
        add("b", "first");
        spec("a").modes = {false, true};
    }
    /// It enforces, for tokens of somebody else.
    void serves_others() {
        running("a").auth["FASTMCP_SERVER_AUTH_JWT_AUDIENCE"] = "others";
        running("a").template_digest = "others";
    }
    void goes_on() {
        pass_time(1s);
        everything_is_well();
        decide();
    }
};

TEST(ClosedChild, IsAdoptedAsItEnforces) {
    Closed scene(AuthMode::Jwt);
    scene.everything_is_well();
    scene.decide();
    EXPECT_NE(scene.member("a").phase(), Phase::Pending);
    EXPECT_TRUE(scene.member("a").adopted());
}

TEST(ClosedChild, IsHeldWhereItIsFoundWithAnotherBlockThatEnforces) {
    Closed scene(AuthMode::Jwt);
    scene.serves_others();
    scene.goes_on();
    EXPECT_EQ(scene.member("a").phase(), Phase::Held);
    EXPECT_EQ(scene.hold("a").reason, Reason::ChangedByHand);
    Closed open(AuthMode::Jwt);
    open.serves_others();
    open.spec("a").modes = {};
    open.goes_on();
    EXPECT_EQ(open.member("a").phase(), Phase::Flipping) << "what can be open is flipped";
}

TEST(ClosedChild, IsFlippedFromAnotherBlockAtAPersonsWord) {
    Closed scene(AuthMode::Jwt);
    scene.serves_others();
    scene.goes_on();
    scene.command(Command::Verb::Retry, "a");
    scene.goes_on();
    scene.pass_time(1s);
    scene.everything_is_well();
    scene.answer(CheckKind::Baseline, "a", Verdict::Fail, ProbeClass::TokenRefused);
    scene.decide();
    EXPECT_THAT(scene.flips(), ElementsAre("a")) << "though it lets nobody in as it is";
}

TEST(ClosedChild, IsAdoptedOnceWhatItRunsWithIsWanted) {
    Closed scene(AuthMode::Jwt);
    scene.serves_others();
    scene.goes_on();
    ASSERT_EQ(scene.member("a").phase(), Phase::Held);
    scene.desired.fleet.jwt.audience = "others";
    scene.desired.digest = "two";
    scene.goes_on();
    EXPECT_EQ(scene.member("a").phase(), Phase::Probing);
    EXPECT_TRUE(scene.member("a").adopted());
}

TEST(ClosedChild, WaitsNoMoreForAFlipOnceItIsSaidToBeClosed) {
    Closed scene(AuthMode::Jwt);
    scene.serves_others();
    scene.spec("a").modes = {};
    scene.decide();
    ASSERT_EQ(scene.member("a").phase(), Phase::Pending);
    scene.spec("a").modes = {false, true};
    scene.desired.digest = "two";
    scene.goes_on();
    EXPECT_EQ(scene.member("a").phase(), Phase::Held);
}

TEST(ClosedChild, IsFlippedByACommitOnceItWasProven) {
    Closed scene(AuthMode::Jwt);
    scene.spec("b").auth = AuthMode::None;
    scene.everything_is_well();
    scene.adopt("a");
    ASSERT_EQ(scene.member("a").phase(), Phase::Ready);
    scene.desired.fleet.jwt.audience = "new";
    scene.desired.digest = "two";
    scene.running("mux").env = outbound_env(scene.desired, scene.observed);
    scene.goes_on();
    scene.goes_on();
    EXPECT_THAT(scene.flips(), ElementsAre("a")) << scene.hold("a").message;
}

TEST(ClosedChild, ThatStandsOpenIsFlippedWhateverItsBaseline) {
    Closed scene(AuthMode::None);
    scene.everything_is_well();
    scene.answer(CheckKind::Baseline, "a", Verdict::Fail, ProbeClass::Down);
    scene.decide();
    EXPECT_THAT(scene.flips(), ElementsAre("a")) << "it does not start as it is";
}

}  // namespace
}  // namespace wavegate::rollout
