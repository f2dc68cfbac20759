// Every check of the oracle is able to fail: histories of a fleet, written by hand, that break one
// invariant each. Nothing of the operator takes part.
#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"
#include "operator/sandbox/memory_transport.hpp"
#include "tests/sim/oracle_facts.hpp"
#include "tests/sim/overheard.hpp"
#include "tests/sim/visitor.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

namespace json = boost::json;

sandbox::WorldPlan fleet() {
    sandbox::WorldPlan plan;
    for (const auto* name : {"a-mcp", "b-mcp", "c-mcp", "portainer-mcp"}) {
        sandbox::ServicePlan service;
        service.name = name;
        service.env.emplace_back("UPSTREAM_KEY", std::string("upstream-key-of-") + name);
        plan.services.push_back(std::move(service));
    }
    return plan;
}

Expectation expectation() {
    Expectation expected;
    expected.waves = {"first", "second"};
    expected.wave_of = {
        {"a-mcp", "first"}, {"b-mcp", "first"}, {"c-mcp", "second"}, {"portainer-mcp", "second"}};
    expected.soak = {{"first", 6min}, {"second", 6min}};
    expected.max_in_flight = {{"first", 1}, {"second", 1}};
    return expected;
}

/// A fleet whose shared parts are ready for a rollout, and an "operator" that does as it is told.
class History {
  public:
    Simulation sim;
    sandbox::World world;

