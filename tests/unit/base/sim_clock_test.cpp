#include "tests/support/sim_clock.hpp"

#include "operator/base/task_group.hpp"
#include "tests/support/simulation.hpp"

#include <gtest/gtest.h>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;

asio::awaitable<void> sleep_and_note(SimClock& clock, Mono when, int id, std::vector<int>& woken) {
    if (auto slept = co_await clock.sleep_until(when)) {
        woken.push_back(id);
    }
}

TEST(SimClock, StartsAtTheFirstOfJanuary2026) {
    const SimClock clock;
    EXPECT_EQ(to_rfc3339(clock.now().wall), "2026-01-01T00:00:00.000Z");
}

TEST(SimClock, WakesByTimeThenByArrival) {
    Simulation sim;
    TaskGroup group(sim.executor());
    std::vector<int> woken;
    const Mono start = sim.clock.now().mono;
    group.spawn("late", sleep_and_note(sim.clock, start + 2s, 1, woken));
    group.spawn("first", sleep_and_note(sim.clock, start + 1s, 2, woken));
    group.spawn("second", sleep_and_note(sim.clock, start + 1s, 3, woken));
    sim.run(group.join());
    EXPECT_EQ(woken, (std::vector{2, 3, 1}));
    EXPECT_EQ(sim.clock.now().mono, start + 2s);
}

TEST(SimClock, ACancelledWaitEndsWithoutTimeGoingBy) {
    Simulation sim;
    TaskGroup group(sim.executor());
    std::vector<int> woken;
    const Mono start = sim.clock.now().mono;
    group.spawn("sleeper", sleep_and_note(sim.clock, start + 1h, 1, woken));
    sim.settle();
    group.cancel();
    sim.run(group.join());
    EXPECT_TRUE(woken.empty());
    EXPECT_EQ(sim.clock.now().mono, start);
    EXPECT_FALSE(sim.clock.next());
}

TEST(SimClock, AdvanceStopsAtItsEnd) {
    Simulation sim;
    TaskGroup group(sim.executor());
    std::vector<int> woken;
    const Mono start = sim.clock.now().mono;
    group.spawn("a", sleep_and_note(sim.clock, start + 5s, 1, woken));
    sim.advance(4s);
    EXPECT_TRUE(woken.empty());
    EXPECT_EQ(sim.clock.now().mono, start + 4s);
    sim.advance(1s);
    EXPECT_EQ(woken, std::vector{1});
}

TEST(SimClock, TheWallClockMayJumpWhileMonotonicTimeDoesNot) {
    Simulation sim;
    const Time before = sim.clock.now();
    sim.clock.set_wall_offset(-1h);
    EXPECT_EQ(sim.clock.now().wall, before.wall - 1h);
    EXPECT_EQ(sim.clock.now().mono, before.mono);
}

TEST(SimClock, DropsTheSleepersOfADeadContext) {
    Simulation sim;
    std::vector<int> woken;
    {
        asio::io_context dead;
        sim.attach(dead);
        TaskGroup group(dead.get_executor());
        group.spawn("a", sleep_and_note(sim.clock, sim.clock.now().mono + 1s, 1, woken));
        sim.settle();
        ASSERT_TRUE(sim.clock.next());
        sim.detach(dead);
    }
    EXPECT_FALSE(sim.clock.next());
    sim.advance(2s);
    EXPECT_TRUE(woken.empty());
}

TEST(Simulation, RunGivesTheTasksResult) {
    Simulation sim;
    auto task = [](SimClock& clock) -> Task<int> {
        if (auto slept = co_await clock.sleep_until(clock.now().mono + 1h); !slept) {
            co_return slept.take_error();
        }
        co_return 7;
    };
    const Result<int> result = sim.run(task(sim.clock));
    ASSERT_TRUE(result);
    EXPECT_EQ(*result, 7);
}

TEST(Simulation, RunSaysWhenATaskNeverEnds) {
    Simulation sim;
    TaskGroup group(sim.executor());
    auto forever = [](SimClock& clock) -> asio::awaitable<void> {
        (void)co_await clock.sleep_until(Mono::max());
    };
    group.spawn("forever", forever(sim.clock));
    EXPECT_THROW(sim.run(group.join()), std::logic_error);
}

}  // namespace
}  // namespace wavegate::testing
