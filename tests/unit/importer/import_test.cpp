// What `wavegate import` says of a running fleet, and what it can't.
#include "operator/importer/auth.hpp"
#include "operator/model/client_rules.hpp"
#include "reconcilers/policies/compile.hpp"
#include "reconcilers/policies/same.hpp"
#include "tests/unit/importer/running_fleet.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::importer {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;
using ::testing::SizeIs;

std::string whole(const Imported& imported) {
    std::string text;
    for (const auto& [name, file] : imported.files) {
        text += file;
    }
    for (const auto& leftover : imported.leftovers) {
        text += leftover.object + leftover.why;
    }
    return text;
}

TEST(Import, OfAnOpenFleetNeedsNeitherClientNorPolicy) {
    RunningFleet fleet;
    fleet.add_open("a-mcp");
    fleet.add("b-mcp", {});

    const auto imported = fleet.imported();
    ASSERT_TRUE(imported) << imported.error().message();
    EXPECT_THAT(imported->leftovers, IsEmpty());
    EXPECT_THAT(imported->files, Not(Contains(Key("clients.yaml"))));
    const auto& state = imported->state;
    ASSERT_THAT(state.services, SizeIs(2));
    for (const auto& service : state.services) {
        EXPECT_TRUE(service.declared);
        EXPECT_EQ(service.auth, AuthMode::None);
        EXPECT_EQ(service.wave, "general");
    }
    EXPECT_EQ(state.services.front().url, "http://a-mcp.arpa/mcp");
    EXPECT_EQ(state.services.front().image, "docker.io/knucklessg1/a-mcp");
    EXPECT_EQ(state.services.front().container_port, 8000);
    EXPECT_EQ(state.fleet.multiplexer.mode, MultiplexerMode::Dynamic);
    EXPECT_EQ(state.fleet.jwt.issuer, "https://keycloak.arpa/realms/home") << "the usual one";
    EXPECT_THAT(
        imported->files.at("services.yaml"), HasSubstr("# seen: string stack a-mcp (id 2)"));
}

TEST(Import, OfAnEnforcingFleetTakesItsBlockItsClientAndItsPolicy) {
    RunningFleet fleet;
    fleet.add_enforcing("a-mcp");
    fleet.add_open("b-mcp");
    fleet.add_client();
    fleet.add_policy("baseline");
    fleet.seen.vault["mcp-multiplexer/oidc"] = "";

    const auto imported = fleet.imported();
    ASSERT_TRUE(imported) << imported.error().message();
    EXPECT_THAT(imported->leftovers, IsEmpty());
    const auto& state = imported->state;
    EXPECT_EQ(state.fleet.jwt.jwks_uri, "https://keycloak.arpa/keys");
    EXPECT_EQ(state.services[0].auth, AuthMode::Jwt);
    EXPECT_THAT(state.services[0].policies, ElementsAre("baseline"));
    EXPECT_EQ(state.services[1].auth, AuthMode::None);
    ASSERT_THAT(state.clients, SizeIs(1));
    EXPECT_TRUE(state.clients[0].adopt) << "it bears no mark";
    EXPECT_EQ(state.clients[0].token_lifespan, std::chrono::hours(1));
    EXPECT_EQ(state.clients[0].secret_path, "mcp-multiplexer/oidc");
    EXPECT_THAT(state.clients[0].consumer_stacks, ElementsAre("mcp-multiplexer"));
    EXPECT_GT(state.fleet.waves[0].soak, std::chrono::hours(1)) << "it outlasts a token";
    ASSERT_THAT(state.policies, SizeIs(1));
    EXPECT_TRUE(state.policies[0].adopt);
    const auto compiled = policies::compile(state.policies[0], state.fleet.name, {});
    EXPECT_TRUE(policies::says_the_same(fleet.seen.policies, *compiled)) << "so that none is made";
    EXPECT_THAT(
        imported->files.at("clients.yaml"),
        AllOf(HasSubstr("rollout accept --client mcp-multiplexer"), HasSubstr("fullScopeAllowed")));
}

TEST(Import, SaysOurOwnPoliciesSoThatTheyCompileToThemselves) {
    PolicySpec spec;
    spec.name = "multiplexer-baseline";
    PolicyRuleSpec deny;
    deny.name = "deny-unknown";
    deny.principals = {"agent:unknown", "agent:"};
    PolicyRuleSpec some;
    some.name = "some";
    some.effect = PolicyEffect::Allow;
    some.principals = {"agent:mcp-multiplexer"};
    some.servers = {"a-mcp"};
    some.actions = {PolicyAction::List, PolicyAction::Execute};
    spec.rules = {deny, some};
    RunningFleet fleet;
    fleet.add_enforcing("a-mcp");
    fleet.add_client().attributes[kOwnerAttribute] = "homelab";
    const auto ours = *policies::compile(spec, "homelab", {{"a-mcp", {"x", "y"}}});
    fleet.seen.policies = {ours};

    const auto imported = fleet.imported();
    ASSERT_TRUE(imported) << imported.error().message();
    const auto& state = imported->state;
    EXPECT_EQ(state.fleet.name, "homelab") << "as the marks say";
    ASSERT_THAT(state.policies, SizeIs(1));
    EXPECT_EQ(state.policies[0].name, "multiplexer-baseline");
    EXPECT_FALSE(state.policies[0].adopt);
    EXPECT_EQ(*policies::compile(state.policies[0], "homelab", {}), ours);
    EXPECT_FALSE(state.clients[0].adopt) << "it is ours";
}