    explicit History(sandbox::WorldPlan plan = fleet())
        : world(sim.executor(), sim.clock, std::move(plan)) {
        json::object client;
        client["clientId"] = "mcp-multiplexer";
        client["publicClient"] = false;
        client["serviceAccountsEnabled"] = true;
        client["attributes"] = json::object{{"wavegate.owner", "sandbox"}};
        world.keycloak.add_client(client);
        world.keycloak.add_mapper(
            "mcp-multiplexer",
            json::parse(R"({"name":"wavegate-aud","protocol":"openid-connect",
                "protocolMapper":"oidc-audience-mapper",
                "config":{"included.custom.audience":"agent-services","access.token.claim":"true"}})")
                .as_object());
        world.openbao.put("mcp-multiplexer/oidc", outbound());
        world.eunomia.add(json::parse(
            R"({"name":"wavegate-home-baseline","version":"1.0","default_effect":"deny","rules":[
                {"name":"allow","effect":"allow","principal_conditions":
                  [{"path":"uri","operator":"equals","value":"agent:mcp-multiplexer"}],
                 "resource_conditions":[],"actions":["list","execute"]}]})"));
        auto env = outbound();
        env["MCP_CLIENT_AUTH"] = "oidc-client-credentials";
        static_cast<void>(world.portainer.edit_by_hand(
            "mcp-multiplexer", std::nullopt, sandbox::EnvList(env.begin(), env.end())));
        sim.advance(1min);
        oracle_ = std::make_unique<Oracle>(world, sim.clock, expectation());
    }

    Oracle& oracle() { return *oracle_; }

    std::map<std::string, std::string> outbound() {
        return {
            {"OIDC_CLIENT_ID", "mcp-multiplexer"},
            {"OIDC_CLIENT_SECRET", world.keycloak.client("mcp-multiplexer")->secret()},
            {"OIDC_AUDIENCE", "agent-services"},
            {"OIDC_TOKEN_URL",
             world.url("keycloak") + "/realms/master/protocol/openid-connect/token"}};
    }

    int send(HttpRequest request, int incarnation = 1) {
        sandbox::MemoryTransport wire(world.network);
        Overheard overheard(wire, *oracle_, incarnation);
        const auto answer = sim.run(overheard.send(std::move(request)));
        oracle_->look();
        return answer ? answer->status : 0;
    }

    void lock_names(const std::string& holder) {
        auto& lock = world.portainer.swarm().configs()["wavegate-sandbox-lock"];
        lock.labels["holder"] = holder;
    }

    void wait(Duration by) {
        for (Duration waited{0}; waited < by; waited += 1s) {
            sim.advance(1s);
            oracle_->look();
        }
    }

    void ask_gates() {
        send({"GET", world.url("keycloak") + "/realms/master/protocol/openid-connect/certs"});
        HttpRequest check("POST", world.url("eunomia") + "/check/bulk");
        check.headers.add("Content-Type", "application/json");
        check.body = R"([{"principal":{"uri":"agent:x"},"resource":{"uri":"mcp:x"}}])";
        send(std::move(check));
    }

    /// The whole Env of a stack, with `changes` on top; "" removes an entry.
    int write_env(
        const std::string& stack,
        const std::map<std::string, std::string>& changes,
        int incarnation = 1) {
        const auto* record = world.portainer.stack(stack);
        std::map<std::string, std::string> env;
        for (const auto& [name, value] : record->env.value_or(sandbox::EnvList())) {
            env[name] = value;
        }
        for (const auto& [name, value] : changes) {
            env[name] = value;
        }
        json::array entries;
        for (const auto& [name, value] : env) {
            if (!value.empty()) {
                entries.push_back(json::object{{"name", name}, {"value", value}});
            }
        }
        json::object body;
        body["stackFileContent"] = record->disk.at(record->entry_point);
        body["env"] = std::move(entries);
        body["prune"] = false;
        HttpRequest request(
            "PUT",
            fmt::format("{}/api/stacks/{}?endpointId=1", world.url("portainer"), record->id));
        request.headers.add("X-API-Key", sandbox::secrets::kPortainerKey);
        request.headers.add("Content-Type", "application/json");
        request.body = json::serialize(body);
        return send(std::move(request), incarnation);
    }

    int set(const std::string& service, bool jwt, int incarnation = 1) {
        const std::map<std::string, std::string> block{
            {"AUTH_TYPE", jwt ? "jwt" : "none"}, {"EUNOMIA_TYPE", jwt ? "remote" : "none"}};
        return write_env(service, block, incarnation);
    }

    /// As it should be: gates, write, up, a call through.
    void flip(const std::string& service) {
        ask_gates();
        ASSERT_EQ(set(service, true), 200);
        wait(30s);
        EXPECT_EQ(Visitor(sim, world).call_through(service), "");
        oracle_->look();
    }

    /// A flip, its soak, and the call through after it.
    void flip_and_soak(const std::string& service) {
        flip(service);
        wait(7min);
        EXPECT_EQ(Visitor(sim, world).call_through(service), "");
        oracle_->look();
    }

    int delete_policy(const std::string& name) {
        HttpRequest request("DELETE", world.url("eunomia") + "/admin/policies/" + name);
        request.headers.add("WAY-API-KEY", sandbox::secrets::kEunomiaKey);
        return send(std::move(request));
    }

    std::string operator_token() {
        HttpRequest mint(
            "POST", world.url("keycloak") + "/realms/master/protocol/openid-connect/token");
        mint.headers.add("Content-Type", "application/x-www-form-urlencoded");
        mint.body = fmt::format(
            "grant_type=client_credentials&client_id=wavegate&client_secret={}",
            sandbox::secrets::kKeycloakSecret);
        const auto answer = sim.run(world.network.send(std::move(mint)));
        return std::string(json::parse(answer->body).at("access_token").as_string());
    }

    int regenerate_secret(const std::string& client) {
        HttpRequest request(
            "POST",
            fmt::format(
                "{}/admin/realms/master/clients/{}/client-secret",
                world.url("keycloak"),
                world.keycloak.client(client)->id()));
        request.headers.add("Authorization", "Bearer " + operator_token());
        return send(std::move(request));
    }

  private:
    std::unique_ptr<Oracle> oracle_;
};

