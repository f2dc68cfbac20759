// What the guard says of writes to git stacks, whose redeploys take whatever their branch holds.
#include "tests/unit/guard/fleet_scene.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <utility>

namespace wavegate::guard {
namespace {

const std::string kDeployed(40, 'd');
const std::string kAbove(40, 'e');

/// a-mcp is a git stack whose flip is a commit.
struct BranchScene : FleetScene {
    BranchScene() {
        desired.fleet.stack_repo = StackRepoSpec{"bot", Reference{"env:GIT", {}}, "a <a@b>", {}};
        auto stacks = *observed.stacks;
        for (auto& stack : stacks) {
            stack.kind = StackKind::Git;
            stack.git.emplace();
            stack.git->url = "https://git.arpa/" + stack.name + ".git";
            stack.git->reference = "refs/heads/main";
            stack.git->config_hash = kDeployed;
        }
        observed.stacks = Seen<std::vector<StackView>>(std::move(stacks), now);
    }

    /// a-mcp's file as it is deployed, and with its auth block written into it.
    [[nodiscard]] std::string deployed() const { return *observed.stack("a-mcp")->file; }
    [[nodiscard]] std::string literal(AuthMode mode) const {
        auto text = deployed();
        for (const auto& [key, value] : wanted_block(desired.fleet, mode)) {
            const auto variable = "${" + key + "}";
            text.replace(text.find(variable), variable.size(), value);
        }
        return text;
    }

    static BranchHead head_at(const std::string& commit, const std::string& text) {
        BranchHead head;
        head.commit = commit;
        head.parent = kDeployed;
        head.file_alone = true;
        head.file = std::make_shared<const std::string>(text);
        return head;
    }

    /// The invariant that refuses the edit on this head; -1: permitted.
    [[nodiscard]] int refusal(
        const BranchHead& head,
        std::optional<AuthMode> file = AuthMode::Jwt,
        StackPurpose purpose = StackPurpose::Flip) const {
        auto edit = flip("a-mcp");
        auto& body = std::get<StackEdit>(edit.body);
        body.purpose = purpose;
        body.head_before = head.commit;
        if (file) {
            body.file = literal(*file);
        }
        if (purpose != StackPurpose::Flip) {
            body.env.clear();
        }
        auto now_live = live("a-mcp");
        now_live.head = head;
        const auto verdict = judge(std::move(edit), std::move(now_live));
        const auto* refused = std::get_if<Refusal>(&verdict);
        return refused == nullptr ? -1 : refused->invariant;
    }

