// What became of a write whose answer was lost, told by what runs.
#include "reconcilers/rollout/settle.hpp"

#include "tests/unit/rollout/scene.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace wavegate::rollout {
namespace {

using namespace std::chrono_literals;

constexpr auto kEarly = 19min;  ///< it may still land
constexpr auto kLate = 21min;

/// `a` was open and was to be jwt; the answer was lost so long ago, and it runs `block`.
struct Lost : Story {
    Lost(Duration ago, const AuthBlock& block) {
        add("a", "first");
        intent.id = "flip-a";
        intent.kind = "flip";
        intent.target = "stack/a";
        intent.service = "a";
        intent.state = IntentState::Lost;
        intent.at = now;
        intent.version = 7;
        intent.block_before = canonical(wanted_block(desired.fleet, AuthMode::None));
        intent.block_after = canonical(wanted_block(desired.fleet, AuthMode::Jwt));
        running("a").auth = block;
        running("a").version = 7;
        save("a");
        pass_time(ago);
        observed.swarm = Seen(*observed.swarm, now);
    }
    /// Portainer's record does not show it.
    Lost& unsaved() {
        auto stacks = *observed.stacks;
        stacks.back().update_date = 0;
        observed.stacks = Seen(std::move(stacks), now);
        return *this;
    }
    /// Nothing: it is not settled.
    [[nodiscard]] std::optional<IntentState> outcome() {
        ledger.intents.push_back(intent);
        const auto settled = settle(observed, desired, diff, ledger, now);
        return settled.empty() ? std::nullopt : std::optional(settled.at(intent.id).state);
    }
    Intent intent;
};

const AuthBlock kThird{{"AUTH_TYPE", "jwt"}, {"EUNOMIA_TYPE", "embedded"}};

AuthBlock block(AuthMode mode) {
    return wanted_block(Story().desired.fleet, mode);
}

TEST(Settle, AdoptsWhatIsInForceHoweverLongItTook) {
    for (const Duration ago : {Duration(kEarly), Duration(kLate)}) {
        EXPECT_EQ(Lost(ago, block(AuthMode::Jwt)).outcome(), IntentState::Adopted);
    }
}

TEST(Settle, TakesWhatSwarmShowsForLandedOnlyOncePortainersCallIsOver) {
    EXPECT_EQ(Lost(kEarly, block(AuthMode::Jwt)).unsaved().outcome(), std::nullopt);
    EXPECT_EQ(Lost(kLate, block(AuthMode::Jwt)).unsaved().outcome(), IntentState::Adopted)
        << "it failed half-way: its record will never show it";
}

TEST(Settle, TakesADeploymentThatGoesOnForUnderWay) {
    Lost lost(kEarly, block(AuthMode::Jwt));
    auto stacks = *lost.observed.stacks;
    stacks.back().status = StackStatus::Deploying;
    lost.observed.stacks = Seen(std::move(stacks), lost.now);
    EXPECT_EQ(lost.outcome(), std::nullopt);
}

TEST(Settle, DropsWhatIsNotInForceOnlyOnceItCanLandNoMore) {
    EXPECT_EQ(Lost(kEarly, block(AuthMode::None)).outcome(), std::nullopt);
    EXPECT_EQ(Lost(kLate, block(AuthMode::None)).outcome(), IntentState::Dropped);
}

TEST(Settle, CountsFromItsOwnStartWhatAnotherProcessSent) {
    Lost lost(kLate, block(AuthMode::None));
    lost.ledger.opened = lost.now;
    EXPECT_EQ(lost.outcome(), std::nullopt) << "its clock may have been set since";
    lost.pass_time(kLate);
    lost.observed.swarm = Seen(*lost.observed.swarm, lost.now);
    lost.ledger.intents.clear();
    EXPECT_EQ(lost.outcome(), IntentState::Dropped);
}

TEST(Settle, DropsNothingWhileALaterWriteOfTheSameServerWaits) {
    Lost lost(kLate, block(AuthMode::None));
    auto later = lost.intent;
    later.id = "another";
    later.target = "stack/b";
    later.service = "b";
    later.at.mono += 10min;
    lost.ledger.intents.push_back(later);
    EXPECT_EQ(lost.outcome(), std::nullopt) << "that server is slow";
}

TEST(Settle, TakesAThirdBlockForNeither) {
    EXPECT_EQ(Lost(kEarly, kThird).outcome(), std::nullopt);
    EXPECT_EQ(Lost(kLate, kThird).outcome(), IntentState::Dropped);
}

TEST(Settle, TakesWhatSwarmRolledBackItselfForLanded) {
    Lost lost(kEarly, block(AuthMode::None));
    lost.running("a").update = UpdateState::RollbackCompleted;
    EXPECT_EQ(lost.outcome(), std::nullopt) << "an older rollback: its version is as it was";
    lost.ledger.intents.clear();
    lost.running("a").version = 9;
    EXPECT_EQ(lost.outcome(), IntentState::Adopted);
}

TEST(Settle, KnowsNothingBeforeItWasSeenAgain) {
    for (const auto mode : {AuthMode::None, AuthMode::Jwt}) {
        Lost lost(kLate, block(mode));
        lost.observed.swarm = Seen(*lost.observed.swarm, lost.intent.at);
        EXPECT_EQ(lost.outcome(), std::nullopt);
    }
}

}  // namespace
}  // namespace wavegate::rollout