TEST(Oracle, SaysNothingOfAGoodHistory) {
    History history;
    for (const auto* service : {"a-mcp", "b-mcp", "c-mcp", "portainer-mcp"}) {
        history.flip_and_soak(service);
    }
    history.oracle().judge_end(history.sim);
    EXPECT_THAT(history.oracle().violations(), IsEmpty());
}

TEST(Oracle, Reports1AFlipWithoutGates) {
    History history;
    history.set("a-mcp", true);
    EXPECT_TRUE(history.oracle().reported(1));
}

TEST(Oracle, Reports1AFlipOnStaleEvidence) {
    History history;
    history.ask_gates();
    history.wait(61s);
    history.set("a-mcp", true);
    EXPECT_TRUE(history.oracle().reported(1));
}

TEST(Oracle, Reports1AFlipWhileAPolicyLetsStrangersInOrTheSecretIsNotTheStoredOne) {
    History open;
    open.world.eunomia.add_allow_all();
    open.ask_gates();
    open.set("a-mcp", true);
    EXPECT_TRUE(open.oracle().reported(1));
    History stale;
    stale.world.openbao.put("mcp-multiplexer/oidc", {{"OIDC_CLIENT_SECRET", "another-secret"}});
    stale.ask_gates();
    stale.set("a-mcp", true);
    EXPECT_TRUE(stale.oracle().reported(1));
}

TEST(Oracle, Reports2AnEnforcingMultiplexer) {
    History history;
    const auto* stack = history.world.portainer.stack("mcp-multiplexer");
    auto file = stack->disk.at(stack->entry_point);
    const auto at = file.find("      # outbound auth");
    file.insert(at, "      - AUTH_TYPE=jwt\n");
    static_cast<void>(history.world.portainer.edit_by_hand("mcp-multiplexer", file, std::nullopt));
    history.oracle().look();
    EXPECT_TRUE(history.oracle().reported(2));
}

TEST(Oracle, Reports2PortainerMcpBeforeTheOthers) {
    History history;
    history.flip_and_soak("a-mcp");
    history.flip_and_soak("b-mcp");
    history.ask_gates();
    history.set("portainer-mcp", true);
    EXPECT_TRUE(history.oracle().reported(2));
    EXPECT_FALSE(history.oracle().reported(3));
}

TEST(Oracle, Reports3AWaveThatDoesNotWaitForTheOneBefore) {
    History history;
    history.flip_and_soak("a-mcp");
    history.flip("b-mcp");
    history.ask_gates();
    history.set("c-mcp", true);
    EXPECT_TRUE(history.oracle().reported(3));
}

TEST(Oracle, CallsNoServiceUnreadyForAnEnvEntryThatItsFileDoesNotName) {
    History history;
    history.flip_and_soak("a-mcp");
    history.flip_and_soak("b-mcp");
    auto env = *history.world.portainer.stack("b-mcp")->env;
    env.emplace_back("FOREIGN_1", "another-hand-was-here");
    static_cast<void>(history.world.portainer.edit_by_hand("b-mcp", std::nullopt, env));
    history.wait(1min);
    history.ask_gates();
    history.set("c-mcp", true);
    EXPECT_FALSE(history.oracle().reported(3));
}

TEST(Oracle, Reports4TheSecondFlipBesideACanary) {
    History history;
    history.flip("a-mcp");
    history.flip("b-mcp");
    EXPECT_TRUE(history.oracle().reported(4));
}

TEST(Oracle, TakesTheNextFlipForTheCanaryOnceTheFirstWentBack) {
    History history;
    history.flip("a-mcp");
    history.set("a-mcp", false);
    history.flip_and_soak("b-mcp");
    history.flip("a-mcp");
    EXPECT_FALSE(history.oracle().reported(4)) << "b-mcp soaked alone";
    history.ask_gates();
    history.set("c-mcp", true);
    EXPECT_FALSE(history.oracle().reported(4)) << "a-mcp is no canary any more";

    History hasty;
    hasty.flip("a-mcp");
    hasty.set("a-mcp", false);
    hasty.flip("b-mcp");
    hasty.flip("a-mcp");
    EXPECT_TRUE(hasty.oracle().reported(4)) << "b-mcp is the canary and has not soaked";
}

