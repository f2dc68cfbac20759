#include "reconcilers/lock/machine.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>

// Who of several operators acts (design §8). Each reaches its state by living through it: a lock
// that behaves as Swarm's configs do, and contenders whose clocks have nothing to do with each
// other.
namespace wavegate::lock {
namespace {

using namespace std::chrono_literals;

/// The one config: labels that are set by who names its version.
struct Config {
    std::optional<LockConfig> there;
    std::uint64_t index = 10;

    bool take(const Take& order) {
        if (there.has_value() != order.on.has_value() ||
            (there && there->version != order.on->version)) {
            return false;
        }
        LockConfig next;
        next.id = there ? there->id : "id-" + std::to_string(index);
        next.name = lock_name("homelab");
        next.version = index += 7;  // it grows with gaps
        next.labels = labels_of(order.claim);
        there = std::move(next);
        return true;
    }
    [[nodiscard]] Claim claim() const { return claim_of(there->labels); }
    void delete_by_hand() { there.reset(); }
};

/// One process, with a clock of its own.
struct Contender {
    Contender(Config& shared, std::string holder, std::string identity) : config(shared) {
        me.fleet = "homelab";
        me.holder = std::move(holder);
        me.identity = std::move(identity);
        me.host = "nas";
        // No two clocks have anything in common.
        now.mono = Mono(std::chrono::hours(me.holder.size() * 17));
        now.wall = Wall(std::chrono::hours(1000) * static_cast<int>(me.holder.back()));
    }

    Config& config;
    Me me;
    State state;
    Time now{};
    Order order{Rest{}};
    bool reachable = true;
    double speed = 1;  ///< of its clock

    void hear(const Heard& heard) {
        auto turn = step(me, std::move(state), heard, now);
        state = std::move(turn.state);
        order = std::move(turn.order);
    }
    static Failed failed(ErrorKind kind) { return {Error(kind, "portainer: no")}; }
    /// Carries out what it wants, until it rests.
    void act() {
        for (int calls = 0; !std::holds_alternative<Rest>(order); ++calls) {
            ASSERT_LT(calls, 10) << "it never rests";
            if (!reachable) {
                hear(failed(ErrorKind::Unavailable));
            } else if (const auto* take = std::get_if<Take>(&order)) {
                const auto claim = take->claim;
                const bool done = config.take(*take);
                done ? hear(Taken{claim, now.mono}) : hear(failed(ErrorKind::Conflict));
            } else if (config.there) {
                hear(Found{*config.there});
            } else {
                hear(Absent{});
            }
        }
    }
    void look() {
        hear(Rested{});
        act();
    }
    /// That much passes on a clock that is right.
    void live(Duration by) {
        const auto end = now.mono + std::chrono::duration_cast<Duration>(by * speed);
        while (std::get<Rest>(order).until < end) {
            now.mono = std::max(now.mono, std::get<Rest>(order).until);
            look();
        }
        now.wall += end - now.mono;
        now.mono = end;
    }
    [[nodiscard]] Role role() const { return state.role; }
    [[nodiscard]] bool may_act() const { return leadership_of(me, state).may_act(now.mono); }
};

struct Two : ::testing::Test {
    Config config;
    Contender first{config, "run-1", "nas/db"};
    Contender second{config, "apply-22", "laptop/db"};

