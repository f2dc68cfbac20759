// What an operator does for the lock while its passes go on: contends, renews, gives back.
#include "reconcilers/fleet/lease.hpp"

#include "tests/support/simulation.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace wavegate::fleet {
namespace {

using namespace std::chrono_literals;

/// The config in the Swarm, and what becomes of calls.
struct Swarm {
    explicit Swarm(Clock& c) : clock(c) {}
    Clock& clock;
    std::optional<LockConfig> config;
    std::uint64_t index = 10;
    std::optional<Error> error;  ///< of each call, while set
    Duration takes{10};
    int calls = 0;

    [[nodiscard]] lock::Claim claim() const { return lock::claim_of(config->labels); }
};

class ScriptedLock final : public FleetLock {
  public:
    explicit ScriptedLock(Swarm& swarm) : swarm_(swarm) {}

    Task<std::optional<LockConfig>> read(std::string /*name*/) override {
        auto called = co_await call();
        if (!called) {
            co_return called.take_error();
        }
        co_return swarm_.config;
    }
    Task<void> create(std::string name, LockConfig::Labels labels) override {
        auto called = co_await call();
        if (!called) {
            co_return called.take_error();
        }
        if (swarm_.config) {
            co_return Error(ErrorKind::Conflict, "there already");
        }
        LockConfig made;
        made.name = std::move(name);
        write(std::move(made), std::move(labels));
        co_return Result<void>();
    }
    Task<void> update(LockConfig seen, LockConfig::Labels labels) override {
        auto called = co_await call();
        if (!called) {
            co_return called.take_error();
        }
        if (!swarm_.config || swarm_.config->version != seen.version) {
            co_return Error(ErrorKind::Conflict, "out of sequence");
        }
        write(std::move(seen), std::move(labels));
        co_return Result<void>();
    }

  private:
    Task<void> call() {
        ++swarm_.calls;
        static_cast<void>(
            co_await swarm_.clock.sleep_until(swarm_.clock.now().mono + swarm_.takes));
        if (swarm_.error) {
            co_return *swarm_.error;
        }
        co_return Result<void>();
    }
    void write(LockConfig config, LockConfig::Labels labels) {
        config.id = "id";
        config.version = swarm_.index += 3;
        config.labels = std::move(labels);
        swarm_.config = std::move(config);
    }

    Swarm& swarm_;
};

struct Process {
    Process(testing::Simulation& s, Swarm& shared, std::string holder, bool locked = true)
        : sim(s),
          swarm(shared),
          lease(
              s.clock,
              self(std::move(holder), locked),
              [this] { return store_until; },
              [this](auto&) { ++turns; }) {}
    ~Process() { stop(); }
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    static Contender self(std::string holder, bool locked) {
        Contender self;
        self.locked = locked;
        self.holder = std::move(holder);
        self.host = "nas";
        return self;
    }
    void start(const std::string& identity) {
        auto backends = std::make_shared<Backends>();
        backends->lock = std::make_unique<ScriptedLock>(swarm);
        FleetSpec fleet;
        fleet.name = "homelab";
        lease.keep(sim.executor(), std::move(backends), fleet, identity);
        sim.advance(100ms);
    }
    void stop(bool unsettled = false) {
        lease.cancel();
        sim.run(lease.end(unsettled));
    }
    [[nodiscard]] bool acts() const { return lease.mandate().has_value(); }