TEST(Oracle, Reports4MoreFlipsThanSlotsAsLongAsNobodyWasAnsweredThrough) {
    auto expected = expectation();
    expected.canary = false;
    History history;
    history.oracle().expect(expected);
    history.ask_gates();
    history.set("a-mcp", true);
    history.wait(30s);
    history.ask_gates();
    history.set("b-mcp", true);
    EXPECT_TRUE(history.oracle().reported(4)) << "it runs, but nobody has called it through";

    History patient;
    patient.oracle().expect(expected);
    patient.flip("a-mcp");
    patient.flip("b-mcp");
    EXPECT_FALSE(patient.oracle().reported(4));
}

TEST(Oracle, Reports5AServiceThatIsLeftNotAnsweringWhateverIsSaidOfIt) {
    for (const auto* said :
         {"all is well",
          "Service/a-mcp Stuck: the way back failed",
          "Service/a-mcp DeadlineExceeded: it does not answer",
          "Service/a-mcp Failed: flip: portainer 500"}) {
        History history;
        history.world.behaviour("a-mcp").jwks_down = true;
        history.ask_gates();
        history.set("a-mcp", true);
        history.wait(30s);
        history.oracle().hear("a log line", said);
        history.oracle().judge_end(history.sim);
        EXPECT_TRUE(history.oracle().reported(5)) << said;
    }
}

TEST(Oracle, AllowsToStayBrokenWhatNoWayBackWouldMend) {
    History found;
    found.world.network.set_down("a-mcp.arpa", true);
    found.wait(30s);
    found.oracle().judge_end(found.sim);
    EXPECT_FALSE(found.oracle().reported(5));
    History proven;
    proven.flip_and_soak("a-mcp");
    proven.world.behaviour("a-mcp").jwks_down = true;
    proven.oracle().judge_end(proven.sim);
    EXPECT_FALSE(proven.oracle().reported(5)) << "it was good for as long as its wave soaks";
}

sandbox::WorldPlan with_a_child_that_refuses_to_start_open(bool enforcing) {
    auto plan = fleet();
    plan.services.front().generation = sandbox::Generation::Sdk;
    plan.services.front().jwt = enforcing;
    return plan;
}

TEST(Oracle, Reports5AChildThatIsOpenedAndRefusesToStartSo) {
    History stranded(with_a_child_that_refuses_to_start_open(true));
    stranded.set("a-mcp", false);
    EXPECT_TRUE(stranded.oracle().reported(5));
    stranded.wait(30s);
    EXPECT_NE(Visitor(stranded.sim, stranded.world).list("a-mcp", false), "") << "as it does";
    History by_hand(with_a_child_that_refuses_to_start_open(true));
    auto env = *by_hand.world.portainer.stack("a-mcp")->env;
    for (auto& [name, value] : env) {
        value = name == "AUTH_TYPE" ? "none" : value;
    }
    static_cast<void>(by_hand.world.portainer.edit_by_hand("a-mcp", std::nullopt, env));
    by_hand.wait(30s);
    by_hand.oracle().judge_end(by_hand.sim);
    EXPECT_FALSE(by_hand.oracle().reported(5)) << "that was another's doing";
    History other;
    other.flip_and_soak("b-mcp");
    other.set("b-mcp", false);
    other.wait(30s);
    EXPECT_FALSE(other.oracle().reported(5)) << "who starts open is not stranded";
}

TEST(Oracle, LeavesAChildWhereItIsThatHasNoModeToGoBackTo) {
    for (const bool closed : {true, false}) {
        History history(closed ? with_a_child_that_refuses_to_start_open(false) : fleet());
        history.world.behaviour("a-mcp").jwks_down = true;
        history.ask_gates();
        history.set("a-mcp", true);
        history.wait(30s);
        history.oracle().judge_end(history.sim);
        EXPECT_EQ(history.oracle().reported(5), !closed);
    }
}

