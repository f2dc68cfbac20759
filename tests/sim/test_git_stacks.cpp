// Git stacks whose file is changed by commits to their own branch (`stackRepo`).
#include "tests/sim/rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Git stacks with literal auth blocks that poll their own branches.
sandbox::WorldPlan literal_world(const std::vector<std::string>& names) {
    auto plan = small_world(names);
    for (auto& service : plan.services) {
        service.git = true;
        service.block = sandbox::BlockForm::Literal;
        service.poll_every = "24h";
    }
    return plan;
}

sandbox::DesiredPlan may_commit(
    const std::vector<std::string>& names,
    const std::string& auth = "jwt") {
    auto plan = one_wave(names, auth);
    plan.stack_repo = true;
    return plan;
}

class GitStacks : public ::testing::Test {
  protected:
    static sandbox::GitRepository& repository(Rig& rig, const std::string& service = "a-mcp") {
        return rig.world.portainer.git().at(rig.world.repository_url(service));
    }
    static std::string file(Rig& rig, const std::string& service = "a-mcp") {
        return repository(rig, service).at("refs/heads/main")->files.at("compose.yml");
    }
    static std::string head(Rig& rig) { return repository(rig).at("refs/heads/main")->hash; }
    static const sandbox::StackRecord& stack(Rig& rig) {
        return *rig.world.portainer.stack("a-mcp");
    }
    static std::size_t pushes(const Rig& rig) {
        return rig.world.network.count("POST", "git.arpa");
    }
    static Reason reason(const Rig& rig) { return rig.hold_of("a-mcp").reason; }
    static std::string message(const Rig& rig) { return rig.hold_of("a-mcp").message; }
    static std::string with(std::string text, const std::string& from, const std::string& to) {
        return text.replace(text.find(from), from.size(), to);
    }
    /// People of the repository change a text in the file, and do not redeploy.
    static void commit(Rig& rig, const std::string& from, const std::string& to) {
        repository(rig).commit("main", {{"compose.yml", with(file(rig), from, to)}});
    }
    /// Pushes land at once and are answered late, so that a kill may come in between.
    static void answer_pushes_late(Rig& rig) {
        sandbox::FaultRule late;
        late.method = "POST";
        late.authority = "git.arpa";
        late.after = 1s;
        rig.world.network.inject(late);
    }
};

