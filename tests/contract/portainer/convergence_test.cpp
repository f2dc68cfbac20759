#include "tests/contract/portainer/rig.hpp"

#include <gmock/gmock.h>

#include <algorithm>

using ::testing::ElementsAre;
using ::testing::SizeIs;

namespace wavegate::testing {
namespace {

const std::string kPassedType = "      - AUTH_TYPE=${AUTH_TYPE}\n";
const std::string kOnFailure = "      update_config: { failure_action: rollback }\n";

/// A program that can't start with auth switched on.
sandbox::StartPlan dies_with_jwt(const sandbox::ContainerSpec& spec) {
    const auto type = spec.env.find("AUTH_TYPE");
    return type != spec.env.end() && type->second == "jwt" ? exits(1) : sandbox::StartPlan();
}

struct Flip : Rig {
    explicit Flip(const std::string& deploy = {}) {
        const sandbox::EnvList open{{"AUTH_TYPE", "none"}};
        id = must(portainer.add_stack("a-mcp", compose(kPassedType, deploy), open));
        sim.advance(2s);
    }
    int id = 0;

    void to(const std::string& type) {
        must(sim.run(
            client.apply(stack_permit(stack(id), std::nullopt, {set_env("AUTH_TYPE", type)}))));
    }
    UpdateState state() { return service("a-mcp_app").update; }
    /// Ids of the tasks that run exactly what the service asks for.
    std::vector<std::string> converged() {
        const auto wanted = service("a-mcp_app").template_digest;
        std::vector<std::string> ids;
        for (const auto& task : tasks("a-mcp_app")) {
            if (task.state == "running" && task.desired_state == "running" &&
                task.template_digest == wanted) {
                ids.push_back(task.id);
            }
        }
        return ids;
    }
};

TEST(Convergence, AFlipIsAcceptedBeforeItRuns) {
    Flip flip;
    const auto before = flip.converged();
    ASSERT_THAT(before, SizeIs(1));
    flip.to("jwt");
    EXPECT_THAT(flip.converged(), SizeIs(0));
    EXPECT_EQ(flip.programs.of("a-mcp_app"), 1U) << "the old one serves on for about 3 s";
    flip.sim.advance(500ms);
    EXPECT_EQ(flip.state(), UpdateState::Updating);
    flip.sim.advance(2900ms);
    EXPECT_EQ(flip.programs.of("a-mcp_app"), 0U) << "stop-first: a short outage";
    flip.sim.advance(1s);
    const auto after = flip.converged();
    ASSERT_THAT(after, SizeIs(1));
    EXPECT_NE(after, before);
    EXPECT_EQ(flip.state(), UpdateState::Updating) << "until the monitor time has passed";
    flip.sim.advance(5s);
    EXPECT_EQ(flip.state(), UpdateState::Completed);
    EXPECT_EQ(flip.converged(), after);
}

TEST(Convergence, StartFirstHasNoOutage) {
    Flip flip("      update_config: { order: start-first }\n");
    EXPECT_TRUE(flip.service("a-mcp_app").start_first);
    flip.to("jwt");
    for (int i = 0; i < 100; ++i) {
        flip.sim.advance(100ms);
        EXPECT_GE(flip.programs.of("a-mcp_app"), 1U);
    }
    EXPECT_THAT(flip.converged(), SizeIs(1));
}

TEST(Convergence, AFailureThatPausesLeavesTheNewSpecAndACrashLoop) {
    Flip flip;
    flip.programs.decide = dies_with_jwt;
    flip.to("jwt");
    flip.sim.advance(30s);
    EXPECT_EQ(flip.state(), UpdateState::Paused);
    EXPECT_EQ(agent_utilities_profile().mode_of(flip.service("a-mcp_app").auth), AuthMode::Jwt);
    EXPECT_THAT(flip.converged(), SizeIs(0));
    const auto tasks = flip.tasks("a-mcp_app");
    EXPECT_TRUE(std::any_of(tasks.begin(), tasks.end(), [](const SwarmTask& task) {
        return task.error == "task: non-zero exit (1)";
    }));
}

TEST(Convergence, ANoOpRedeployErasesTheEvidenceOfThePause) {
    Flip flip;
    flip.programs.decide = dies_with_jwt;
    flip.to("jwt");
    flip.sim.advance(30s);
    ASSERT_EQ(flip.state(), UpdateState::Paused);
    flip.to("jwt");
    flip.sim.advance(1s);
    EXPECT_EQ(flip.state(), UpdateState::None);
}

TEST(Convergence, SwarmsOwnRollbackRunsTheOldSpecWhileFileAndEnvStayNew) {
    Flip flip(kOnFailure);
    flip.programs.decide = dies_with_jwt;
    flip.to("jwt");
    flip.sim.advance(30s);
    EXPECT_EQ(flip.state(), UpdateState::RollbackCompleted);
    EXPECT_EQ(agent_utilities_profile().mode_of(flip.service("a-mcp_app").auth), AuthMode::None);
    EXPECT_THAT(flip.converged(), SizeIs(1));
    const auto stack = flip.stack(flip.id);
    const auto* type = find_env(stack.env, "AUTH_TYPE");
    EXPECT_TRUE(**type == Secret::copy_of("jwt"));
}

TEST(Convergence, AForeignRollbackIsSeen) {
    Flip flip;
    flip.to("jwt");
    flip.sim.advance(15s);
    ASSERT_TRUE(flip.portainer.roll_back_by_hand("a-mcp_app"));
    const auto service = flip.service("a-mcp_app");
    EXPECT_EQ(service.update, UpdateState::RollbackStarted);
    EXPECT_EQ(service.update_message, "manually requested rollback");
    EXPECT_EQ(agent_utilities_profile().mode_of(service.auth), AuthMode::None);
}

TEST(Convergence, AnUnschedulableTaskSaysWhy) {
    Flip flip;
    flip.portainer.swarm().drain(true);
    flip.sim.advance(5s);
    const auto tasks = flip.tasks("a-mcp_app");
    EXPECT_TRUE(std::any_of(tasks.begin(), tasks.end(), [](const SwarmTask& task) {
        return task.state == "pending" &&
               task.error == "no suitable node (1 node not available for new tasks)";
    }));
}

TEST(Convergence, ASlowStartHoldsUpNothingButItself) {
    Flip flip;
    flip.portainer.swarm().slow_start("a-mcp_app", 1min);
    flip.to("jwt");
    flip.sim.advance(10s);
    EXPECT_EQ(flip.programs.of("a-mcp_app"), 0U);
    flip.sim.advance(1min);
    EXPECT_EQ(flip.programs.of("a-mcp_app"), 1U);
}

TEST(Convergence, WithAHealthCheckATaskRunsAfterItsFirstGoodOne) {
    Rig rig;
    const auto file =
        compose(kPassedType) + "    healthcheck: { test: [\"CMD\", \"x\"], interval: 30s }\n";
    rig.must(rig.portainer.add_stack("a-mcp", file));
    rig.sim.advance(20s);
    EXPECT_EQ(rig.tasks("a-mcp_app").front().state, "starting");
    EXPECT_EQ(rig.programs.of("a-mcp_app"), 1U) << "it listens long before";
    rig.sim.advance(11s);
    EXPECT_EQ(rig.tasks("a-mcp_app").front().state, "running");
}

TEST(Convergence, AStoppedStackIsInactiveAndAnUpdateStartsIt) {
    Flip flip;
    HttpRequest stop("POST", "https://portainer.arpa/api/stacks/1/stop?endpointId=1");
    stop.headers.add("X-API-Key", "ptr_sandbox");
    ASSERT_EQ(flip.sim.run(flip.portainer.answer(std::move(stop))).status, 200);
    EXPECT_EQ(flip.stack(flip.id).status, StackStatus::Inactive);
    flip.to("jwt");
    EXPECT_EQ(flip.stack(flip.id).status, StackStatus::Active);
    EXPECT_EQ(flip.env("a-mcp_app", "AUTH_TYPE"), "jwt");
}

TEST(GitStacks, PollingDeploysANewCommitAndNothingElse) {
    Rig rig;
    auto& repository = rig.portainer.git()["https://git.arpa/a.git"];
    repository.commit("main", {{"c.yml", compose("      - V=1\n")}});
    HttpRequest create(
        "POST", "https://portainer.arpa/api/stacks/create/swarm/repository?endpointId=1");
    create.headers.add("X-API-Key", "ptr_sandbox");
    create.body =
        R"({"Name":"a-mcp","SwarmID":")" + rig.portainer.swarm().id() +
        R"(","RepositoryURL":"https://git.arpa/a.git","RepositoryReferenceName":"refs/heads/main",
            "ComposeFile":"c.yml","AutoUpdate":{"Interval":"5m"}})";
    ASSERT_EQ(rig.sim.run(rig.portainer.answer(std::move(create))).status, 200);
    EXPECT_TRUE(rig.stack(1).git->auto_update);
    rig.sim.advance(6min);
    EXPECT_THAT(rig.portainer.writes(), SizeIs(1)) << "no new commit, no deployment";
    const auto head = repository.commit("main", {{"c.yml", compose("      - V=2\n")}});
    rig.sim.advance(6min);
    EXPECT_EQ(rig.env("a-mcp_app", "V"), "2");
    EXPECT_EQ(rig.stack(1).git->config_hash, head);
}