TEST(Oracle, Reports5ABlockThatWasUndoneByHalves) {
    History history;
    history.ask_gates();
    history.set("a-mcp", true);
    history.write_env("a-mcp", {{"AUTH_TYPE", "none"}});
    history.wait(30s);
    history.oracle().judge_end(history.sim);
    EXPECT_TRUE(history.oracle().reported(5)) << "it lists no tools to anybody";
}

TEST(Oracle, Reports5AMultiplexerThatIsWrittenWhileAFlipComesUp) {
    History history;
    history.ask_gates();
    history.set("a-mcp", true);
    history.write_env("mcp-multiplexer", {{"SOMETHING", "else"}});
    EXPECT_TRUE(history.oracle().reported(5));
    History patient;
    patient.flip("a-mcp");
    patient.write_env("mcp-multiplexer", {{"SOMETHING", "else"}});
    EXPECT_FALSE(patient.oracle().reported(5));
}

TEST(Oracle, Reports6ASecretInAnyDress) {
    const std::string secret = "upstream-key-of-a-mcp";
    for (const auto& dressed :
         {secret, base64_encode("user:" + secret), percent_encode(secret + "&"), secret + "\\n"}) {
        History history;
        history.oracle().hear("a log line", "GET failed: " + dressed + " was refused");
        history.oracle().judge_secrets();
        EXPECT_TRUE(history.oracle().reported(6)) << dressed;
    }
    History url;
    url.send({"GET", url.world.url("portainer") + "/api/stacks?key=" + secret});
    url.oracle().judge_secrets();
    EXPECT_TRUE(url.oracle().reported(6));
    History clean;
    clean.oracle().hear("a log line", "AUTH_TYPE of a-mcp differs: agent-services");
    clean.oracle().judge_secrets();
    EXPECT_THAT(clean.oracle().violations(), IsEmpty());
}

TEST(Oracle, Reports7ASecretThatIsMadeAnewAndReachesNoConsumer) {
    History history;
    ASSERT_EQ(history.regenerate_secret("mcp-multiplexer"), 200);
    history.wait(50s);
    EXPECT_FALSE(history.oracle().reported(7)) << "the restart may follow";
    history.wait(20s);
    EXPECT_TRUE(history.oracle().reported(7));
}

TEST(Oracle, LaysNoSecretThatAHandMadeAnewAtTheOperatorsDoor) {
    History history;
    history.world.keycloak.regenerate_secret("mcp-multiplexer");
    history.oracle().hand();
    history.write_env("mcp-multiplexer", {{"OIDC_AUDIENCE", "agent-services"}});
    history.wait(70s);
    EXPECT_FALSE(history.oracle().reported(7));
}

TEST(Oracle, Reports8WhatIsNotOurs) {
    History env;
    env.write_env("a-mcp", {{"UPSTREAM_KEY", ""}});
    EXPECT_TRUE(env.oracle().reported(8));
    History policy;
    policy.world.eunomia.add_allow_all();
    policy.oracle().hand();
    ASSERT_EQ(policy.delete_policy("mcp-default-policy"), 200);
    EXPECT_TRUE(policy.oracle().reported(8));
    History client;
    ASSERT_EQ(client.regenerate_secret("wavegate"), 200);
    EXPECT_TRUE(client.oracle().reported(8));
    History unmarked;
    unmarked.world.keycloak.change_client(
        "mcp-multiplexer", {{"attributes", json::object{{"wavegate.owner", ""}}}});
    unmarked.oracle().hand();
    ASSERT_EQ(unmarked.regenerate_secret("mcp-multiplexer"), 200);
    EXPECT_TRUE(unmarked.oracle().reported(8));
}