TEST_F(GitStacks, WithALiteralBlockAreFlippedByOneCommit) {
    auto world = literal_world({"a-mcp"});
    Rig rig(std::move(world), may_commit({"a-mcp"}));
    const auto before = stack(rig);
    const auto text = file(rig);
    const auto image = rig.world.portainer.spec_image("a-mcp_a-mcp");

    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();

    EXPECT_EQ(rig.auth("a-mcp"), "jwt");
    EXPECT_EQ(pushes(rig), 1U);
    EXPECT_EQ(repository(rig).before("refs/heads/main")->hash, before.git->hash);
    EXPECT_EQ(repository(rig).at("refs/heads/main")->files.at("README.md"), "# a-mcp\n");
    EXPECT_EQ(
        file(rig),
        with(
            with(text, "AUTH_TYPE=none", "AUTH_TYPE=jwt"),
            "EUNOMIA_TYPE=none",
            "EUNOMIA_TYPE=remote"));
    const auto& after = stack(rig);
    ASSERT_TRUE(after.git.has_value());
    EXPECT_EQ(after.git->reference, before.git->reference);
    EXPECT_EQ(after.git->hash, head(rig));
    EXPECT_EQ(after.git->authentication->password, before.git->authentication->password);
    EXPECT_EQ(after.auto_update->interval, "24h");
    EXPECT_EQ(rig.world.portainer.spec_image("a-mcp_a-mcp"), image);
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST_F(GitStacks, AreAskedForNothingByAPassThatFindsNothingToDo) {
    Rig rig(literal_world({"a-mcp"}), may_commit({"a-mcp"}));
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    const auto asked = rig.world.network.count("", "git.arpa");
    rig.pass_time(30min);
    EXPECT_EQ(rig.world.network.count("", "git.arpa"), asked);
}

TEST_F(GitStacks, GoBackByACommitThatRestoresTheBlock) {
    Rig rig(literal_world({"a-mcp"}), may_commit({"a-mcp"}));
    const auto text = file(rig);
    rig.world.behaviour("a-mcp").jwks_down = true;

    ASSERT_TRUE(rig.until_standing("Halted", 3h)) << rig.story();

    EXPECT_EQ(rig.phase("a-mcp"), Phase::RolledBack);
    EXPECT_EQ(rig.auth("a-mcp"), "none");
    EXPECT_EQ(pushes(rig), 2U);
    EXPECT_EQ(file(rig), text);
    EXPECT_EQ(stack(rig).git->hash, head(rig)) << "deployed again";
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST_F(GitStacks, WaitWhileSomebodysCommitIsNotDeployed) {
    Rig rig(literal_world({"a-mcp"}), may_commit({"a-mcp"}));
    repository(rig).commit("main", {{"README.md", "more\n"}});

    ASSERT_TRUE(rig.until_standing("Awaited", 3h)) << rig.story();
    EXPECT_EQ(reason(rig), Reason::StackRepoAhead);
    EXPECT_THAT(message(rig), HasSubstr(head(rig).substr(0, 10)));
    rig.pass_time(30min);
    EXPECT_EQ(pushes(rig), 0U);
    EXPECT_THAT(rig.oracle.flips(), IsEmpty());

    // Its people redeploy it: the flip goes on by itself.
    ASSERT_TRUE(rig.world.portainer.edit_by_hand("a-mcp", std::nullopt, std::nullopt));
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    EXPECT_EQ(rig.auth("a-mcp"), "jwt");
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST_F(GitStacks, GoOnWhenTheCommitThatTheyWaitForIsTakenBack) {
    Rig rig(literal_world({"a-mcp"}), may_commit({"a-mcp"}));
    repository(rig).commit("main", {{"README.md", "more\n"}});
    ASSERT_TRUE(rig.until([&] { return rig.view()->standing == "Awaited"; }, 3h)) << rig.story();
    repository(rig).drop_newest("main");
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST_F(GitStacks, OfASharedBranchAreNotCommittedTo) {
    Rig rig(literal_world({"a-mcp"}), may_commit({"a-mcp"}));
    auto config = *stack(rig).git;
    ASSERT_TRUE(rig.world.portainer.add_git_stack("other", std::move(config), {}, "5m"));

    ASSERT_TRUE(rig.until_standing("Awaited", 3h)) << rig.story();

    EXPECT_EQ(reason(rig), Reason::NeedsPassThrough);
    EXPECT_THAT(message(rig), HasSubstr("stack other polls the same branch"));
    EXPECT_THAT(message(rig), HasSubstr("AUTH_TYPE=${AUTH_TYPE}"));
    EXPECT_EQ(pushes(rig), 0U);
}

TEST_F(GitStacks, ThatRefuseThePushWaitAndGoOnOnceTheyTakeIt) {
    Rig rig(literal_world({"a-mcp"}), may_commit({"a-mcp"}));
    rig.world.git.refuses_pushes = true;
    ASSERT_TRUE(rig.until([&] { return pushes(rig) > 3; }, 3h)) << rig.story();
    EXPECT_EQ(rig.auth("a-mcp"), "none");
    rig.pass_time(3h);
    EXPECT_LE(pushes(rig), 13U) << "each pause is twice as long as the one before, up to an hour";
    EXPECT_EQ(reason(rig), Reason::WriteFailed);
    EXPECT_THAT(message(rig), HasSubstr("the repository refuses"));
    rig.world.git.refuses_pushes = false;
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST_F(GitStacks, HoldWhenACommitSlippedInBetweenPushAndRedeploy) {
    Rig rig(literal_world({"a-mcp", "b-mcp"}), may_commit({"a-mcp", "b-mcp"}));
    sandbox::FaultRule slow;
    slow.method = "PUT";
    slow.path_prefix = "/api/stacks/1/git/redeploy";
    slow.before = 5s;
    rig.world.network.inject(slow);
    ASSERT_TRUE(rig.until([&] { return pushes(rig) == 1; }, 3h)) << rig.story();
    commit(rig, "PORT=8000", "PORT=8000\n      - LOG_LEVEL=debug");

    ASSERT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::Held; }, 3h)) << rig.story();

    EXPECT_EQ(reason(rig), Reason::ForeignChange);
    rig.pass_time(1h);
    EXPECT_EQ(rig.auth("b-mcp"), "none") << "its wave is halted";
}

TEST_F(GitStacks, ThatPassThroughHoldWhenTheRedeployBroughtAnotherImage) {
    auto world = small_world({"a-mcp", "b-mcp"});
    world.services.front().git = true;
    Rig rig(std::move(world), one_wave({"a-mcp", "b-mcp"}, "jwt"));
    commit(rig, "a-mcp:latest", "a-mcp:2.0");

    ASSERT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::Held; }, 3h)) << rig.story();

    EXPECT_EQ(reason(rig), Reason::ForeignChange);
    EXPECT_THAT(message(rig), HasSubstr("a-mcp:2.0"));
    rig.pass_time(1h);
    EXPECT_EQ(rig.auth("b-mcp"), "none") << "its wave is halted";
}

