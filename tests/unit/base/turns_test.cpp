#include "operator/base/turns.hpp"

#include "operator/base/task_group.hpp"
#include "tests/support/simulation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

struct Waiting : ::testing::Test {
    asio::awaitable<void> hold(std::string name, Duration length) {
        const auto turn = co_await turns.take();
        notes.push_back(name);
        static_cast<void>(co_await sim.clock.sleep_until(sim.clock.now().mono + length));
        notes.push_back(name + " ends");
    }

    Simulation sim;
    Turns turns;
    std::vector<std::string> notes;
};

TEST_F(Waiting, OneHoldsItTheOthersFollowInOrder) {
    TaskGroup group(sim.executor());
    group.spawn("a", hold("a", 1s));
    group.spawn("b", hold("b", 1s));
    group.spawn("c", hold("c", 1s));
    sim.run(group.join());
    EXPECT_THAT(notes, ElementsAre("a", "a ends", "b", "b ends", "c", "c ends"));
    EXPECT_FALSE(turns.is_taken());
}

TEST_F(Waiting, WhoIsCancelledTakesItsTurnAndGivesItOn) {
    TaskGroup group(sim.executor());
    TaskGroup cancelled(sim.executor());
    group.spawn("a", hold("a", 1s));
    sim.settle();
    cancelled.spawn("b", hold("b", 1h));
    sim.settle();
    group.spawn("c", hold("c", 1s));
    sim.settle();
    cancelled.cancel();
    sim.run(group.join());
    EXPECT_THAT(notes, ElementsAre("a", "a ends", "b", "c", "c ends"));
    EXPECT_EQ(cancelled.failures(), 0U);
}

TEST_F(Waiting, ItIsGivenOnWhereItsHolderIsDestroyed) {
    {
        asio::io_context other;
        sim.attach(other);
        TaskGroup group(other.get_executor());
        group.spawn("a", hold("a", 1h));
        sim.settle();
        EXPECT_TRUE(turns.is_taken());
        sim.detach(other);
    }
    EXPECT_FALSE(turns.is_taken());
}

}  // namespace
}  // namespace wavegate::testing