TEST(Oracle, Reports8ASecretThatIsCopiedOutOfAForeignClient) {
    History history;
    HttpRequest request("POST", history.world.url("openbao") + "/v1/kv/data/mcp-multiplexer/oidc");
    request.headers.add("X-Vault-Token", sandbox::secrets::kBaoToken);
    request.headers.add("Content-Type", "application/json");
    request.body = json::serialize(json::object{
        {"data", json::object{{"OIDC_CLIENT_SECRET", sandbox::secrets::kKeycloakSecret}}}});
    ASSERT_EQ(history.send(std::move(request)), 200);
    EXPECT_TRUE(history.oracle().reported(8));
}

TEST(Oracle, Reports9AWriteThatIsDoneTwice) {
    History history;
    history.flip("a-mcp");
    EXPECT_FALSE(history.oracle().reported(9));
    history.set("a-mcp", true);
    EXPECT_TRUE(history.oracle().reported(9));
}

TEST(Oracle, Reports9AnAnnotationThatIsCreatedTwice) {
    History history;
    for (int i = 0; i < 2; ++i) {
        HttpRequest request("POST", history.world.url("grafana") + "/api/annotations");
        request.headers.add(
            "Authorization", std::string("Bearer ") + sandbox::secrets::kGrafanaToken);
        request.headers.add("Content-Type", "application/json");
        request.body =
            R"({"time":1,"text":"a-mcp → jwt","tags":["wavegate","wavegate-event:one"]})";
        ASSERT_EQ(history.send(std::move(request)), 200);
    }
    EXPECT_TRUE(history.oracle().reported(9));
}

json::value policy_for(const std::string& name, const std::string& principal) {
    return json::parse(fmt::format(
        R"({{"name":"{}","version":"1.0","default_effect":"deny","rules":[
            {{"name":"allow","effect":"allow","principal_conditions":
              [{{"path":"uri","operator":"equals","value":"{}"}}],
             "resource_conditions":[],"actions":["list","execute"]}}]}})",
        name,
        principal));
}

TEST(Oracle, Reports9TwoPoliciesOfOneDocument) {
    History history;
    history.world.eunomia.add(policy_for("wavegate-home-reading-1a", "agent:mcp-multiplexer"));
    history.world.eunomia.add(policy_for("wavegate-home-reading-2b", "agent:mcp-multiplexer"));
    history.oracle().judge_end(history.sim);
    EXPECT_TRUE(history.oracle().reported(9));
}

TEST(Oracle, TellsTwoEndsApart) {
    History one;
    History other;
    EXPECT_EQ(end_state(one.world), end_state(other.world));
    one.flip("a-mcp");
    EXPECT_NE(end_state(one.world), end_state(other.world));
    other.wait(10s);
    other.flip("a-mcp");
    EXPECT_EQ(end_state(one.world), end_state(other.world));
}

TEST(Oracle, Reports10TwoOperatorsAndAFlipWithoutAStore) {
    History two;
    two.ask_gates();
    two.lock_names("run-2");
    two.set("a-mcp", true, 2);
    EXPECT_FALSE(two.oracle().reported(10));
    two.set("a-mcp", false, 1);
    EXPECT_TRUE(two.oracle().reported(10));
    History full;
    full.oracle().store_takes_commits(false);
    full.wait(1s);
    full.ask_gates();
    full.set("a-mcp", true);
    EXPECT_TRUE(full.oracle().reported(10));
}

TEST(Oracle, Reports11WhatIsTakenFromEnforcingServices) {
    History policy;
    policy.delete_policy("wavegate-home-baseline");
    EXPECT_FALSE(policy.oracle().reported(11)) << "nobody enforces";
    History enforcing;
    enforcing.flip("a-mcp");
    enforcing.delete_policy("wavegate-home-baseline");
    EXPECT_TRUE(enforcing.oracle().reported(11));
    History unwired;
    unwired.flip("a-mcp");
    unwired.write_env("mcp-multiplexer", {{"OIDC_CLIENT_SECRET", ""}});
    EXPECT_TRUE(unwired.oracle().reported(11));
    History silent;
    silent.flip("a-mcp");
    silent.write_env("mcp-multiplexer", {{"MCP_CLIENT_AUTH", "none"}});
    EXPECT_TRUE(silent.oracle().reported(11)) << "it sends no token";
}

