// Which edits are written at once, in which order, and what the planner sees of them.
#include "reconcilers/fleet/writers.hpp"

#include "tests/support/simulation.hpp"

#include <boost/asio/post.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace wavegate::fleet {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

Edit stack_edit(const std::string& stack, StackPurpose purpose, const std::string& id) {
    StackEdit body;
    body.stack = stack;
    body.service = stack;
    body.purpose = purpose;
    Edit edit;
    edit.id = id;
    edit.intent = id + "@1";
    edit.target = "stack/" + stack;
    edit.body = std::move(body);
    return edit;
}

Edit policy_edit(const std::string& id) {
    PolicyEdit body;
    body.policy.name = id;
    Edit edit;
    edit.id = id;
    edit.intent = id + "@1";
    edit.target = "policy/" + id;
    edit.body = std::move(body);
    return edit;
}

/// Writes that take ten seconds each.
class RunningWrites : public ::testing::Test {
  protected:
    void begin(std::vector<Edit> edits) {
        writers_.begin(sim_.executor(), std::move(edits), sim_.clock.now(), [this](Edit edit) {
            return perform(std::move(edit));
        });
    }
    asio::awaitable<bool> perform(Edit edit) {
        begun_.push_back(edit.id);
        const auto slept = co_await sim_.clock.sleep_until(sim_.clock.now().mono + 10s);
        if (slept) {
            ended_.push_back(edit.id);
        }
        co_return slept.has_value();
    }

    /// A write of nothing, which is refused before it waits for anything.
    asio::awaitable<bool> end_at_once(Edit edit) {
        begun_.push_back(edit.id);
        co_return false;
    }

    testing::Simulation sim_;
    std::uint64_t order_ = 0;
    std::vector<std::string> begun_;
    std::vector<std::string> ended_;
    Writers writers_{order_};
};

TEST_F(RunningWrites, GoOneAfterTheOtherOnAStackAndSideBySideOnOthers) {
    begin({stack_edit("a", StackPurpose::Flip, "a1"), stack_edit("b", StackPurpose::Flip, "b1")});
    sim_.advance(1s);
    begin({stack_edit("a", StackPurpose::WayBack, "a2")});
    sim_.advance(1s);
    EXPECT_THAT(begun_, ElementsAre("a1", "b1"));
    sim_.advance(9s);
    EXPECT_THAT(begun_, ElementsAre("a1", "b1", "a2"));
    sim_.advance(10s);
    EXPECT_EQ(writers_.size(), 0U);
}

TEST_F(RunningWrites, WaysBackComeFirstAndWaitForNoOtherStack) {
    begin(
        {stack_edit("a", StackPurpose::Flip, "a"),
         stack_edit("b", StackPurpose::Flip, "b"),
         stack_edit("c", StackPurpose::Flip, "c"),
         stack_edit("d", StackPurpose::Flip, "d"),
         stack_edit("e", StackPurpose::WayBack, "e"),
         stack_edit("f", StackPurpose::WayBack, "f")});
    sim_.advance(1s);
    EXPECT_THAT(begun_, ElementsAre("e", "f", "a", "b", "c")) << "three others at once";
    sim_.advance(20s);
    EXPECT_EQ(ended_.size(), 6U);
}

TEST_F(RunningWrites, OfOneSystemKeepTheirOrderAndHoldUpNoStack) {
    begin({policy_edit("p1"), policy_edit("p2"), stack_edit("a", StackPurpose::Flip, "a")});
    sim_.advance(1s);
    EXPECT_THAT(begun_, ElementsAre("p1", "a"));
    sim_.advance(30s);
    EXPECT_THAT(ended_, UnorderedElementsAre("p1", "a", "p2"));
}

TEST_F(RunningWrites, AreNewsOnceTheirSystemWasLookedAtAgain) {
    const auto edit = policy_edit("p1");
    const auto looked = ++order_;
    EXPECT_TRUE(writers_.is_news(edit, looked));
    begin({edit});
    EXPECT_FALSE(writers_.is_news(edit, looked)) << "it is being written";
    EXPECT_FALSE(writers_.is_news(policy_edit("p2"), looked)) << "as is its system";
    sim_.advance(11s);
    EXPECT_FALSE(writers_.is_news(edit, looked)) << "it was seen before it was written";
    EXPECT_TRUE(writers_.is_news(edit, ++order_));
}

TEST_F(RunningWrites, OfTheRolloutAreNewsButForTheVerySame) {
    begin({stack_edit("a", StackPurpose::Flip, "a1")});
    EXPECT_FALSE(writers_.is_news(stack_edit("a", StackPurpose::Flip, "a1"), order_));
    EXPECT_TRUE(writers_.is_news(stack_edit("a", StackPurpose::WayBack, "a2"), order_));
    EXPECT_FALSE(writers_.is_news(stack_edit("a", StackPurpose::EnvSync, "a3"), order_));
}

TEST_F(RunningWrites, MayEndBeforeTheyWaitForAnything) {
    std::vector<Edit> edits;
    for (const auto* name : {"a", "b", "c", "d", "e", "f"}) {
        edits.push_back(stack_edit(name, StackPurpose::Flip, name));
    }
    // On the executor, as a pass is: what is spawned there begins at once.
    asio::post(sim_.executor(), [&] {
        writers_.begin(sim_.executor(), std::move(edits), sim_.clock.now(), [this](Edit edit) {
            return end_at_once(std::move(edit));
        });
    });
    sim_.settle();
    EXPECT_THAT(begun_, UnorderedElementsAre("a", "b", "c", "d", "e", "f"));
    EXPECT_EQ(writers_.size(), 0U);
}

TEST_F(RunningWrites, AreOpenIntentsForThePlanner) {
    const auto kept = std::make_shared<const Ledger>();
    EXPECT_EQ(writers_.with_all(kept), kept);
    begin(
        {stack_edit("a", StackPurpose::Flip, "a1"), stack_edit("a", StackPurpose::WayBack, "a2")});
    const auto seen = writers_.with_all(kept);
    for (const auto* id : {"a1@1", "a2@1"}) {
        ASSERT_NE(std::as_const(*seen).intent(id), nullptr) << id;
        EXPECT_EQ(std::as_const(*seen).intent(id)->state, IntentState::Open);
        EXPECT_TRUE(seen->under_way.contains(id));
    }
    EXPECT_THAT(kept->intents, IsEmpty());
    sim_.advance(30s);
    EXPECT_EQ(writers_.with_all(kept), kept);
}

TEST_F(RunningWrites, EndAtOnceWhenTheyAreCancelledAndBeginNoOther) {
    begin(
        {stack_edit("a", StackPurpose::Flip, "a1"), stack_edit("a", StackPurpose::WayBack, "a2")});
    sim_.advance(1s);
    writers_.cancel();
    const auto asked = sim_.clock.now().mono;
    sim_.run(writers_.join());
    EXPECT_EQ(sim_.clock.now().mono, asked);
    EXPECT_THAT(ended_, IsEmpty());
    EXPECT_EQ(begun_.size(), 1U);
}

}  // namespace
}  // namespace wavegate::fleet