TEST_F(GitStacks, ThatPassThroughWaitForUndeployedCommitsTooWhereTheyCanBeSeen) {
    auto world = small_world({"a-mcp"});
    world.services.front().git = true;
    Rig rig(std::move(world), may_commit({"a-mcp"}));
    commit(rig, "a-mcp:latest", "a-mcp:2.0");
    ASSERT_TRUE(rig.until_standing("Awaited", 3h)) << rig.story();
    EXPECT_EQ(reason(rig), Reason::StackRepoAhead);
    EXPECT_EQ(rig.auth("a-mcp"), "none");
}

TEST_F(GitStacks, FinishAFlipWhosePushWasNotAnswered) {
    Rig rig(literal_world({"a-mcp"}), may_commit({"a-mcp"}));
    sandbox::FaultRule lost;
    lost.fault = sandbox::Fault::LoseReply;
    lost.method = "POST";
    lost.authority = "git.arpa";
    lost.times = 1;
    rig.world.network.inject(lost);
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    EXPECT_EQ(rig.auth("a-mcp"), "jwt");
    EXPECT_EQ(pushes(rig), 1U) << "found at the head, not sent again";
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST_F(GitStacks, GoBackToTheirBlockWhenTheRedeployOfTheFlipFails) {
    Rig rig(literal_world({"a-mcp"}), may_commit({"a-mcp"}));
    rig.world.portainer.fail_deployments("a-mcp", 1);
    ASSERT_TRUE(rig.until_standing("Halted", 3h)) << rig.story();
    EXPECT_EQ(rig.phase("a-mcp"), Phase::RolledBack);
    EXPECT_EQ(rig.auth("a-mcp"), "none");
    EXPECT_EQ(stack(rig).git->hash, head(rig));
    EXPECT_THAT(file(rig), HasSubstr("AUTH_TYPE=none"));
}

TEST_F(GitStacks, TakeBackACommitThatANewerRevisionNoLongerWants) {
    Rig rig(literal_world({"a-mcp"}), may_commit({"a-mcp"}));
    answer_pushes_late(rig);
    ASSERT_TRUE(rig.until([&] { return pushes(rig) == 1; }, 3h)) << rig.story();
    rig.kill();
    rig.pass_time(3s);
    ASSERT_EQ(rig.auth("a-mcp"), "none") << "killed before the redeploy was sent";
    rig.commit(may_commit({"a-mcp"}, "none"));
    rig.start();
    ASSERT_TRUE(rig.until([&] { return stack(rig).git->hash == head(rig); }, 3h)) << rig.story();
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    EXPECT_THAT(file(rig), HasSubstr("AUTH_TYPE=none"));
    EXPECT_THAT(rig.oracle.flips(), IsEmpty());
}

}  // namespace
}  // namespace wavegate::testing
