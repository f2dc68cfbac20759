// What differs on a git stack, and what may be done about it.
#include "reconcilers/stacks/diff.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::stacks {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kDeployed(40, 'd');

/// One service that is to be jwt, with a literal block in its own repository.
struct GitScene {
    GitScene() {
        desired.fleet.name = "home";
        desired.fleet.stack_repo = StackRepoSpec{"bot", Reference{"env:GIT", {}}, "a <a@b>", {}};
        desired.fleet.jwt = {"http://kc", "http://kc/certs", "agents", "remote", "http://e"};
        ServiceSpec service;
        service.name = service.stack = service.compose_service = "a-mcp";
        service.auth = AuthMode::Jwt;
        service.declared = true;
        desired.services.push_back(service);
        stack.id = 1;
        stack.name = "a-mcp";
        stack.kind = StackKind::Git;
        stack.git.emplace();
        stack.git->url = "https://git.arpa/a.git";
        stack.git->reference = "refs/heads/main";
        stack.git->config_hash = kDeployed;
        set_file("services:\n  a-mcp:\n    image: x\n    environment:\n      - AUTH_TYPE=none\n");
        running.id = "s1";
        running.name = "a-mcp_a-mcp";
        running.stack = "a-mcp";
        running.image = "x@sha256:1";
        running.replicas = 1;
        running.auth = {{"AUTH_TYPE", "none"}};
    }

    void set_file(const std::string& text) {
        stack.file = std::make_shared<const std::string>(text);
    }
    void see_head(const std::string& commit) {
        BranchHead head;
        head.commit = commit;
        head.parent = kDeployed;
        head.file = stack.file;
        heads["a-mcp"] = Seen<BranchHead>(std::move(head), Time{});
    }
    [[nodiscard]] Observed observed() const {
        Observed seen;
        std::vector<StackView> stacks = others;
        stacks.push_back(stack);
        seen.stacks = Seen<std::vector<StackView>>(std::move(stacks), Time{});
        SwarmView swarm;
        swarm.services.push_back(running);
        seen.swarm = Seen<SwarmView>(std::move(swarm), Time{});
        seen.heads = heads;
        return seen;
    }
    [[nodiscard]] Diff diff() const { return stacks::diff(desired, observed(), context); }
    [[nodiscard]] std::set<std::string> asked() const {
        return needed_heads(desired, observed(), context);
    }
    /// "Reason: message" of the only obstacle.
    [[nodiscard]] std::string obstacle() const {
        const auto found = diff();
        if (!found.edits.empty() || found.obstacles.size() != 1) {
            return "not one obstacle";
        }
        return found.obstacles.front().reason + ": " + found.obstacles.front().message;
    }

    DesiredState desired;
    StackView stack;
    SwarmService running;
    std::vector<StackView> others;
    std::map<std::string, Seen<BranchHead>> heads;
    DiffContext context;
};

TEST(GitStack, AsksForItsHeadBeforeItIsWrittenTo) {
    GitScene scene;
    EXPECT_THAT(scene.asked(), ElementsAre("a-mcp"));
    EXPECT_THAT(scene.diff().edits, IsEmpty());
    EXPECT_THAT(scene.diff().obstacles, IsEmpty()) << "not known is no obstacle yet";
}

TEST(GitStack, AsksForNothingWhenNothingDiffers) {
    GitScene scene;
    scene.desired.services.front().auth = AuthMode::None;
    scene.desired.services.front().env["LOG_LEVEL"] = "info";
    scene.running.auth["EUNOMIA_TYPE"] = "none";
    scene.set_file(
        "services:\n  a-mcp:\n    image: x\n    environment:\n      - AUTH_TYPE=none\n"
        "      - EUNOMIA_TYPE=none\n      - LOG_LEVEL=info\n");
    EXPECT_THAT(scene.asked(), IsEmpty());
    EXPECT_THAT(scene.diff().edits, IsEmpty());
}

TEST(GitStack, AsksForNothingWithoutLeaveToCommit) {
    GitScene scene;
    scene.desired.fleet.stack_repo.reset();
    EXPECT_THAT(scene.asked(), IsEmpty());
    EXPECT_THAT(
        scene.obstacle(),
        HasSubstr("NeedsPassThrough: add to service a-mcp in the stack's own repository"));
}

TEST(GitStack, IsFlippedByACommitOnTheHeadThatIsDeployed) {
    GitScene scene;
    scene.see_head(kDeployed);
    const auto found = scene.diff();
    ASSERT_EQ(found.edits.size(), 1U);
    const auto& edit = *found.edits.front().stack();
    EXPECT_EQ(edit.head_before, kDeployed);
    EXPECT_THAT(edit.file.value_or(""), HasSubstr("AUTH_TYPE=jwt"));
}

TEST(GitStack, WaitsWhileItsHeadIsNotDeployed) {
    GitScene scene;
    scene.see_head(std::string(40, 'e'));
    EXPECT_THAT(scene.obstacle(), HasSubstr("StackRepoAhead: its branch is at eeeeeeeeee"));
}

