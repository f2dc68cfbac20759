#include "operator/backends/portainer/client.hpp"
#include "tests/contract/portainer/rig.hpp"
#include "tests/support/tape.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>

#include <iostream>
#include <set>

using ::testing::ElementsAre;
using ::testing::SizeIs;

namespace wavegate::testing {
namespace {

namespace json = boost::json;

const Recorded& recorded(const std::string& name) {
    return exchanges().at(name);
}

/// A client that is answered from the recording.
struct Replay {
    Simulation sim;
    Tape tape;
    FixedToken credentials;
    portainer::Client client{
        tape,
        credentials,
        sim.clock,
        portainer_spec(),
        agent_utilities_profile()};

    Replay& then(const std::string& name) {
        tape.play(recorded(name).response());
        return *this;
    }
    Replay& found() { return then("endpoints").then("docker-swarm"); }
    /// The path, method and body of the last request as the recording has them.
    void asked_as(const std::string& name) const {
        const auto& last = tape.asked().back();
        EXPECT_EQ(last.method, recorded(name).method);
        EXPECT_EQ(std::string(url_target(last.url)), recorded(name).path);
    }
};

StackView recorded_stack(const std::string& name) {
    auto view = portainer::stack_view(recorded(name).response_body).value();
    const auto& file = recorded("stack-file").response_body.at("StackFileContent").as_string();
    view.file = std::make_shared<const std::string>(file);
    return view;
}

TEST(RecordedForTheClient, ListReadsTheStacks) {
    Replay replay;
    replay.found().then("stacks-list");
    const auto stacks = replay.sim.run(replay.client.list());
    ASSERT_TRUE(stacks);
    ASSERT_THAT(*stacks, SizeIs(2));
    EXPECT_EQ(stacks->front().name, "mcp-git");
    EXPECT_EQ(stacks->front().kind, StackKind::String);
    EXPECT_THAT(stacks->front().env, SizeIs(2));
    EXPECT_THAT(stacks->back().env, SizeIs(0)) << "a null Env";
    EXPECT_EQ(
        std::string(url_target(replay.tape.asked().back().url)),
        "/api/stacks?filters=%7B%22SwarmID%22%3A%22qk78z297gvs9693wj4kbcusgg%22%7D");
}

TEST(RecordedForTheClient, AnEmptyListIsNoError) {
    Replay replay;
    replay.found().then("stacks-empty");
    EXPECT_THAT(*replay.sim.run(replay.client.list()), SizeIs(0));
}

TEST(RecordedForTheClient, AStackAndItsFile) {
    Replay replay;
    replay.then("stack-get").then("stack-file");
    const auto stack = replay.sim.run(replay.client.stack(6));
    ASSERT_TRUE(stack);
    replay.asked_as("stack-file");
    EXPECT_EQ(stack->file->substr(0, 14), "version: \"3.8\"");
}

TEST(RecordedForTheClient, AMissingStackIsNotFound) {
    Replay replay;
    replay.then("stack-get-missing");
    EXPECT_EQ(replay.sim.run(replay.client.stack(9999)).error().kind(), ErrorKind::NotFound);
    replay.asked_as("stack-get-missing");
}

TEST(RecordedForTheClient, AServiceAndItsTaskAreOfOneTemplate) {
    Replay replay;
    replay.found().then("docker-services").then("docker-tasks");
    const auto swarm = replay.sim.run(replay.client.swarm());
    ASSERT_TRUE(swarm);
    ASSERT_THAT(swarm->services, SizeIs(1));
    ASSERT_THAT(swarm->tasks, SizeIs(1));
    const auto& service = swarm->services.front();
    EXPECT_EQ(service.name, "subst_app");
    EXPECT_EQ(service.stack, "subst");
    EXPECT_EQ(service.version, 3986U);
    EXPECT_EQ(service.replicas, 1U);
    EXPECT_EQ(service.update, UpdateState::None);
    EXPECT_EQ(service.env.size(), 12U) << "a bare name is no entry";
    EXPECT_EQ(service.template_digest, swarm->tasks.front().template_digest)
        << "services print Runtime, tasks do not";
}

TEST(RecordedForTheClient, AStringStackIsUpdatedAsRecorded) {
    Replay replay;
    replay.found().then("stack-update");
    auto live = recorded_stack("stack-get");
    live.prune = true;
    const std::vector<EnvChange> changes{set_env("TAG", "1.5"), set_env("AUTH_TYPE", "jwt")};
    const auto receipt =
        replay.sim.run(replay.client.apply(stack_permit(live, std::nullopt, changes)));
    EXPECT_TRUE(receipt);
    replay.asked_as("stack-update");
    EXPECT_EQ(json::parse(replay.tape.asked().back().body), recorded("stack-update").request_body);
}

TEST(RecordedForTheClient, AGitStackIsRedeployedAsRecorded) {
    Replay replay;
    replay.found().then("git-redeploy-new-commit");
    auto live = portainer::stack_view(recorded("git-redeploy-no-change").response_body).value();
    const std::vector<EnvChange> changes{set_env("TAG", "1.5"), set_env("AUTH_TYPE", "jwt")};
    const auto receipt =
        replay.sim.run(replay.client.apply(stack_permit(live, std::nullopt, changes)));
    ASSERT_TRUE(receipt);
    EXPECT_EQ(receipt->digest_after, "4a5605a3300143907d96fb77b45e0e8660f2d27b");
    replay.asked_as("git-redeploy-new-commit");
    EXPECT_EQ(
        json::parse(replay.tape.asked().back().body),
        recorded("git-redeploy-new-commit").request_body);
}

TEST(RecordedForTheClient, ARestartIsTheRecordedUpdate) {
    Replay replay;
    replay.found();
    const auto& service = recorded("docker-services").response_body.as_array().at(0);
    replay.tape.play(HttpResponse(200, json::serialize(service)));
    replay.then("docker-service-update");
    ServiceRestart restart;
    restart.swarm_service = "wkjndyzpjfd4is5yjunzsokch";
    ASSERT_TRUE(replay.sim.run(replay.client.apply(permit(std::move(restart)))));
    replay.asked_as("docker-service-update");
    EXPECT_EQ(
        json::parse(replay.tape.asked().back().body),
        recorded("docker-service-update").request_body);
}

struct Refused {
    std::string name;
    ErrorKind kind;
    Effect effect;
};

/// Every recorded refusal of a call that the operator makes.
const std::vector<Refused>& refusals() {
    static const std::vector<Refused> all{
        {"stack-update-missing-endpointid", ErrorKind::Invalid, Effect::None},
        {"stack-update-wrong-endpointid", ErrorKind::NotFound, Effect::None},
        {"stack-update-empty-file", ErrorKind::Invalid, Effect::None},
        {"stack-update-bad-json", ErrorKind::Invalid, Effect::None},
        {"stack-update-fail-yaml", ErrorKind::Invalid, Effect::Maybe},
        {"stack-update-fail-network", ErrorKind::Invalid, Effect::Maybe},
        {"stack-update-fail-partial", ErrorKind::Invalid, Effect::Maybe},
        {"stack-update-fail-config-changed", ErrorKind::Invalid, Effect::Maybe},
        {"stack-update-engine-down", ErrorKind::Unavailable, Effect::Maybe},
        {"git-redeploy-missing-endpointid", ErrorKind::NotFound, Effect::None},
        {"git-redeploy-empty", ErrorKind::Denied, Effect::None},
        {"git-redeploy-fail-bad-compose", ErrorKind::Invalid, Effect::Maybe},
        {"git-redeploy-after-detach", ErrorKind::Invalid, Effect::None},
        {"docker-service-update-stale", ErrorKind::Conflict, Effect::None},
        {"apikey-wrong", ErrorKind::Denied, Effect::None},
        {"docker-forbidden-user", ErrorKind::Denied, Effect::None},
        {"docker-engine-down", ErrorKind::Unavailable, Effect::Maybe},
    };
    return all;
}

TEST(RecordedForTheClient, EachRefusalHasItsKindAndSaysWhetherItMayHaveLanded) {
    for (const auto& refused : refusals()) {
        SCOPED_TRACE(refused.name);
        Replay replay;
        replay.found().then(refused.name);
        const auto result = replay.sim.run(
            replay.client.apply(stack_permit(recorded_stack("stack-get"), std::nullopt, {})));
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().kind(), refused.kind) << result.error().message();
        EXPECT_EQ(result.error().effect(), refused.effect);
        EXPECT_EQ(result.error().status(), recorded(refused.name).status);
        for (const auto* word : {"nosuchnet", "18214", "cfg_c1", "detach", "docker.example"}) {
            EXPECT_EQ(result.error().message().find(word), std::string::npos)
                << "an error quotes the answer";
        }
    }
}

TEST(RecordedForTheClient, ReadsOfASickServerAreErrorsNotEmptiness) {
    for (const auto* name : {"docker-engine-down", "no-credential", "unknown-route"}) {
        Replay replay;
        replay.found().then(name);
        const auto result = replay.sim.run(replay.client.swarm());
        ASSERT_FALSE(result) << name;
        EXPECT_EQ(result.error().effect(), Effect::None);
    }
}

TEST(RecordedForTheClient, AStackInItsRecordedFormsIsRead) {
    int read = 0;
    for (const auto& [name, exchange] : exchanges()) {
        const auto* body = exchange.response_body.if_object();
        if (exchange.status != 200 || body == nullptr || !body->contains("SwarmId")) {
            continue;
        }
        const auto view = portainer::stack_view(exchange.response_body);
        ASSERT_TRUE(view) << name;
        EXPECT_EQ(view->git.has_value(), !body->at("GitConfig").is_null()) << name;
        ++read;
    }
    std::cout << "recorded stacks read by the client: " << read
              << ", refusals: " << refusals().size() << "\n";
    EXPECT_GE(read, 20);
}

TEST(RecordedForTheClient, FilesThatAStackLaysOverAreNamed) {
    auto body = recorded("stack-get").response_body.as_object();
    EXPECT_TRUE(portainer::stack_view(body)->additional_files.empty());
    body["AdditionalFiles"] = json::array{"compose.prod.yml", "compose.own.yml"};
    EXPECT_EQ(
        portainer::stack_view(body)->additional_files,
        (std::vector<std::string>{"compose.prod.yml", "compose.own.yml"}));
}

/// Generation B, as read: 200 at once, then Status 3 until it is done.
TEST(PortainerGenerationB, AnUpdateIsPolledWhileItDeploys) {
    Replay replay;
    auto deploying = recorded("stack-update").response_body.as_object();
    deploying["Status"] = 3;
    replay.found();
    replay.tape.play(HttpResponse(200, json::serialize(deploying)));
    replay.tape.play(HttpResponse(200, json::serialize(deploying)));
    replay.then("stack-get");
    const auto from = replay.sim.clock.now().mono;
    EXPECT_TRUE(replay.sim.run(
        replay.client.apply(stack_permit(recorded_stack("stack-get"), std::nullopt, {}))));
    EXPECT_EQ(replay.sim.clock.now().mono - from, 2s);
    EXPECT_EQ(replay.tape.left(), 0U);
}

TEST(PortainerGenerationB, AFailedDeploymentIsAnErrorAndKeepsItsWordsOutOfIt) {
    Replay replay;
    auto failed = recorded("stack-update").response_body.as_object();
    failed["Status"] = 4;
    failed["DeploymentStatus"] =
        json::parse(R"([{"Status":4,"Time":1,"Message":"note\nnetwork \"x\" is missing\n"}])");
    EXPECT_EQ(portainer::stack_view(failed).value().deployment_error, "network \"x\" is missing");
    replay.found();
    replay.tape.play(HttpResponse(200, json::serialize(failed)));
    const auto result = replay.sim.run(
        replay.client.apply(stack_permit(recorded_stack("stack-get"), std::nullopt, {})));
    EXPECT_EQ(result.error().kind(), ErrorKind::Invalid);
    EXPECT_EQ(result.error().effect(), Effect::Maybe);
}

TEST(PortainerGenerationB, AnotherDeploymentUnderWayIsAConflict) {
    Replay replay;
    replay.found();
    replay.tape.play(HttpResponse(409, R"({"message":"x","details":"X"})"));
    const auto result = replay.sim.run(
        replay.client.apply(stack_permit(recorded_stack("stack-get"), std::nullopt, {})));
    EXPECT_EQ(result.error().kind(), ErrorKind::Conflict);
    EXPECT_EQ(result.error().effect(), Effect::None);
}

TEST(PortainerGenerationB, ADeploymentThatNeverEndsIsATimeout) {
    Replay replay;
    auto deploying = recorded("stack-update").response_body.as_object();
    deploying["Status"] = 3;
    replay.found();
    for (int i = 0; i < 1000; ++i) {
        replay.tape.play(HttpResponse(200, json::serialize(deploying)));
    }
    const auto result = replay.sim.run(
        replay.client.apply(stack_permit(recorded_stack("stack-get"), std::nullopt, {})));
    EXPECT_EQ(result.error().kind(), ErrorKind::Timeout);
    EXPECT_EQ(result.error().effect(), Effect::Maybe);
}

}  // namespace
}  // namespace wavegate::testing