    testing::Simulation& sim;
    Swarm& swarm;
    int turns = 0;
    Mono store_until = Mono::max();
    Lease lease;
};

class Leasing : public ::testing::Test {
  protected:
    testing::Simulation sim_;
    Swarm swarm_{sim_.clock};
};

TEST_F(Leasing, IsHadAtOnceWhereNobodyHasIt) {
    Process one(sim_, swarm_, "run-1");
    EXPECT_FALSE(one.acts());
    one.start("here");

    EXPECT_TRUE(one.acts());
    EXPECT_EQ(one.turns, 1);
    EXPECT_EQ(one.lease.leadership().term, 1U);
    EXPECT_EQ(swarm_.config->name, "wavegate-homelab-lock");
}

TEST_F(Leasing, EndsWithTheStoreWhateverTheLockSays) {
    Process one(sim_, swarm_, "run-1");
    one.start("cluster");
    one.store_until = sim_.clock.now().mono + 5s;
    EXPECT_TRUE(one.acts());
    EXPECT_EQ(one.lease.until(), one.store_until) << "no permit lasts longer";
    sim_.advance(5s);
    EXPECT_FALSE(one.acts());

    Process next(sim_, swarm_, "run-2");
    next.start("cluster");
    EXPECT_TRUE(next.acts()) << "who has the store now takes the lock at once";
    EXPECT_FALSE(one.acts());
}

TEST_F(Leasing, IsTakenBackByWhoLostTheStoreAndHasItAgain) {
    Process one(sim_, swarm_, "run-1");
    one.start("cluster");
    one.store_until = sim_.clock.now().mono;
    Leadership other;
    other.holder = "run-2";
    one.lease.stand_by(other);
    EXPECT_FALSE(one.acts());
    EXPECT_TRUE(one.lease.leadership().stands_by());
    Process two(sim_, swarm_, "run-2");
    two.start("cluster");
    EXPECT_TRUE(two.acts());
    swarm_.calls = 0;
    sim_.advance(5s);
    EXPECT_EQ(swarm_.calls, 0) << "who has no store asks for no lock";

    two.store_until = sim_.clock.now().mono;
    one.store_until = Mono::max();
    one.start("cluster");
    EXPECT_TRUE(one.acts()) << "at once, as any other that has the store";
    EXPECT_EQ(one.lease.leadership().term, 3U);
}

TEST_F(Leasing, IsKeptByRenewalsThatCostTwoCallsInTenSeconds) {
    Process one(sim_, swarm_, "run-1");
    one.start("here");
    swarm_.calls = 0;
    sim_.advance(10min);

    EXPECT_TRUE(one.acts());
    EXPECT_LE(swarm_.calls, 120);
    EXPECT_GE(swarm_.calls, 116);
    EXPECT_EQ(one.turns, 1) << "a renewal is no news";
}

TEST_F(Leasing, EndsByItsOwnCountWhileACallHangs) {
    Process one(sim_, swarm_, "run-1");
    one.start("here");
    swarm_.takes = 1h;

    sim_.advance(29s);
    EXPECT_TRUE(one.acts());
    sim_.advance(2s);
    EXPECT_FALSE(one.acts()) << "nobody asked, and nobody answered";
    swarm_.takes = 10ms;
}

TEST_F(Leasing, EndsAtWhatTheGuardIsTold) {
    Process one(sim_, swarm_, "run-1");
    EXPECT_EQ(one.lease.until(), Mono::min());
    const auto before = sim_.clock.now().mono;
    one.start("here");

    EXPECT_LE(one.lease.until(), before + 30s + 100ms);
    EXPECT_GE(one.lease.until(), before + 30s);
}

TEST_F(Leasing, IsGivenBackByWhoStops) {
    Process one(sim_, swarm_, "run-1");
    Process two(sim_, swarm_, "run-2");
    one.start("here");
    two.start("there");
    EXPECT_TRUE(two.lease.leadership().stands_by());

    const auto before = sim_.clock.now().mono;
    one.stop();
    EXPECT_LE(sim_.clock.now().mono - before, 1s);
    EXPECT_FALSE(one.acts());
    sim_.advance(1100ms);
    EXPECT_TRUE(two.acts());
    EXPECT_EQ(two.lease.leadership().term, 2U);
}

TEST_F(Leasing, IsLeftToRunOutWhereAWriteWasUnderWay) {
    Process one(sim_, swarm_, "run-1");
    Process two(sim_, swarm_, "run-2");
    one.start("here");
    two.start("there");
    one.stop(true);

    sim_.advance(44s);
    EXPECT_FALSE(two.acts()) << "what was sent may still land";
    sim_.advance(3s);
    EXPECT_TRUE(two.acts());
}

TEST_F(Leasing, IsNotWaitedForByAStop) {
    Process one(sim_, swarm_, "run-1");
    one.start("here");
    swarm_.takes = 1h;

    const auto before = sim_.clock.now().mono;
    one.stop();
    EXPECT_LE(sim_.clock.now().mono - before, 1s);
    swarm_.takes = 10ms;
}

TEST_F(Leasing, OfOneThatOnlyStoodByIsLeftAlone) {
    Process one(sim_, swarm_, "run-1");
    Process two(sim_, swarm_, "run-2");
    one.start("here");
    two.start("there");
    two.stop();

    EXPECT_EQ(swarm_.claim().holder, "run-1");
    EXPECT_TRUE(one.acts());
}

TEST_F(Leasing, IsRetakenAtOnceByTheSameMachineAndStore) {
    auto first = std::make_unique<Process>(sim_, swarm_, "run-1");
    first->start("here");
    first->stop(true);  // it dies
    Process again(sim_, swarm_, "run-2");
    again.start("here");

    EXPECT_TRUE(again.acts());
    EXPECT_EQ(again.lease.leadership().term, 2U);
}

TEST_F(Leasing, WithoutRightsSaysWhatHelpsAndActsNever) {
    Process one(sim_, swarm_, "run-1");
    swarm_.error = Error(ErrorKind::Denied, "portainer: not allowed");
    one.start("here");
    sim_.advance(10min);

    EXPECT_FALSE(one.acts());
    EXPECT_EQ(one.turns, 1) << "once";
    EXPECT_TRUE(one.lease.leadership().barred);
    EXPECT_NE(one.lease.leadership().trouble.find("lock: none"), std::string::npos);
}

TEST_F(Leasing, IsNotAskedForWhereNoneIsKept) {
    Process one(sim_, swarm_, "run-1", false);
    one.start("here");
    sim_.advance(10min);

    EXPECT_EQ(swarm_.calls, 0);
    EXPECT_TRUE(one.acts());
    EXPECT_FALSE(one.lease.leadership().locked);
    EXPECT_EQ(one.lease.until(), Mono::max());
}

TEST_F(Leasing, IsKnownOrNotWaitedForLong) {
    Process one(sim_, swarm_, "run-1");
    swarm_.takes = 1h;
    one.start("here");
    const auto before = sim_.clock.now().mono;
    sim_.run(one.lease.known(3s));
    EXPECT_EQ(sim_.clock.now().mono - before, 3s);
    swarm_.takes = 10ms;
}

TEST_F(Leasing, HeedsAHigherTermThatSomethingBears) {
    Process one(sim_, swarm_, "run-1");
    one.start("here");
    one.lease.heed(7);
    sim_.advance(1s);

    EXPECT_EQ(one.lease.leadership().term, 8U);
    EXPECT_EQ(swarm_.claim().term, 8U);
}

}  // namespace
}  // namespace wavegate::fleet