    void live(Duration by) {
        for (Duration gone{0}; gone < by; gone += 250ms) {
            first.live(250ms);
            second.live(250ms);
            ASSERT_FALSE(first.may_act() && second.may_act());
        }
    }
};

TEST_F(Two, AFreeLockIsTaken) {
    first.look();

    EXPECT_EQ(first.role(), Role::Holder);
    EXPECT_TRUE(first.may_act());
    EXPECT_EQ(config.claim().holder, "run-1");
    EXPECT_EQ(config.claim().host, "nas");
    EXPECT_EQ(config.claim().since, first.now.wall);
    EXPECT_EQ(config.claim().term, 1U);
}

TEST_F(Two, NobodyActsBeforeItIsHeld) {
    EXPECT_FALSE(first.may_act());
    first.hear(Rested{});
    EXPECT_FALSE(first.may_act());
    first.hear(Absent{});
    EXPECT_TRUE(std::holds_alternative<Take>(first.order));
    EXPECT_FALSE(first.may_act()) << "it is asked for, and not had";
}

TEST_F(Two, TheOtherStandsByAndSaysWhoActsSinceWhen) {
    first.look();
    second.look();

    EXPECT_EQ(second.role(), Role::Standby);
    EXPECT_FALSE(second.may_act());
    const auto leads = leadership_of(second.me, second.state);
    EXPECT_TRUE(leads.stands_by());
    EXPECT_EQ(leads.holder, "run-1");
    EXPECT_EQ(leads.host, "nas");
    EXPECT_EQ(leads.since, config.claim().since);
    EXPECT_EQ(leads.term, 1U);
}

TEST_F(Two, AHolderThatRenewsKeepsIt) {
    first.look();
    second.look();

    live(20min);

    EXPECT_TRUE(first.may_act());
    EXPECT_EQ(second.role(), Role::Standby);
    EXPECT_GE(config.claim().renew, 110U) << "each 10 s";
    EXPECT_LE(config.claim().renew, 121U);
    EXPECT_EQ(config.claim().term, 1U) << "a renewal is no change of hands";
}

TEST_F(Two, OneWhoseHolderWasDeletedIsTakenAtOnce) {
    first.look();
    second.look();
    config.take({config.there, released(first.state.claim)});

    second.live(kRenewEach / 8);

    EXPECT_TRUE(second.may_act());
    EXPECT_EQ(config.claim().term, 2U);
}

TEST_F(Two, AContenderWaitsAFullDurationAfterTheLastChangeThatItSaw) {
    first.look();
    first.live(25s);
    second.look();  // the holder dies now, its last renewal five seconds old

    second.live(kDuration - 1ms);
    EXPECT_EQ(second.role(), Role::Standby);
    second.live(2ms);
    EXPECT_TRUE(second.may_act());
    EXPECT_EQ(config.claim().holder, "apply-22");
    EXPECT_EQ(config.claim().term, 2U);
}

TEST_F(Two, WhatItCouldNotSeeIsNoSilence) {
    first.look();
    second.look();
    second.reachable = false;
    live(10min);

    second.reachable = true;
    second.live(2s);
    EXPECT_EQ(second.role(), Role::Standby) << "it was renewed meanwhile";
}

TEST_F(Two, TheSameMachineAndStoreRetakesAtOnce) {
    first.look();
    Contender again(config, "run-333", "nas/db");

    again.look();

    EXPECT_TRUE(again.may_act());
    EXPECT_EQ(config.claim().holder, "run-333");
    EXPECT_EQ(config.claim().term, 2U) << "it is another process";
}

TEST_F(Two, WithoutAnIdentityNobodyRetakes) {
    Contender nameless(config, "run-1", "");
    nameless.look();
    Contender another(config, "run-22", "");
    another.look();

    EXPECT_EQ(another.role(), Role::Standby);
}

TEST_F(Two, AHolderGivesUpAfterThirtySecondsWithoutSuccess) {
    first.look();
    first.live(kRenewEach + 1ms);
    first.reachable = false;

    first.live(kGivenUpAfter - 2ms);
    EXPECT_TRUE(first.may_act());
    first.live(1ms);
    EXPECT_FALSE(first.may_act());
    EXPECT_FALSE(leadership_of(first.me, first.state).trouble.empty());
    first.live(1ms);
    EXPECT_EQ(first.role(), Role::Lost);
}

TEST_F(Two, ItHasGivenUpLongBeforeAnotherActs) {
    first.look();
    second.look();
    first.reachable = false;
    Duration between{0};
    for (Duration gone{0}; gone < 2min && !second.may_act(); gone += 250ms) {
        between += first.may_act() ? 0ms : 250ms;
        live(250ms);
    }

    EXPECT_TRUE(second.may_act());
    EXPECT_GE(between, 10s);
}

TEST_F(Two, ClocksMayDriftApartByATenth) {
    first.speed = 0.9;
    second.speed = 1.1;
    first.look();
    second.look();
    live(10min);
    EXPECT_TRUE(first.may_act());

    first.reachable = false;
    live(2min);  // asserts that the two never act at once
    EXPECT_TRUE(second.may_act());
}

TEST_F(Two, WhoWasPausedLearnsThatItActsNoMore) {
    first.look();
    second.look();
    second.live(kDuration + 1s);  // the first is stopped meanwhile
    ASSERT_TRUE(second.may_act());

    first.now.mono += kDuration + 1s;
    EXPECT_FALSE(first.may_act()) << "by its own count, before it asks anybody";
    first.look();
    EXPECT_EQ(first.role(), Role::Standby);
}

TEST_F(Two, WhatNobodyElseTookIsTakenAgainByANewTerm) {
    first.look();
    first.reachable = false;
    first.live(38s);  // no leader in Swarm for so long
    ASSERT_EQ(first.role(), Role::Lost);

    first.reachable = true;
    first.live(2s);
    EXPECT_TRUE(first.may_act());
    EXPECT_EQ(config.claim().term, 2U);
}

TEST_F(Two, OfTwoContendersOneCompareAndSetWins) {
    for (auto* each : {&first, &second}) {
        each->hear(Rested{});
        each->hear(Absent{});
        ASSERT_TRUE(std::holds_alternative<Take>(each->order)) << "both saw it free";
    }
    second.act();
    first.act();
    EXPECT_TRUE(second.may_act());
    EXPECT_FALSE(first.may_act());
    first.live(2s);
    EXPECT_EQ(first.role(), Role::Standby);
}

TEST_F(Two, OfTwoContendersForAnAbandonedLockOneWins) {
    first.look();
    Contender third(config, "run-4444", "server/db");
    second.look();
    third.look();
    second.now.mono += kDuration;
    third.now.mono += kDuration;
    for (auto* each : {&second, &third}) {
        each->hear(Rested{});
        each->hear(Found{*config.there});
        ASSERT_TRUE(std::holds_alternative<Take>(each->order));
    }
    third.act();
    second.act();

    EXPECT_TRUE(third.may_act());
    EXPECT_FALSE(second.may_act());
    EXPECT_EQ(config.claim().term, 2U);
}

TEST_F(Two, AnAnswerThatWasLostIsToldByLooking) {
    first.look();
    first.now.mono += kRenewEach;
    first.hear(Rested{});
    first.hear(Found{*config.there});
    ASSERT_TRUE(config.take(std::get<Take>(first.order)));
    first.hear(Failed{Error(ErrorKind::Timeout, "no answer", Effect::Maybe)});
    first.live(3s);

    EXPECT_TRUE(first.may_act());
    EXPECT_EQ(config.claim().term, 1U);
    EXPECT_EQ(config.claim().renew, 2U) << "renewed on the version that it left";
}

TEST_F(Two, ATakeWhoseAnswerWasLostIsTakenAgain) {
    first.hear(Rested{});
    first.hear(Absent{});
    ASSERT_TRUE(config.take(std::get<Take>(first.order)));
    first.hear(Failed{Error(ErrorKind::Timeout, "no answer", Effect::Maybe)});
    EXPECT_FALSE(first.may_act());
    first.live(3s);

    EXPECT_TRUE(first.may_act());
    EXPECT_EQ(config.claim().holder, "run-1");
}

TEST_F(Two, TheTermIsOneMoreThanTheHighestOfLockStoreAndMarks) {
    second.hear(Marked{41});
    second.act();
    second.live(kDuration + 1s);
    EXPECT_EQ(config.claim().term, 42U);
    config.take({config.there, released(second.state.claim)});
    first.hear(Marked{7});
    first.act();
    EXPECT_EQ(config.claim().term, 43U) << "the lock's own is the highest";
}

TEST_F(Two, AHigherTermInAMarkMakesTheHolderTakeANewOne) {
    first.look();
    first.hear(Marked{9});
    first.act();

    EXPECT_TRUE(first.may_act());
    EXPECT_EQ(config.claim().term, 10U);
    EXPECT_EQ(config.claim().holder, "run-1");
}

TEST_F(Two, AHigherTermOfAnotherHolderIsHeardAtTheNextLook) {
    first.look();
    Contender taker(config, "run-333", "nas/db");
    taker.look();

    first.hear(Marked{2});  // in a stack's mark, re-read before a write
    first.act();
    EXPECT_FALSE(first.may_act());
    EXPECT_EQ(first.role(), Role::Standby);
}

TEST_F(Two, ALockDeletedByHandIsMadeAgainByItsHolder) {
    first.look();
    second.look();
    live(5s);
    config.delete_by_hand();

    live(30s);  // asserts that the two never act at once
    EXPECT_TRUE(first.may_act());
    EXPECT_EQ(second.role(), Role::Standby);
    EXPECT_EQ(config.claim().term, 2U);
}

TEST_F(Two, WhoSawItVanishWaitsAsIfItWereThere) {
    first.look();
    second.look();
    config.delete_by_hand();  // and its holder is gone

    second.live(kDuration);
    EXPECT_FALSE(second.may_act());
    second.live(2s);
    EXPECT_TRUE(second.may_act()) << "nobody is locked out";
}

TEST_F(Two, WhoFindsMarksAndNoLockWaitsAsIfItWereThere) {
    first.look();
    config.delete_by_hand();  // its holder has not looked since, and acts
    second.hear(Marked{1});
    second.act();
    EXPECT_FALSE(second.may_act());

    live(30s);  // asserts that the two never act at once
    EXPECT_TRUE(first.may_act());
    EXPECT_EQ(second.role(), Role::Standby);
}

TEST_F(Two, MissingRightsAreSaidWithWhatHelps) {
    first.hear(Rested{});
    first.hear(Failed{Error(ErrorKind::Denied, "portainer: not allowed")});

    EXPECT_FALSE(first.may_act());
    const auto trouble = leadership_of(first.me, first.state).trouble;
    EXPECT_NE(trouble.find("portainer: not allowed"), std::string::npos);
    EXPECT_NE(trouble.find("lock: none"), std::string::npos);
    EXPECT_NE(trouble.find("administrator"), std::string::npos);
    EXPECT_TRUE(leadership_of(first.me, first.state).barred);

    first.live(11s);
    EXPECT_TRUE(first.may_act()) << "it is asked for again";
    EXPECT_TRUE(leadership_of(first.me, first.state).trouble.empty());
}

TEST_F(Two, AnotherFleetsLockIsNeverTouched) {
    Claim other;
    other.fleet = "other";
    other.term = 3;
    config.take({std::nullopt, other});

    first.look();
    first.live(5min);

    EXPECT_FALSE(first.may_act());
    EXPECT_EQ(config.claim(), other);
    EXPECT_NE(leadership_of(first.me, first.state).trouble.find("other"), std::string::npos);
}

TEST(Claim, IsReadAsItWasWritten) {
    Claim claim;
    claim.fleet = "homelab";
    claim.holder = "run-1";
    claim.identity = "0123abcd";
    claim.host = "nas";
    claim.since = Wall(std::chrono::hours(490'000));
    claim.term = 12;
    claim.renew = 345;
    EXPECT_EQ(claim_of(labels_of(claim)), claim);
}

TEST(Claim, ThatIsReleasedNamesNobody) {
    Claim claim;
    claim.fleet = "homelab";
    claim.holder = "run-1";
    claim.identity = "0123abcd";
    claim.term = 12;

    const auto labels = labels_of(released(claim));
    EXPECT_EQ(labels.count("holder"), 0U);
    EXPECT_EQ(labels.count("identity"), 0U);
    EXPECT_EQ(labels.at("term"), "12") << "the next one's is higher";
}

TEST(Claim, OfAnothersHandIsReadAsFarAsItGoes) {
    const auto claim = claim_of({{"term", "-5"}, {"renew", "9x"}, {"since", "yesterday"}});
    EXPECT_EQ(claim.term, 0U);
    EXPECT_EQ(claim.renew, 0U);
    EXPECT_TRUE(claim.holder.empty());
}

}  // namespace
}  // namespace wavegate::lock
