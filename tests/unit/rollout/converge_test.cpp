#include "reconcilers/rollout/converge.hpp"

#include <gtest/gtest.h>

namespace wavegate::rollout {
namespace {

SwarmService service() {
    SwarmService made;
    made.id = "s1";
    made.name = "a-mcp_a-mcp";
    made.replicas = 1;
    made.template_digest = "new";
    return made;
}

SwarmTask task_of_one(const std::string& state, const std::string& digest = "new") {
    SwarmTask made;
    made.id = "t-" + state + digest;
    made.service_id = "s1";
    made.state = state;
    made.desired_state = "running";
    made.template_digest = digest;
    return made;
}

Convergence state_of(const SwarmService& s, std::vector<SwarmTask> tasks, bool after = true) {
    SwarmView view;
    view.services = {s};
    view.tasks = std::move(tasks);
    return converge(view, s, after).state;
}

TEST(Convergence, IsExactlyTheWantedTasksOnTheWantedSpec) {
    EXPECT_EQ(state_of(service(), {task_of_one("running")}), Convergence::Running);
    EXPECT_EQ(state_of(service(), {}), Convergence::Pending);
    EXPECT_EQ(state_of(service(), {task_of_one("running", "old")}), Convergence::Pending);
    EXPECT_EQ(
        state_of(service(), {task_of_one("running"), task_of_one("running", "old")}),
        Convergence::Pending)
        << "the old task still drains";
}

TEST(Convergence, FailsWhenSwarmRolledBackOrPausedOurUpdate) {
    auto rolled = service();
    rolled.update = UpdateState::RollbackCompleted;
    EXPECT_EQ(state_of(rolled, {task_of_one("running")}), Convergence::Failed);
    auto paused = service();
    paused.update = UpdateState::Paused;
    EXPECT_EQ(state_of(paused, {task_of_one("running")}), Convergence::Failed);
}

TEST(Convergence, TakesAnOldRollbackForOldNewsWhenNothingWasWritten) {
    auto rolled = service();
    rolled.update = UpdateState::RollbackCompleted;
    EXPECT_EQ(state_of(rolled, {task_of_one("running")}, false), Convergence::Running);
}

TEST(Convergence, WaitsWhileSwarmUpdates) {
    auto updating = service();
    updating.update = UpdateState::Updating;
    EXPECT_EQ(state_of(updating, {task_of_one("running")}), Convergence::Pending);
}

}  // namespace
}  // namespace wavegate::rollout
