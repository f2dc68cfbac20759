// What became of a write whose answer was lost, told by what runs.
#include "reconcilers/rollout/settle.hpp"

#include "tests/unit/rollout/scene.hpp"

#include <gtest/gtest.h>

namespace wavegate::rollout {
namespace {

using namespace std::chrono_literals;

constexpr auto kEarly = 5s;
constexpr auto kLate = 2h;  ///< whatever was sent has landed by then

/// `a` was open and was to be jwt; the answer was lost so long ago, and it runs `block`.
struct Lost : Scene {
    Lost(Duration ago, const AuthBlock& block) {
        add("a", "first");
        intent.kind = "flip";
        intent.service = "a";
        intent.state = IntentState::Lost;
        intent.at = now;
        intent.block_before = canonical(wanted_block(desired.fleet.jwt, AuthMode::None));
        intent.block_after = canonical(wanted_block(desired.fleet.jwt, AuthMode::Jwt));
        running("a").auth = block;
        pass_time(ago);
        observed.swarm = Seen(*observed.swarm, now);
    }
    Outcome outcome() {
        Plan plan(desired, observed, diff, record, ledger, now);
        const auto found = settle(plan, &intent, "a");
        settled = plan.step.settled;
        return found;
    }
    Intent intent;
    std::vector<Intent> settled;
};

const AuthBlock kThird{{"AUTH_TYPE", "jwt"}, {"EUNOMIA_TYPE", "embedded"}};

AuthBlock block(AuthMode mode) {
    return wanted_block(Scene().desired.fleet.jwt, mode);
}

TEST(Settle, AdoptsWhatIsInForceHoweverLongItTook) {
    for (const Duration ago : {Duration(kEarly), Duration(kLate)}) {
        Lost lost(ago, block(AuthMode::Jwt));
        EXPECT_EQ(lost.outcome(), Outcome::Written);
        ASSERT_EQ(lost.settled.size(), 1U);
        EXPECT_EQ(lost.settled.front().state, IntentState::Adopted);
    }
}

TEST(Settle, DropsWhatIsNotInForceOnlyOnceItCanLandNoMore) {
    Lost early(kEarly, block(AuthMode::None));
    EXPECT_EQ(early.outcome(), Outcome::Unknown);
    EXPECT_TRUE(early.settled.empty());
    Lost late(kLate, block(AuthMode::None));
    EXPECT_EQ(late.outcome(), Outcome::NotWritten);
    ASSERT_EQ(late.settled.size(), 1U);
    EXPECT_EQ(late.settled.front().state, IntentState::Dropped);
}

TEST(Settle, TakesAThirdBlockForNeither) {
    for (const Duration ago : {Duration(kEarly), Duration(kLate)}) {
        Lost lost(ago, kThird);
        EXPECT_EQ(lost.outcome(), Outcome::Unknown);
        EXPECT_TRUE(lost.settled.empty());
    }
}

TEST(Settle, KnowsNothingBeforeItWasSeenAgain) {
    for (const auto mode : {AuthMode::None, AuthMode::Jwt}) {
        Lost lost(kLate, block(mode));
        lost.observed.swarm = Seen(*lost.observed.swarm, lost.intent.at);
        EXPECT_EQ(lost.outcome(), Outcome::Unknown);
    }
}

}  // namespace
}  // namespace wavegate::rollout