TEST(Oracle, Reports11APolicyOfOursThatLetsStrangersIn) {
    for (const auto* principal : {"agent:mcp-multiplexer", "agent:oracle-stranger"}) {
        History history;
        HttpRequest request("POST", history.world.url("eunomia") + "/admin/policies");
        request.headers.add("WAY-API-KEY", sandbox::secrets::kEunomiaKey);
        request.headers.add("Content-Type", "application/json");
        request.body = json::serialize(policy_for("wavegate-home-more", principal));
        ASSERT_LT(history.send(std::move(request)), 300);
        EXPECT_EQ(history.oracle().reported(11), principal == std::string("agent:oracle-stranger"));
    }
}

TEST(Oracle, Reports12AFlipThatBeginsWhileTheFleetIsFrozen) {
    History free;
    free.flip("a-mcp");
    EXPECT_FALSE(free.oracle().reported(12));
    History by_person;
    by_person.oracle().told(Verb::Freeze, "");
    by_person.wait(1s);
    by_person.flip("a-mcp");
    EXPECT_TRUE(by_person.oracle().reported(12));
    History by_commit;
    auto expected = expectation();
    expected.frozen_until = by_commit.sim.clock.now().wall + 1h;
    by_commit.oracle().expect(expected);
    by_commit.wait(2s);
    by_commit.flip("a-mcp");
    EXPECT_TRUE(by_commit.oracle().reported(12));
}

TEST(Oracle, Reports14WhatIsNotAsDesiredWhateverIsSaidOfIt) {
    History history;
    for (const auto* service : {"a-mcp", "b-mcp", "c-mcp"}) {
        history.flip_and_soak(service);
    }
    history.oracle().hear("a log line", "Service/portainer-mcp GateFailed: it waits for a person");
    history.oracle().judge_modes(false);
    EXPECT_TRUE(history.oracle().reported(14)) << "portainer-mcp is open, and nothing is broken";
}

TEST(Oracle, ExcusesAnEnvThatOnlyThePersonsRepositoryCanBring) {
    auto plan = fleet();
    plan.services.front().git = true;
    for (const bool git : {true, false}) {
        History history(git ? plan : fleet());
        auto expected = expectation();
        expected.wave_of = {{"a-mcp", "first"}};
        expected.env_of["a-mcp"] = {"LOG_LEVEL"};
        history.oracle().expect(expected);
        history.oracle().judge_modes(false);
        EXPECT_EQ(history.oracle().reported(14), !git)
            << "a file of Portainer's own can be given it";
        expected.env_of["a-mcp"] = {"TRANSPORT"};
        history.oracle().expect(expected);
        history.oracle().judge_modes(false);
        EXPECT_TRUE(history.oracle().reported(14)) << "it has that line";
    }
}

TEST(Oracle, ExcusesByOneReasonOneServiceAndWhoHasToWaitForIt) {
    History tried;
    tried.flip_and_soak("a-mcp");
    tried.flip("b-mcp");
    tried.set("b-mcp", false);
    tried.oracle().judge_modes(false);
    EXPECT_FALSE(tried.oracle().reported(14)) << "b-mcp was tried, the second wave waits for it";
    tried.oracle().judge_modes(true);
    EXPECT_TRUE(tried.oracle().reported(14)) << "all is said to be as desired";

    History early;
    early.flip_and_soak("b-mcp");
    early.flip_and_soak("a-mcp");
    early.flip("c-mcp");
    early.set("c-mcp", false);
    early.oracle().judge_modes(false);
    EXPECT_FALSE(early.oracle().reported(14));
    early.oracle().told(Verb::Accept, "c-mcp");
    early.oracle().judge_modes(false);
    EXPECT_TRUE(early.oracle().reported(14)) << "nobody has to wait for what was accepted";

    History retried;
    retried.flip("a-mcp");
    retried.set("a-mcp", false);
    retried.oracle().told(Verb::Retry, "");
    retried.oracle().judge_modes(false);
    EXPECT_TRUE(retried.oracle().reported(14)) << "it may be tried again, and is not";
}

