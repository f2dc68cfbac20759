#include "operator/base/task_group.hpp"

#include "tests/support/simulation.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;

asio::awaitable<void> sleeps(SimClock& clock, Duration length, int& ended) {
    if (auto slept = co_await clock.sleep_until(clock.now().mono + length)) {
        ++ended;
    }
}

asio::awaitable<void> throws() {
    throw std::runtime_error("a bug");
    co_return;
}

asio::awaitable<void> joins(TaskGroup& group, SimClock& clock, std::vector<std::string>& notes) {
    co_await group.join();
    notes.emplace_back("joined");
    (void)co_await clock.sleep_until(clock.now().mono + 1s);
    notes.emplace_back("went on");
}

TEST(TaskGroup, JoinWaitsForEveryMember) {
    Simulation sim;
    int ended = 0;
    TaskGroup group(sim.executor());
    group.spawn("a", sleeps(sim.clock, 1s, ended));
    group.spawn("b", sleeps(sim.clock, 2s, ended));
    EXPECT_EQ(group.size(), 2U);
    sim.run(group.join());
    EXPECT_EQ(ended, 2);
    EXPECT_EQ(group.size(), 0U);
}

TEST(TaskGroup, JoinOfAnEmptyGroupEnds) {
    Simulation sim;
    TaskGroup group(sim.executor());
    sim.run(group.join());
}

TEST(TaskGroup, CancelEndsEveryMemberAtItsAwait) {
    Simulation sim;
    int ended = 0;
    TaskGroup group(sim.executor());
    group.spawn("a", sleeps(sim.clock, 1h, ended));
    sim.settle();
    group.cancel();
    sim.run(group.join());
    EXPECT_EQ(ended, 0);
    EXPECT_EQ(group.failures(), 0U) << "a cancelled coroutine has not failed";
}

TEST(TaskGroup, CountsMembersThatEndByAnException) {
    Simulation sim;
    TaskGroup group(sim.executor());
    group.spawn("broken", throws());
    sim.run(group.join());
    EXPECT_EQ(group.failures(), 1U);
}

TEST(TaskGroup, ItsDestructionCancelsItsMembers) {
    Simulation sim;
    int ended = 0;
    {
        TaskGroup group(sim.executor());
        group.spawn("a", sleeps(sim.clock, 1h, ended));
        sim.settle();
    }
    sim.settle();
    EXPECT_FALSE(sim.clock.next()) << "nobody sleeps any more";
    EXPECT_EQ(ended, 0);
}

asio::awaitable<void> ends_at_once() {
    co_return;
}

TEST(TaskGroup, ACancellationMayComeJustBeforeTheEnd) {
    Simulation sim;
    TaskGroup group(sim.executor());
    group.spawn("short", ends_at_once());
    group.cancel();
    sim.run(group.join());
    EXPECT_EQ(group.failures(), 0U);
}

TEST(TaskGroup, ACancellationFromOutsideMayComeAfterTheEnd) {
    Simulation sim;
    int ended = 0;
    TaskGroup group(sim.executor());
    group.spawn("a", sleeps(sim.clock, 1s, ended));
    sim.settle();
    sim.clock.wake_next();  // its end is posted
    group.cancel();         // and so is the cancellation, behind it
    sim.run(group.join());
    EXPECT_EQ(ended, 1);
}

TEST(TaskGroup, ACancelledCallerFinishesItsJoinAndEndsAfterIt) {
    Simulation sim;
    int ended = 0;
    std::vector<std::string> notes;
    TaskGroup inner(sim.executor());
    TaskGroup outer(sim.executor());
    inner.spawn("member", sleeps(sim.clock, 1s, ended));
    outer.spawn("joiner", joins(inner, sim.clock, notes));
    sim.settle();
    outer.cancel();
    sim.settle();
    EXPECT_TRUE(notes.empty());
    sim.advance(1min);
    EXPECT_EQ(notes, std::vector<std::string>{"joined"});
    EXPECT_EQ(outer.size(), 0U);
}

asio::awaitable<void> owns_a_group(SimClock& clock, int& ended) {
    TaskGroup group(co_await asio::this_coro::executor);
    group.spawn("inner", sleeps(clock, 1h, ended));
    co_await group.join();
    ++ended;
}

TEST(TaskGroup, AJoinThatNeverEndsIsDestroyedWithItsContext) {
    Simulation sim;
    int ended = 0;
    auto context = std::make_unique<asio::io_context>();
    sim.attach(*context);
    TaskGroup outer(context->get_executor());
    outer.spawn("owner", owns_a_group(sim.clock, ended));
    sim.settle();
    sim.detach(*context);
    context.reset();
    EXPECT_EQ(outer.size(), 0U);
    outer.cancel();
    EXPECT_EQ(ended, 0);
}

}  // namespace
}  // namespace wavegate::testing