TEST(Import, ListsWhatNoDocumentCanSayAndLeavesItAlone) {
    RunningFleet fleet;
    fleet.add_open("a-mcp");
    fleet.add_enforcing("alone-mcp");
    fleet.add("odd-mcp", {{"AUTH_TYPE", "static"}});
    fleet.add("asks-mcp", {{"EUNOMIA_TYPE", "remote"}});
    fleet.add_open("unread-mcp");
    fleet.seen.stacks.back().file = nullptr;
    fleet.seen.unread["unread-mcp"] = "HTTP 500";
    fleet.add_open("stray-mcp").stack = "gone";
    fleet.add_other("nginx");
    auto& everyone = fleet.add_policy("mcp-default-policy");
    everyone.rules.front().principal.clear();

    const auto imported = fleet.imported();
    ASSERT_TRUE(imported) << imported.error().message();
    const auto why = [&](const std::string& object) { return why_left(*imported, object); };
    EXPECT_THAT(why("service alone-mcp_alone-mcp"), HasSubstr("no client of the multiplexer"));
    EXPECT_THAT(
        why("service odd-mcp_odd-mcp"), AllOf(HasSubstr("AUTH_TYPE"), Not(HasSubstr("static"))));
    EXPECT_THAT(why("service asks-mcp_asks-mcp"), HasSubstr("EUNOMIA_TYPE"));
    EXPECT_THAT(why("service unread-mcp_unread-mcp"), HasSubstr("HTTP 500"));
    EXPECT_THAT(why("service stray-mcp_stray-mcp"), HasSubstr("no stack"));
    EXPECT_THAT(why("service nginx_nginx"), HasSubstr("no MCP child"));
    EXPECT_THAT(why("policy mcp-default-policy"), HasSubstr("everyone"));
    EXPECT_THAT(imported->leftovers, SizeIs(7));
    for (const auto& leftover : imported->leftovers) {
        EXPECT_THAT(imported->files.at("not-expressed.md"), HasSubstr(leftover.object));
    }
    ASSERT_THAT(imported->state.services, SizeIs(2));
    EXPECT_TRUE(imported->state.services[0].declared);
    EXPECT_EQ(imported->state.services[1].name, "alone-mcp");
    EXPECT_FALSE(imported->state.services[1].declared) << "it enforces, and is let go";
    EXPECT_THAT(imported->state.policies, IsEmpty());
}

TEST(Import, ListsAClientThatItDoesNotUnderstand) {
    RunningFleet fleet;
    fleet.add_open("a-mcp");
    auto& client = fleet.add_client();
    client.public_client = true;
    auto imported = fleet.imported();
    ASSERT_TRUE(imported);
    EXPECT_THAT(why_left(*imported, "client mcp-multiplexer"), HasSubstr("public"));
    EXPECT_THAT(imported->state.clients, IsEmpty());

    fleet.seen.name = "mine";
    auto& other = fleet.add_client();
    other.attributes[kOwnerAttribute] = "theirs";
    imported = fleet.imported();
    ASSERT_TRUE(imported);
    EXPECT_THAT(why_left(*imported, "client mcp-multiplexer"), HasSubstr("another fleet"));
}

TEST(Import, LeavesOutWhatTheCheckOfTheDesiredStateRefuses) {
    RunningFleet fleet;
    fleet.add_open("a-mcp");
    auto& policy = fleet.add_policy("lets-all-in");
    policy.rules = {rule_for("agent:unknown")};
    const auto imported = fleet.imported();
    ASSERT_TRUE(imported) << imported.error().message();
    EXPECT_THAT(
        why_left(*imported, "policy lets-all-in"), HasSubstr("only a deny may be about it"));
    EXPECT_THAT(imported->state.policies, IsEmpty());
}

TEST(Import, LeavesOutWhatItIsToldTo) {
    RunningFleet fleet;
    fleet.add_open("a-mcp");
    fleet.add_open("b-mcp");
    const auto imported = import_fleet(fleet.live(), {{"McpService/b-mcp", "it moves"}});
    ASSERT_TRUE(imported);
    EXPECT_EQ(why_left(*imported, "service b-mcp_b-mcp"), "it moves");
    EXPECT_EQ(imported->state.service("b-mcp"), nullptr) << "a default would be kept for it";
}

