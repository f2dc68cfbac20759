#include "tests/contract/portainer/rig.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

// Generation B (2.45, as read): the answer comes before the deployment.
namespace wavegate::testing {
namespace {

using ::testing::HasSubstr;
namespace json = boost::json;

const std::string kPassed = compose("      - AUTH_TYPE=${AUTH_TYPE}\n");

sandbox::PortainerSettings generation_b() {
    sandbox::PortainerSettings settings;
    settings.asynchronous = true;
    settings.deploy_time = 5s;
    return settings;
}

struct GenerationB : Rig {
    GenerationB() : Rig(generation_b()) {
        id = must(portainer.add_stack("a-mcp", kPassed, {{"AUTH_TYPE", "none"}}));
        sim.advance(2s);
    }
    HttpResponse send(const std::string& method, const std::string& path, std::string body = {}) {
        HttpRequest request(method, "https://portainer.arpa/api" + path);
        request.headers.add("X-API-Key", "ptr_sandbox");
        request.headers.add("Content-Type", "application/json");
        request.body = std::move(body);
        return sim.run(portainer.answer(std::move(request)));
    }
    HttpResponse put(const std::string& file, const std::string& type) {
        json::object body;
        body["stackFileContent"] = file;
        body["env"] = json::array{json::object{{"name", "AUTH_TYPE"}, {"value", type}}};
        return send("PUT", where("?endpointId=1"), json::serialize(body));
    }
    [[nodiscard]] std::string where(const std::string& rest) const {
        return "/stacks/" + std::to_string(id) + rest;
    }
    int id = 0;
};

TEST(GenerationB, AWriteIsAnsweredBeforeItIsDeployed) {
    GenerationB b;
    const auto answer = b.put(kPassed, "jwt");
    ASSERT_EQ(answer.status, 200);
    const json::value body = json::parse(answer.body);
    EXPECT_EQ(body.at("Status"), 3);
    EXPECT_EQ(body.at("DeploymentStatus").at(0).at("Status"), 3);
    EXPECT_EQ(b.env("a-mcp_app", "AUTH_TYPE"), "none");
    EXPECT_EQ(b.stack(b.id).status, StackStatus::Deploying);
    b.sim.advance(6s);
    EXPECT_EQ(b.env("a-mcp_app", "AUTH_TYPE"), "jwt");
    EXPECT_EQ(b.stack(b.id).status, StackStatus::Active);
}

TEST(GenerationB, TheClientComesBackWhenItIsDeployed) {
    GenerationB b;
    const auto from = b.sim.clock.now().mono;
    const auto receipt = b.sim.run(
        b.client.apply(stack_permit(b.stack(b.id), std::nullopt, {set_env("AUTH_TYPE", "jwt")})));
    ASSERT_TRUE(receipt);
    EXPECT_GE(b.sim.clock.now().mono - from, 5s);
    EXPECT_EQ(b.env("a-mcp_app", "AUTH_TYPE"), "jwt");
}

TEST(GenerationB, ASecondWriteMeanwhileIsAConflictAndChangesNothing) {
    GenerationB b;
    ASSERT_EQ(b.put(kPassed, "jwt").status, 200);
    EXPECT_EQ(b.put(kPassed, "none").status, 409);
    EXPECT_EQ(b.send("POST", b.where("/stop?endpointId=1")).status, 409);
    const auto refused = b.sim.run(
        b.client.apply(stack_permit(b.stack(b.id), std::nullopt, {set_env("AUTH_TYPE", "none")})));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), ErrorKind::Conflict);
    EXPECT_EQ(refused.error().effect(), Effect::None);
    b.sim.advance(6s);
    EXPECT_EQ(b.env("a-mcp_app", "AUTH_TYPE"), "jwt");
}

TEST(GenerationB, AFailedUpdateKeepsTheNewEnvAndGetsItsFileBackAMomentLater) {
    GenerationB b;
    b.portainer.fail_deployments("a-mcp", 1);
    const auto file = compose("      - AUTH_TYPE=${AUTH_TYPE}\n      - MORE=1\n");
    const auto refused =
        b.sim.run(b.client.apply(stack_permit(b.stack(b.id), file, {set_env("AUTH_TYPE", "jwt")})));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), ErrorKind::Invalid);
    EXPECT_EQ(refused.error().effect(), Effect::Maybe);
    b.sim.advance(1s);
    const auto after = b.stack(b.id);
    EXPECT_EQ(after.status, StackStatus::Error);
    EXPECT_THAT(after.deployment_error, HasSubstr("network \"gone\""));
    EXPECT_EQ(*after.file, kPassed);
    EXPECT_TRUE(**find_env(after.env, "AUTH_TYPE") == Secret::copy_of("jwt"));
}