    /// Our flip's commit was pushed on what is deployed, and its redeploy is not known.
    void record_push(const std::string& kind, const std::string& text) {
        Intent intent;
        intent.block_before = canonical(observed.running("a-mcp", "a-mcp")->auth);
        intent.id = "earlier";
        intent.kind = kind;
        intent.target = "stack/a-mcp";
        intent.service = "a-mcp";
        intent.deployed = kDeployed;
        intent.head_before = kDeployed;
        intent.file_after = sha256_hex(text);
        intent.state = IntentState::Dropped;
        ledger.intents.push_back(std::move(intent));
    }
};

TEST(CommitToABranch, IsPermittedOnTheDeployedHead) {
    const BranchScene scene;
    EXPECT_EQ(scene.refusal(BranchScene::head_at(kDeployed, "services: {}\n")), -1);
}

TEST(CommitToABranch, GoesToTheStacksOwnFileAlone) {
    const BranchScene scene;
    auto edit = scene.flip("a-mcp");
    auto& body = std::get<StackEdit>(edit.body);
    body.head_before = kDeployed;
    body.file = scene.literal(AuthMode::Jwt);
    auto live = scene.live("a-mcp");
    live.head = BranchScene::head_at(kDeployed, scene.deployed());
    const auto with = [&](const std::function<void(StackWrite&)>& forge) {
        auto write = std::get<StackWrite>(*body_of(edit, live));
        forge(write);
        const auto verdict = scene.judge(edit, std::move(write), live);
        const auto* refused = std::get_if<Refusal>(&verdict);
        return refused == nullptr ? -1 : refused->invariant;
    };
    EXPECT_EQ(with([](StackWrite& /*write*/) {}), -1);
    EXPECT_EQ(with([](StackWrite& write) { write.commit->path = "README.md"; }), 8);
    EXPECT_EQ(with([](StackWrite& write) { write.commit->url = "https://evil/a.git"; }), 8);
    EXPECT_EQ(with([](StackWrite& write) { write.commit->reference = "refs/heads/x"; }), 8);
    EXPECT_EQ(with([](StackWrite& write) { write.commit->parent = kAbove; }), 8);
    EXPECT_EQ(
        with(
            [](StackWrite& write) { std::get<KeptGit>(write.deploys).reference = "refs/heads/x"; }),
        8);
    EXPECT_EQ(with([](StackWrite& write) { write.deploys = write.commit->text; }), 8)
        << "it would leave its repository for good";
}

TEST(CommitToABranch, NeedsLeaveInTheFleet) {
    BranchScene scene;
    scene.desired.fleet.stack_repo.reset();
    EXPECT_EQ(scene.refusal(BranchScene::head_at(kDeployed, "x")), 8);
}

TEST(CommitToABranch, NeedsToKnowItsHead) {
    const BranchScene scene;
    BranchHead unknown;
    EXPECT_EQ(scene.refusal(unknown), 8);
}

TEST(CommitToABranch, IsStaleOnceTheBranchMoved) {
    const BranchScene scene;
    auto edit = scene.flip("a-mcp");
    std::get<StackEdit>(edit.body).head_before = kDeployed;
    auto live = scene.live("a-mcp");
    live.head = BranchScene::head_at(kAbove, "x");
    const auto verdict = scene.judge(std::move(edit), std::move(live));
    ASSERT_NE(std::get_if<Refusal>(&verdict), nullptr);
    EXPECT_EQ(std::get<Refusal>(verdict).invariant, 0);
}

TEST(CommitToABranch, IsRefusedWhereItWouldReachAnotherStack) {
    BranchScene scene;
    scene.change_stack("b-mcp", [](StackView& other) {
        other.git->url = "https://GIT.arpa/a-mcp/";  // the same repository, otherwise written
    });
    EXPECT_EQ(scene.refusal(BranchScene::head_at(kDeployed, "x")), 8);
    scene.change_stack(
        "b-mcp", [](StackView& other) { other.git->reference = "refs/heads/other"; });
    EXPECT_EQ(scene.refusal(BranchScene::head_at(kDeployed, "x")), -1);
    scene.change_stack("b-mcp", [](StackView& other) { other.git->reference = ""; });
    EXPECT_EQ(scene.refusal(BranchScene::head_at(kDeployed, "x")), 8) << "the default branch";
}

TEST(CommitToABranch, IsRefusedOnATag) {
    BranchScene scene;
    scene.change_stack("a-mcp", [](StackView& stack) { stack.git->reference = "refs/tags/v1"; });
    EXPECT_EQ(scene.refusal(BranchScene::head_at(kDeployed, "x")), 8);
}

TEST(Redeploy, IsRefusedWhileSomebodysCommitIsNotDeployed) {
    const BranchScene scene;
    EXPECT_EQ(scene.refusal(BranchScene::head_at(kAbove, "theirs"), std::nullopt), 8);
}

TEST(Redeploy, FinishesOurOwnCommit) {
    BranchScene scene;
    const auto ours = scene.literal(AuthMode::Jwt);
    scene.record_push("flip", ours);
    EXPECT_EQ(scene.refusal(BranchScene::head_at(kAbove, ours), std::nullopt), -1);
    EXPECT_EQ(scene.refusal(BranchScene::head_at(kAbove, "theirs"), std::nullopt), 8);
    auto more = BranchScene::head_at(kAbove, ours);
    more.file_alone = false;
    EXPECT_EQ(scene.refusal(more, std::nullopt), 8) << "it changes other files too";
    auto later = BranchScene::head_at(kAbove, ours);
    later.parent = std::string(40, 'f');
    EXPECT_EQ(scene.refusal(later, std::nullopt), 8) << "it stands on somebody else's";
}

TEST(Redeploy, OfAPushedFlipIsNoEnvSync) {
    BranchScene scene;
    const auto ours = scene.literal(AuthMode::Jwt);
    scene.record_push("flip", ours);
    const auto head = BranchScene::head_at(kAbove, ours);
    EXPECT_EQ(scene.refusal(head, std::nullopt, StackPurpose::EnvSync), 1);
    BranchScene synced;
    synced.record_push("envsync", synced.deployed());
    const auto in_sync = BranchScene::head_at(kAbove, synced.deployed());
    EXPECT_EQ(synced.refusal(in_sync, std::nullopt, StackPurpose::EnvSync), -1);
}

TEST(Redeploy, OfAPushedFlipIsNoWayBackUntilTheFlipIsTakenOut) {
    BranchScene scene;
    const auto ours = scene.literal(AuthMode::Jwt);
    scene.record_push("flip", ours);
    const auto head = BranchScene::head_at(kAbove, ours);
    EXPECT_EQ(scene.refusal(head, std::nullopt, StackPurpose::WayBack), 15);
    EXPECT_EQ(scene.refusal(head, AuthMode::None, StackPurpose::WayBack), -1);
}

}  // namespace
}  // namespace wavegate::guard