TEST(Import, HoldsNoSecretWhateverStandsWhere) {
    RunningFleet fleet;
    fleet.add_enforcing("a-mcp");
    fleet.add_client();
    fleet.add_policy("baseline");
    auto& sly = fleet.add_open("sly-mcp");
    sly.auth["FASTMCP_SERVER_AUTH_JWT_ISSUER"] =
        "http://user:" + std::string(kServiceSecret) + "@x";
    sly.auth["AUTH_TYPE"] = kServiceSecret;
    const auto imported = fleet.imported();
    ASSERT_TRUE(imported) << imported.error().message();
    EXPECT_THAT(whole(*imported), Not(HasSubstr(kServiceSecret)));
    EXPECT_THAT(whole(*imported), Not(HasSubstr(kVaultSecret)));
}

TEST(Import, PutsPortainerIntoTheLastWave) {
    RunningFleet fleet;
    fleet.add_enforcing("portainer-mcp");
    fleet.add_client();
    fleet.add_policy("baseline");
    const auto imported = fleet.imported();
    ASSERT_TRUE(imported) << imported.error().message();
    EXPECT_THAT(imported->leftovers, IsEmpty());
    EXPECT_EQ(imported->state.services.front().wave, imported->state.fleet.waves.back().name);
}

TEST(Import, TellsServicesOfOneNameByTheirStacks) {
    RunningFleet fleet;
    for (const auto* stack : {"one", "two"}) {
        auto& service = fleet.add_open(stack);
        service.name = std::string(stack) + "_mcp";
        fleet.seen.stacks.back().file =
            std::make_shared<const std::string>("services:\n  mcp:\n    image: a/b\n");
    }
    const auto imported = fleet.imported();
    ASSERT_TRUE(imported) << imported.error().message();
    const auto* service = imported->state.service("one-mcp");
    ASSERT_NE(service, nullptr);
    EXPECT_TRUE(service->declared);
    EXPECT_EQ(service->stack, "one");
    EXPECT_EQ(service->compose_service, "mcp");
}

TEST(Import, TellsTheRealmByWhomServicesTrust) {
    RunningFleet fleet;
    fleet.add_open("a-mcp");
    const auto realm = [&] {
        const auto live = fleet.live();
        return realm_of(*survey(live));
    };
    EXPECT_EQ(realm(), "");
    fleet.add_enforcing("b-mcp");
    EXPECT_EQ(realm(), "home");
    fleet.services.back().auth["FASTMCP_SERVER_AUTH_JWT_ISSUER"] = "https://login.arpa/oauth";
    EXPECT_EQ(realm(), "") << "no Keycloak's";
}

TEST(Import, OfTwoFleetsAsksWhichOneIsMeant) {
    RunningFleet fleet;
    fleet.add_open("a-mcp");
    fleet.add_policy("wavegate-one-a-1234567890", "managed-by=wavegate fleet=one");
    fleet.add_policy("wavegate-two-a-1234567890", "managed-by=wavegate fleet=two");
    const auto refused = fleet.imported();
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message(), AllOf(HasSubstr("one, two"), HasSubstr("--fleet")));

    fleet.seen.name = "two";
    const auto imported = fleet.imported();
    ASSERT_TRUE(imported) << imported.error().message();
    EXPECT_EQ(imported->state.fleet.name, "two");
    EXPECT_THAT(
        why_left(*imported, "policy wavegate-one-a-1234567890"), HasSubstr("another fleet"));
}

TEST(Import, OfServicesOfWhichNoneCanBeSaidListsThemAll) {
    RunningFleet fleet;
    fleet.add("odd-mcp", {{"AUTH_TYPE", "static"}});
    const auto imported = fleet.imported();
    ASSERT_TRUE(imported) << imported.error().message();
    EXPECT_THAT(imported->state.services, IsEmpty());
    EXPECT_THAT(imported->leftovers, SizeIs(1));
}

TEST(Import, OfNoMcpServiceAtAllSaysNothing) {
    RunningFleet fleet;
    fleet.add_other("nginx");
    const auto refused = fleet.imported();
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message(), HasSubstr("no MCP service runs"));
}

TEST(Import, GivesTheSameWhateverOrderThingsWereSeenIn) {
    RunningFleet fleet;
    fleet.add_open("b-mcp");
    fleet.add_open("a-mcp");
    fleet.add_policy("second");
    fleet.add_policy("first");
    const auto once = fleet.imported();
    std::reverse(fleet.seen.policies.begin(), fleet.seen.policies.end());
    std::reverse(fleet.services.begin(), fleet.services.end());
    const auto again = fleet.imported();
    ASSERT_TRUE(once && again);
    EXPECT_EQ(once->files, again->files);
}

TEST(Import, QuotesWhatSomethingElseWouldBeReadFrom) {
    RunningFleet fleet;
    fleet.add_open("true");
    fleet.seen.stacks.back().file =
        std::make_shared<const std::string>("services:\n  \"true\":\n    image: a/b\n");
    fleet.add_open("a: # b");
    const auto imported = fleet.imported();
    ASSERT_TRUE(imported) << imported.error().message();
    ASSERT_NE(imported->state.service("true"), nullptr) << whole(*imported);
    EXPECT_TRUE(imported->state.service("true")->declared);
    EXPECT_THAT(why_left(*imported, "service a: # b_a: # b"), HasSubstr("can be called"));
}

}  // namespace
}  // namespace wavegate::importer
