// Writes that land late, or whose answer does not come; and a store that forgot them.
#include "operator/base/digest.hpp"
#include "operator/formats/last_good.hpp"
#include "operator/model/auth_block.hpp"
#include "tests/unit/rollout/scene.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::rollout {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// The canary's flip was sent, and its answer is lost.
struct LostFlip : Story {
    LostFlip() {
        add("a", "first");
        add("b", "first");
        everything_is_well();
        decide();
        written("a", IntentState::Lost);
    }
    void wait(Duration by) {
        pass_time(by);
        everything_is_well();
        decide();
    }
};

TEST(LostFlip, HoldsItsPlaceAndIsNotSentAgain) {
    LostFlip scene;
    for (int i = 0; i < 19; ++i) {
        scene.wait(1min);
        EXPECT_EQ(scene.member("a").phase(), Phase::Flipping);
        EXPECT_THAT(scene.flips(), IsEmpty());
    }
}

TEST(LostFlip, IsGivenUpOnceItCanLandNoMore) {
    LostFlip scene;
    scene.wait(21min);
    EXPECT_THAT(scene.flips(), ElementsAre("a")) << "it is tried again";
}

TEST(LostFlip, IsOursWhenItLandsLate) {
    LostFlip scene;
    scene.wait(10min);
    scene.run("a", AuthMode::Jwt);
    scene.wait(1s);
    EXPECT_EQ(scene.member("a").phase(), Phase::Probing);
    EXPECT_FALSE(scene.member("a").adopted());
}

TEST(LostFlip, IsTakenBackWhenItLandsAfterItWasGivenUp) {
    LostFlip scene;
    scene.wait(21min);
    scene.written("a", IntentState::Refused);
    scene.run("a", AuthMode::Jwt);
    scene.wait(1s);
    EXPECT_EQ(scene.member("a").phase(), Phase::RollingBack);
    EXPECT_TRUE(scene.member("a").cause()->shared) << "nothing is remembered against it";
}

/// `a` runs jwt, and nothing is known of it but what stands in its stack's Env.
struct Forgotten : Story {
    explicit Forgotten(const AuthBlock& marked) {
        add("a", "first", AuthMode::Jwt, AuthMode::Jwt);
        formats::LastGoods goods;
        goods["a"].block = wanted_block(desired.fleet, AuthMode::None);
        goods["a"].flip = formats::FlipMark{"r1", short_hash(canonical(marked), 16)};
        auto stacks = *observed.stacks;
        for (auto& stack : stacks) {
            stack.env = {{std::string(kLastGoodKey), formats::write_last_good(goods)}};
            stack.update_date =
                std::chrono::duration_cast<std::chrono::seconds>(now.wall.time_since_epoch())
                    .count();
        }
        observed.stacks = Seen(std::move(stacks), now);
        decide();
    }
};

TEST(LostStore, TakesAFlipUpAgainByItsMark) {
    const Forgotten scene(wanted_block(Story().desired.fleet, AuthMode::Jwt));
    EXPECT_FALSE(scene.member("a").adopted()) << "it soaks, and has a way back";
    EXPECT_EQ(scene.record.canary(), "a");
}

TEST(LostStore, TakesAnothersHandForNoFlipOfOurs) {
    const Forgotten scene(AuthBlock{{"AUTH_TYPE", "jwt"}, {"EUNOMIA_TYPE", "embedded"}});
    EXPECT_TRUE(scene.member("a").adopted());
}

}  // namespace
}  // namespace wavegate::rollout