TEST(GenerationB, ARetryAfterAnErrorTakesTheStackDownFirst) {
    GenerationB b;
    b.portainer.fail_deployments("a-mcp", 1);
    ASSERT_EQ(b.put(kPassed, "jwt").status, 200);
    b.sim.advance(6s);
    const auto before = b.service("a-mcp_app").id;
    ASSERT_EQ(b.put(kPassed, "jwt").status, 200);
    b.sim.advance(1s);
    EXPECT_FALSE(b.portainer.swarm().find("a-mcp_app"));
    b.sim.advance(6s);
    EXPECT_NE(b.service("a-mcp_app").id, before);
    EXPECT_EQ(b.stack(b.id).status, StackStatus::Active);
}

TEST(GenerationB, AFailedCreateKeepsItsRecord) {
    GenerationB b;
    b.portainer.fail_deployments("b-mcp", 1);
    json::object body;
    body["Name"] = "b-mcp";
    body["SwarmID"] = b.portainer.swarm().id();
    body["StackFileContent"] = kPassed;
    const auto answer =
        b.send("POST", "/stacks/create/swarm/string?endpointId=1", json::serialize(body));
    ASSERT_EQ(answer.status, 200);
    b.sim.advance(6s);
    const json::value made = json::parse(answer.body);
    EXPECT_EQ(b.stack(made.at("Id").to_number<int>()).status, StackStatus::Error);
}

TEST(GenerationB, ADeletionMeanwhileIsAConflict) {
    GenerationB b;
    ASSERT_EQ(b.put(kPassed, "jwt").status, 200);
    EXPECT_EQ(b.send("DELETE", b.where("?endpointId=1")).status, 409);
    b.sim.advance(6s);
    EXPECT_EQ(b.send("DELETE", b.where("?endpointId=1")).status, 204);
}

struct GitGenerationB : GenerationB {
    GitGenerationB() {
        sandbox::GitConfig git;
        git.url = "https://git.arpa/b.git";
        git.reference = "refs/heads/main";
        git.path = "c.yml";
        repository.commit("main", {{"c.yml", compose("      - V=${V}\n")}});
        id = must(portainer.add_git_stack("b-mcp", git, {{"V", "1"}}));
    }
    sandbox::GitRepository& repository = portainer.git()["https://git.arpa/b.git"];
};

TEST(GenerationB, AFileIsNotToldWhileGitSettingsAwaitARedeployment) {
    GitGenerationB b;
    const std::string settings = R"({"RepositoryReferenceName":"refs/heads/main"})";
    ASSERT_EQ(b.send("POST", b.where("/git?endpointId=1"), settings).status, 200);
    EXPECT_EQ(b.send("GET", b.where("/file")).status, 409);
    for (const auto& error :
         {b.sim.run(b.client.file(b.id)).error(), b.sim.run(b.client.stack(b.id)).error()}) {
        EXPECT_EQ(error.kind(), ErrorKind::Conflict);
        EXPECT_EQ(error.message(), "portainer: git settings await a redeployment");
    }
    ASSERT_EQ(b.send("PUT", b.where("/git/redeploy?endpointId=1"), "{}").status, 200);
    b.sim.advance(6s);
    EXPECT_TRUE(b.sim.run(b.client.file(b.id)));
}

TEST(GenerationB, AGitRedeploymentKeepsWhatItLeavesOut) {
    GitGenerationB b;
    const auto head = b.repository.commit("main", {{"c.yml", compose("      - V=${V}-2\n")}});
    ASSERT_EQ(b.send("PUT", b.where("/git/redeploy?endpointId=1"), "{}").status, 200);
    b.sim.advance(6s);
    const auto after = b.stack(b.id);
    EXPECT_EQ(after.git->reference, "refs/heads/main");
    EXPECT_EQ(after.git->config_hash, head);
    EXPECT_EQ(b.env("b-mcp_app", "V"), "1-2");
}

}  // namespace
}  // namespace wavegate::testing