TEST(GitStack, SaysWithoutCuttingItThatNothingKnownIsDeployed) {
    GitScene scene;
    scene.stack.git->config_hash.clear();
    scene.see_head(std::string(40, 'e'));
    EXPECT_THAT(
        scene.obstacle(),
        HasSubstr("its branch is at eeeeeeeeee, nothing that is known is deployed: redeploy"));
}

TEST(GitStack, IsRedeployedWithoutACommitWhenOursIsAtItsHead) {
    GitScene scene;
    const auto before = scene.stack.file;
    scene.see_head(kDeployed);
    auto flipped = scene.diff().edits.front().stack()->file;
    scene.set_file(*flipped);
    scene.see_head(std::string(40, 'e'));
    scene.stack.file = before;  // what Portainer has is what it deployed
    scene.context.own_heads = {"a-mcp"};
    const auto found = scene.diff();
    ASSERT_EQ(found.edits.size(), 1U);
    EXPECT_FALSE(found.edits.front().stack()->file);
    EXPECT_EQ(found.edits.front().stack()->head_before, std::string(40, 'e'));
}

TEST(GitStack, SaysWhyItsRepositoryCannotBeRead) {
    GitScene scene;
    scene.heads["a-mcp"] = Seen<BranchHead>(Error(ErrorKind::Denied, "no leave"), Time{});
    EXPECT_THAT(scene.obstacle(), HasSubstr("its repository can't be read: no leave"));
}

TEST(GitStack, ThatPassesThroughNeedsNoReadableRepository) {
    GitScene scene;
    scene.set_file(
        "services:\n  a-mcp:\n    image: x\n    environment:\n      - AUTH_TYPE=${AUTH_TYPE}\n"
        "      - EUNOMIA_TYPE=${EUNOMIA_TYPE}\n      - EUNOMIA_REMOTE_URL=${EUNOMIA_URL}\n"
        "      - FASTMCP_SERVER_AUTH_JWT_AUDIENCE=${AUDIENCE}\n"
        "      - FASTMCP_SERVER_AUTH_JWT_ISSUER=${ISSUER}\n"
        "      - FASTMCP_SERVER_AUTH_JWT_JWKS_URI=${JWKS}\n");
    scene.heads["a-mcp"] = Seen<BranchHead>(Error(ErrorKind::Denied, "no leave"), Time{});
    const auto found = scene.diff();
    ASSERT_EQ(found.edits.size(), 1U);
    EXPECT_FALSE(found.edits.front().stack()->file);
}

TEST(GitStack, OnATagSaysThatNoCommitIsPossible) {
    GitScene scene;
    scene.stack.git->reference = "refs/tags/v1";
    EXPECT_THAT(scene.asked(), IsEmpty());
    EXPECT_THAT(
        scene.obstacle(),
        HasSubstr("NeedsPassThrough: its reference refs/tags/v1 is no branch; add to service"));
}

TEST(GitStack, OfASharedBranchNamesTheOtherStack) {
    GitScene scene;
    auto other = scene.stack;
    other.id = 2;
    other.name = "other";
    scene.others.push_back(other);
    scene.see_head(kDeployed);
    EXPECT_THAT(scene.obstacle(), HasSubstr("stack other is deployed from the same branch"));
}

TEST(GitStack, IsNotSyncedWhileAnotherBlockWouldBeDeployed) {
    GitScene scene;
    scene.desired.services.front().env["LOG_LEVEL"] = "info";
    scene.desired.services.front().auth = AuthMode::None;
    scene.running.auth = {{"AUTH_TYPE", "none"}, {"EUNOMIA_TYPE", "none"}};
    scene.set_file("services:\n  a-mcp:\n    image: x\n    environment:\n      - AUTH_TYPE=jwt\n");
    scene.see_head(kDeployed);
    for (const auto& edit : scene.diff().edits) {
        EXPECT_NE(edit.stack()->purpose, StackPurpose::EnvSync);
    }
}

TEST(GitStack, GoesBackWithoutARecordWhenTheFlipNeverReachedIt) {
    GitScene scene;
    scene.set_file("services:\n  a-mcp:\n    image: x\n    environment:\n      - AUTH_TYPE=jwt\n");
    scene.see_head(std::string(40, 'e'));
    scene.context.own_heads = {"a-mcp"};
    scene.context.way_back = {"a-mcp"};
    EXPECT_THAT(scene.obstacle(), HasSubstr("NoWayBack"));
    scene.context.met["a-mcp"] = canonical(scene.running.auth);
    const auto found = scene.diff();
    ASSERT_EQ(found.edits.size(), 1U);
    EXPECT_THAT(found.edits.front().stack()->file.value_or(""), HasSubstr("AUTH_TYPE=none"));
}

}  // namespace
}  // namespace wavegate::stacks