TEST(GitStacks, AnotherHandsEditIsACommitAndADeployment) {
    Rig rig;
    auto& repository = rig.portainer.git()["https://git.arpa/a.git"];
    sandbox::GitConfig git;
    git.url = "https://git.arpa/a.git";
    git.reference = "refs/heads/main";
    git.path = "c.yml";
    repository.commit("main", {{"c.yml", compose("      - V=1\n")}});
    const int id = rig.must(rig.portainer.add_git_stack("a-mcp", git));
    const auto before = rig.stack(id).git->config_hash;
    ASSERT_TRUE(rig.portainer.edit_by_hand("a-mcp", compose("      - V=2\n"), std::nullopt));
    EXPECT_NE(rig.stack(id).git->config_hash, before);
    EXPECT_EQ(rig.env("a-mcp_app", "V"), "2");
    EXPECT_TRUE(rig.portainer.writes().back().by_hand);
}

TEST(GitStacks, AWrongPasswordIsDeniedAndChangesNothing) {
    Rig rig;
    auto& repository = rig.portainer.git()["https://git.arpa/a.git"];
    sandbox::GitConfig git;
    git.url = "https://git.arpa/a.git";
    git.reference = "refs/heads/main";
    git.path = "c.yml";
    repository.commit("main", {{"c.yml", compose("      - V=${V}\n")}});
    const int id = rig.must(rig.portainer.add_git_stack("a-mcp", git, {{"V", "1"}}));
    repository.protect("bot", "changed");
    const auto result = rig.sim.run(
        rig.client.apply(stack_permit(rig.stack(id), std::nullopt, {set_env("V", "2")})));
    EXPECT_EQ(result.error().kind(), ErrorKind::Denied);
    EXPECT_EQ(result.error().effect(), Effect::None);
    EXPECT_EQ(rig.env("a-mcp_app", "V"), "1");
}

}  // namespace
}  // namespace wavegate::testing