TEST(Oracle, Reports14WhatStaysEnforcingThoughItIsToBeOpen) {
    History history;
    history.flip_and_soak("a-mcp");
    auto expected = expectation();
    expected.open = std::exchange(expected.wave_of, {});
    history.oracle().expect(expected);
    history.world.behaviour("a-mcp").jwks_down = true;
    history.oracle().judge_modes(false);
    EXPECT_TRUE(history.oracle().reported(14)) << "the way out waits for no verdict";
}

TEST(Oracle, Excuses14WhatAnotherHandChangedAsLongAsItIsWantedSo) {
    auto expected = expectation();
    expected.wave_of = {{"a-mcp", "first"}};
    History history;
    history.oracle().expect(expected);
    history.flip_and_soak("a-mcp");
    auto env = *history.world.portainer.stack("a-mcp")->env;
    for (auto& [name, value] : env) {
        value = name == "AUTH_TYPE" || name == "EUNOMIA_TYPE" ? "none" : value;
    }
    ASSERT_TRUE(history.world.portainer.edit_by_hand("a-mcp", std::nullopt, env).has_value());
    history.wait(10s);
    history.oracle().judge_modes(false);
    EXPECT_FALSE(history.oracle().reported(14));
    auto otherwise = expected;
    otherwise.open = std::exchange(otherwise.wave_of, {});
    history.oracle().expect(otherwise);
    history.wait(2h);
    history.oracle().expect(expected);
    history.oracle().judge_modes(false);
    EXPECT_TRUE(history.oracle().reported(14)) << "it is wanted anew";
}

TEST(Oracle, LetsAWaveGoOnWithoutWhomAPersonAcceptedAndNobodyElse) {
    for (const auto* accepted : {"b-mcp", "a-mcp"}) {
        History history;
        history.flip_and_soak("a-mcp");
        history.oracle().told(Verb::Accept, accepted);
        history.ask_gates();
        history.set("c-mcp", true);
        EXPECT_EQ(history.oracle().reported(3), accepted == std::string("a-mcp"));
    }
}

TEST(Oracle, LetsAWaveGoOnWithoutWhoIsBrokenOnlyWhereItSaysSo) {
    for (const bool skips : {true, false}) {
        for (const bool broken : {true, false}) {
            History history;
            auto expected = expectation();
            expected.skipping = skips ? std::set<std::string>{"first"} : std::set<std::string>();
            history.oracle().expect(expected);
            history.flip_and_soak("a-mcp");
            history.world.behaviour("b-mcp").crash = broken ? std::optional(1) : std::nullopt;
            history.ask_gates();
            history.set("c-mcp", true);
            EXPECT_EQ(history.oracle().reported(3), !(skips && broken));
        }
    }
}

TEST(Oracle, Reports15AWayBackThatNobodyAskedFor) {
    History young;
    young.flip("a-mcp");
    young.set("a-mcp", false);
    EXPECT_FALSE(young.oracle().reported(15)) << "it has not soaked";
    History found;
    auto env = *found.world.portainer.stack("a-mcp")->env;
    for (auto& [name, value] : env) {
        value = name == "AUTH_TYPE" ? "jwt" : name == "EUNOMIA_TYPE" ? "remote" : value;
    }
    ASSERT_TRUE(found.world.portainer.edit_by_hand("a-mcp", std::nullopt, env).has_value());
    found.wait(10s);
    found.set("a-mcp", false);
    EXPECT_TRUE(found.oracle().reported(15)) << "another hand's block";
}

}  // namespace
}  // namespace wavegate::testing
