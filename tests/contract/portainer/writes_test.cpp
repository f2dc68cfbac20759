#include "operator/base/digest.hpp"
#include "operator/formats/deployment.hpp"
#include "tests/contract/portainer/rig.hpp"

#include <gmock/gmock.h>

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

namespace wavegate::testing {
namespace {

const std::string kOpenFile = compose("      - AUTH_TYPE=none\n      - TOKEN=${TOKEN}\n");
const std::string kClosed = compose("      - AUTH_TYPE=jwt\n      - TOKEN=${TOKEN}\n");
const std::string kPassedThrough =
    compose("      - AUTH_TYPE=${AUTH_TYPE}\n      - TOKEN=${TOKEN}\n");

sandbox::GitConfig private_repository(Rig& rig, const std::string& file) {
    auto& repository = rig.portainer.git()["https://git.arpa/a.git"];
    repository.protect("bot", "hunter2");
    sandbox::GitConfig git;
    git.url = "https://git.arpa/a.git";
    git.reference = "refs/heads/main";
    git.path = "compose.yml";
    git.authentication = sandbox::GitAuthentication{"bot", "hunter2"};
    git.hash = repository.commit("main", {{"compose.yml", file}});
    return git;
}

std::string value_of(const StackView& stack, const std::string& name) {
    const auto* value = find_env(stack.env, name);
    return value == nullptr
               ? "(absent)"
               : (*value)->reveal([](std::string_view text) { return std::string(text); });
}

TEST(PortainerReads, ListIsOneRequestOnceTheEnvironmentIsKnown) {
    Rig rig;
    rig.must(rig.portainer.add_stack("a-mcp", kOpenFile));
    EXPECT_THAT(*rig.sim.run(rig.client.list()), SizeIs(1));
    EXPECT_THAT(rig.tap.seen, SizeIs(3));
    EXPECT_THAT(*rig.sim.run(rig.client.list()), SizeIs(1));
    EXPECT_THAT(rig.tap.seen, SizeIs(4));
    EXPECT_EQ(rig.service("a-mcp_app").stack, "a-mcp");
    EXPECT_THAT(rig.tap.seen, SizeIs(6));
}

TEST(PortainerReads, TheTokenIsResolvedForPortainerAtEachRequest) {
    Rig rig;
    ASSERT_TRUE(rig.sim.run(rig.client.list()));
    constexpr auto* url = "https://portainer.arpa";
    EXPECT_THAT(rig.credentials.hosts, ElementsAre(url, url, url));
    rig.credentials.token = "ptr_wrong";
    EXPECT_EQ(rig.sim.run(rig.client.list()).error().kind(), ErrorKind::Denied);
}

TEST(PortainerReads, AServiceShowsItsResolvedAuthBlock) {
    Rig rig;
    rig.must(
        rig.portainer.add_stack("a-mcp", kPassedThrough, {{"AUTH_TYPE", "jwt"}, {"TOKEN", "t0p"}}));
    const auto service = rig.service("a-mcp_app");
    EXPECT_EQ(service.auth, (AuthBlock{{"AUTH_TYPE", "jwt"}}));
    EXPECT_EQ(agent_utilities_profile().mode_of(service.auth), AuthMode::Jwt);
    EXPECT_EQ(service.monitor, 5s);
    EXPECT_FALSE(service.start_first);
    EXPECT_EQ(service.replicas, 1U);
}

TEST(PortainerReads, AnUnreachableEngineIsUnavailableNotEmpty) {
    Rig rig;
    ASSERT_TRUE(rig.sim.run(rig.client.list()));
    rig.portainer.engine_down(true);
    EXPECT_EQ(rig.sim.run(rig.client.swarm()).error().kind(), ErrorKind::Unavailable);
}

TEST(PortainerReads, AnEnvironmentOfAnotherNameIsNotTaken) {
    Rig rig;
    auto spec = portainer_spec();
    spec.environment = "swarm-2";
    portainer::Client other(
        rig.tap, rig.credentials, rig.sim.clock, spec, agent_utilities_profile());
    EXPECT_EQ(rig.sim.run(other.list()).error().kind(), ErrorKind::NotFound);
}

TEST(PortainerReads, AMissingStackIsNotFound) {
    Rig rig;
    EXPECT_EQ(rig.sim.run(rig.client.stack(99)).error().kind(), ErrorKind::NotFound);
}

TEST(PortainerWrites, AFileFlipsAStringStackAndKeepsItsEnv) {
    Rig rig;
    const int id =
        rig.must(rig.portainer.add_stack("a-mcp", kOpenFile, {{"TOKEN", "t0p"}, {"X", ""}}));
    auto live = rig.stack(id);
    const auto receipt = rig.must(rig.sim.run(rig.client.apply(stack_permit(live, kClosed, {}))));

    EXPECT_EQ(receipt.edit, "edit-1");
    EXPECT_EQ(receipt.effect, Effect::None);
    EXPECT_EQ(receipt.digest_after, sha256_hex(kClosed));
    EXPECT_EQ(rig.env("a-mcp_app", "AUTH_TYPE"), "jwt");
    EXPECT_EQ(rig.env("a-mcp_app", "TOKEN"), "t0p");
    const auto after = rig.stack(id);
    EXPECT_EQ(*after.file, kClosed);
    EXPECT_EQ(value_of(after, "TOKEN"), "t0p");
    EXPECT_EQ(value_of(after, "X"), "");
    EXPECT_NE(after.file_version(), live.file_version());
}

TEST(PortainerWrites, AnEnvEntryFlipsAStringStackAndKeepsFileAndOrder) {
    Rig rig;
    const int id = rig.must(rig.portainer.add_stack(
        "a-mcp", kPassedThrough, {{"AUTH_TYPE", "none"}, {"TOKEN", "t0p"}}));
    std::vector<EnvChange> changes{set_env("AUTH_TYPE", "jwt"), set_env("WAVEGATE_OWNER", "home")};
    rig.must(rig.sim.run(rig.client.apply(stack_permit(rig.stack(id), std::nullopt, changes))));

    EXPECT_EQ(rig.env("a-mcp_app", "AUTH_TYPE"), "jwt");
    const auto after = rig.stack(id);
    EXPECT_EQ(*after.file, kPassedThrough);
    ASSERT_THAT(after.env, SizeIs(3));
    EXPECT_EQ(after.env[0].name, "AUTH_TYPE");
    EXPECT_EQ(after.env[1].name, "TOKEN");
    EXPECT_EQ(after.env[2].name, "WAVEGATE_OWNER");
}

TEST(PortainerWrites, ANullValueRemovesAnEntryAndDuplicatesBecomeOne) {
    const StackEnv env{{"A", make_secret("1")}, {"B", make_secret("2")}, {"A", make_secret("3")}};
    EnvChange gone;
    gone.name = "B";
    const auto edited = formats::with_changes(env, {set_env("A", "4"), gone});
    ASSERT_THAT(edited, SizeIs(1));
    EXPECT_EQ(edited[0].name, "A");
    EXPECT_TRUE(*edited[0].value == Secret::copy_of("4"));
}

TEST(PortainerWrites, AGitStackFlipsByEnvAndStaysOneWithAllItsSettings) {
    Rig rig;
    const auto git = private_repository(rig, kPassedThrough);
    const int id = rig.must(
        rig.portainer.add_git_stack("a-mcp", git, {{"AUTH_TYPE", "none"}, {"TOKEN", "t0p"}}));
    const auto live = rig.stack(id);
    ASSERT_EQ(live.kind, StackKind::Git);
    const auto receipt = rig.must(rig.sim.run(
        rig.client.apply(stack_permit(live, std::nullopt, {set_env("AUTH_TYPE", "jwt")}))));

    EXPECT_EQ(receipt.digest_after, git.hash);
    EXPECT_EQ(rig.env("a-mcp_app", "AUTH_TYPE"), "jwt");
    const auto after = rig.stack(id);
    ASSERT_EQ(after.kind, StackKind::Git);
    EXPECT_EQ(after.git->reference, "refs/heads/main");
    EXPECT_EQ(after.git->username, "bot");
    EXPECT_EQ(value_of(after, "TOKEN"), "t0p");
    EXPECT_EQ(rig.portainer.stack("a-mcp")->git->authentication->password, "hunter2");
    for (const auto& [line, body] : rig.tap.seen) {
        EXPECT_THAT(line, Not(HasSubstr("PUT /api/stacks/1?")));
    }
}

TEST(PortainerWrites, AFileForAGitStackIsRefusedBeforeAnythingIsSent) {
    Rig rig;
    const int id =
        rig.must(rig.portainer.add_git_stack("a-mcp", private_repository(rig, kOpenFile), {}));
    auto live = rig.stack(id);
    const auto sent = rig.tap.seen.size();
    const auto result = rig.sim.run(rig.client.apply(stack_permit(live, kClosed, {})));
    EXPECT_EQ(result.error().kind(), ErrorKind::Invalid);
    EXPECT_EQ(result.error().effect(), Effect::None);
    EXPECT_EQ(rig.tap.seen.size(), sent);
}

TEST(PortainerWrites, TheRunningDigestIsKept) {
    Rig rig;
    rig.portainer.swarm().publish("mcp-demo:1.0", "sha256:aaa");
    const int id = rig.must(rig.portainer.add_stack("a-mcp", kOpenFile));
    rig.portainer.swarm().publish("mcp-demo:1.0", "sha256:bbb");
    const auto before = rig.service("a-mcp_app");
    rig.must(rig.sim.run(rig.client.apply(stack_permit(rig.stack(id), kClosed, {}))));
    const auto after = rig.service("a-mcp_app");
    EXPECT_EQ(after.image, "mcp-demo:1.0@sha256:aaa");
    EXPECT_EQ(after.foreign_digest, before.foreign_digest);
    EXPECT_NE(after.template_digest, before.template_digest);
}

TEST(PortainerWrites, AnotherHandsImageMovesTheForeignDigest) {
    Rig rig;
    rig.must(rig.portainer.add_stack("a-mcp", kOpenFile));
    const auto before = rig.service("a-mcp_app");
    auto file = kOpenFile;
    file.replace(file.find("1.0"), 3, "1.1");
    ASSERT_TRUE(rig.portainer.edit_by_hand("a-mcp", file, std::nullopt));
    EXPECT_NE(rig.service("a-mcp_app").foreign_digest, before.foreign_digest);
}

TEST(PortainerWrites, AMissingNetworkIsInvalidAndLeavesRecordAndFileOld) {
    Rig rig;
    const int id = rig.must(rig.portainer.add_stack("a-mcp", kOpenFile, {{"TOKEN", "t0p"}}));
    const auto broken = kClosed + "    networks: [gone]\nnetworks:\n  gone: {external: true}\n";
    const auto result = rig.sim.run(rig.client.apply(stack_permit(rig.stack(id), broken, {})));
    EXPECT_EQ(result.error().kind(), ErrorKind::Invalid);
    EXPECT_EQ(result.error().effect(), Effect::Maybe);
    EXPECT_THAT(result.error().message(), Not(HasSubstr("gone")));
    EXPECT_EQ(*rig.stack(id).file, kOpenFile);
    EXPECT_EQ(rig.env("a-mcp_app", "AUTH_TYPE"), "none");
}

TEST(PortainerWrites, AFailedDeploymentLeavesOpenWhatHappened) {
    Rig rig;
    const int id = rig.must(rig.portainer.add_stack("a-mcp", kOpenFile));
    rig.portainer.fail_deployments("a-mcp", 1);
    const auto failed = rig.sim.run(rig.client.apply(stack_permit(rig.stack(id), kClosed, {})));
    EXPECT_EQ(failed.error().effect(), Effect::Maybe);
    EXPECT_TRUE(rig.sim.run(rig.client.apply(stack_permit(rig.stack(id), kClosed, {}))));
}

TEST(PortainerWrites, ALostAnswerIsMaybeAndNothingIsSentAgain) {
    Rig rig;
    const int id = rig.must(rig.portainer.add_stack("a-mcp", kOpenFile));
    auto live = rig.stack(id);
    rig.must(rig.sim.run(rig.client.list()));
    const auto sent = rig.tap.seen.size();
    rig.tap.lose_next_answer = true;
    const auto result = rig.sim.run(rig.client.apply(stack_permit(live, kClosed, {})));
    EXPECT_EQ(result.error().effect(), Effect::Maybe);
    EXPECT_EQ(rig.tap.seen.size(), sent + 1);
    EXPECT_EQ(rig.env("a-mcp_app", "AUTH_TYPE"), "jwt") << "it had landed";
}

TEST(PortainerWrites, AStackOfAnotherPermitIsRefused) {
    Rig rig;
    const int id = rig.must(rig.portainer.add_stack("a-mcp", kOpenFile));
    auto live = rig.stack(id);
    live.id = 7;
    Edit edit;
    StackEdit body;
    body.stack_id = id;
    edit.body = body;
    Live read;
    read.stack = live;
    EXPECT_EQ(stacks::write_of(edit, read).error().kind(), ErrorKind::Invalid);
    const auto result = rig.sim.run(rig.client.apply(permit(StackWrite())));
    EXPECT_EQ(result.error().kind(), ErrorKind::Invalid);
}

TEST(PortainerWrites, AClientEditIsNoneOfItsBusiness) {
    Rig rig;
    const auto result = rig.sim.run(rig.client.apply(permit(ClientWrite())));
    EXPECT_EQ(result.error().kind(), ErrorKind::Invalid);
    EXPECT_THAT(rig.tap.seen, IsEmpty());
}

TEST(PortainerRestart, RaisesForceUpdateAndReplacesTheTask) {
    Rig rig;
    rig.must(rig.portainer.add_stack("a-mcp", kOpenFile));
    rig.sim.advance(1s);
    const auto before = rig.service("a-mcp_app");
    const auto task = rig.tasks("a-mcp_app").front().id;
    const auto receipt = rig.must(rig.sim.run(rig.client.apply(restart_permit(before))));
    EXPECT_EQ(receipt.digest_after, "force-update/1");
    rig.sim.advance(10s);
    const auto after = rig.service("a-mcp_app");
    EXPECT_EQ(after.force_update, 1U);
    EXPECT_EQ(after.foreign_digest, before.foreign_digest);
    EXPECT_EQ(after.update, UpdateState::Completed);
    const auto running = rig.portainer.running_tasks("a-mcp_app");
    ASSERT_THAT(running, SizeIs(1));
    EXPECT_NE(running.front()->id, task);
}

TEST(PortainerRestart, ADeployKeepsForceUpdate) {
    Rig rig;
    const int id = rig.must(rig.portainer.add_stack("a-mcp", kOpenFile));
    rig.must(rig.sim.run(rig.client.apply(restart_permit(rig.service("a-mcp_app")))));
    rig.must(rig.sim.run(rig.client.apply(stack_permit(rig.stack(id), kClosed, {}))));
    EXPECT_EQ(rig.service("a-mcp_app").force_update, 1U);
}

TEST(PortainerRestart, OutOfSequenceIsReadAnewOnce) {
    Rig rig;
    rig.must(rig.portainer.add_stack("a-mcp", kOpenFile));
    auto service = rig.service("a-mcp_app");
    int moved = 0;
    rig.tap.before = [&](const HttpRequest& request) {
        if (request.method == "POST" && moved++ == 0) {
            // Somebody relabels the service between our read and our write.
            const auto now = rig.portainer.swarm().find("a-mcp_app");
            rig.portainer.swarm().update("a-mcp_app", now->version, now->spec);
        }
    };
    EXPECT_TRUE(rig.sim.run(rig.client.apply(restart_permit(service))));
    EXPECT_EQ(moved, 2);
}

TEST(PortainerRestart, OutOfSequenceTwiceIsAConflict) {
    Rig rig;
    rig.must(rig.portainer.add_stack("a-mcp", kOpenFile));
    auto service = rig.service("a-mcp_app");
    rig.tap.before = [&](const HttpRequest& request) {
        if (request.method == "POST") {
            const auto now = rig.portainer.swarm().find("a-mcp_app");
            rig.portainer.swarm().update("a-mcp_app", now->version, now->spec);
        }
    };
    const auto result = rig.sim.run(rig.client.apply(restart_permit(service)));
    EXPECT_EQ(result.error().kind(), ErrorKind::Conflict);
    EXPECT_EQ(result.error().effect(), Effect::None);
}

TEST(PortainerRestart, AServiceThatChangedSinceItWasJudgedIsAConflict) {
    Rig rig;
    rig.must(rig.portainer.add_stack("a-mcp", kOpenFile));
    auto service = rig.service("a-mcp_app");
    ASSERT_TRUE(rig.portainer.edit_by_hand("a-mcp", kClosed, std::nullopt));
    const auto result = rig.sim.run(rig.client.apply(restart_permit(service)));
    EXPECT_EQ(result.error().kind(), ErrorKind::Conflict);
    EXPECT_EQ(rig.service("a-mcp_app").force_update, 0U);
}

}  // namespace
}  // namespace wavegate::testing
