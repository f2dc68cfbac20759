#include "operator/desired/parse.hpp"

#include "tests/unit/desired/small_fleet.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>

namespace wavegate::desired {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using namespace std::chrono_literals;

DesiredState good(const Revision& revision) {
    auto parsed = parse(revision);
    for (const auto& finding : parsed.found) {
        ADD_FAILURE() << to_text(finding);
    }
    return parsed.state.value_or(DesiredState());
}

TEST(Parse, FindsNothingWrongWithTheExampleOfTheWholeFleet) {
    const auto state = good(folder("deploy/examples/homelab"));
    EXPECT_THAT(state.services, SizeIs(52));
    std::map<std::string, int> by_wave;
    for (const auto& service : state.services) {
        EXPECT_TRUE(service.declared) << service.name;
        EXPECT_EQ(service.auth, AuthMode::Jwt) << service.name;
        ++by_wave[service.wave];
    }
    EXPECT_THAT(
        by_wave, ElementsAre(Pair("data", 22), Pair("read-only", 13), Pair("sensitive", 17)));
    EXPECT_EQ(state.service("portainer-mcp")->wave, state.fleet.waves.back().name);
    EXPECT_EQ(state.service("mcp-multiplexer"), nullptr);
}

TEST(Parse, FindsNothingWrongWithTheExampleOfOtherSoftware) {
    const auto state = good(folder("deploy/examples/plain"));
    EXPECT_THAT(state.services, SizeIs(2));
    const AuthBlock open{{"API_GATE", "lax"}, {"API_RULES", "none"}};
    const auto& profile = state.fleet.auth_profile;
    EXPECT_EQ(profile.mode_key, "API_GATE");
    EXPECT_EQ(profile.wanted(state.fleet.jwt, AuthMode::None), open);
    EXPECT_EQ(
        profile.wanted(state.fleet.jwt, AuthMode::Jwt).at("API_TOKENS_FROM"),
        "https://keycloak.lan/realms/plain");
    EXPECT_EQ(state.service("ledger-mcp")->modes, (Modes{false, true}));
    EXPECT_EQ(state.service("notes-mcp")->modes, (Modes{true, true}));
}

TEST(Parse, TakesTheProfileOfTheFleetsOwnSoftwareWhereNoneIsNamed) {
    EXPECT_EQ(good(small_fleet()).fleet.auth_profile, agent_utilities_profile());
    const auto with = [](const std::string& block) {
        return good(small_fleet(
                        {{"fleet.yaml", "  waves:", "  authBlock: " + block + "\n  waves:"}}))
            .fleet.auth_profile;
    };
    EXPECT_EQ(with("{}"), agent_utilities_profile());
    EXPECT_EQ(with("{ profile: agent-utilities }"), agent_utilities_profile());
    EXPECT_EQ(with("{ profile: fastmcp }"), fastmcp_profile());
}

TEST(Parse, CallsAStateAnotherWhereItsAuthBlockOrModesAre) {
    const auto usual = good(small_fleet()).digest;
    const auto changed = [](const std::vector<Change>& changes) {
        return good(small_fleet(changes)).digest;
    };
    EXPECT_NE(
        changed({{"fleet.yaml", "  waves:", "  authBlock: { profile: fastmcp }\n  waves:"}}),
        usual);
    EXPECT_NE(changed({{"services.yaml", "wave: last", "wave: last\n  modes: [ jwt ]"}}), usual);
    EXPECT_EQ(
        changed({{"services.yaml", "wave: last", "wave: last\n  modes: [ jwt, none ]"}}), usual);
}

TEST(Parse, FillsInTheDefaultsOfTheSchemas) {
    const auto state = good(small_fleet());
    const auto& fleet = state.fleet;
    EXPECT_EQ(fleet.keycloak.realm, "master");
    EXPECT_EQ(fleet.openbao.mount, "kv");
    EXPECT_EQ(fleet.openbao.name_space, "") << "the root one";
    EXPECT_EQ(fleet.multiplexer.stack, "mcp-multiplexer");
    EXPECT_EQ(fleet.multiplexer.service, "mcp-multiplexer");
    EXPECT_EQ(fleet.multiplexer.principal_from, PrincipalSource::Header);
    EXPECT_EQ(fleet.limits.max_deletions, 3);
    EXPECT_EQ(fleet.limits.max_shrink_percent, 20);
    EXPECT_EQ(fleet.watch.every, 5min);
    EXPECT_EQ(fleet.watch.gates, 60s);
    EXPECT_EQ(fleet.drift, DriftPolicy::Heal);
    ASSERT_THAT(fleet.waves, SizeIs(2));
    EXPECT_EQ(fleet.waves[0].soak, 6min);
    EXPECT_EQ(fleet.waves[0].deadline, 10min);
    EXPECT_EQ(fleet.waves[0].max_in_flight, 1);
    EXPECT_EQ(state.clients[0].client_id, "mux");
    EXPECT_EQ(state.clients[0].token_lifespan, 5min);
    EXPECT_THAT(
        state.policies[0].rules[1].actions, ElementsAre(PolicyAction::List, PolicyAction::Execute));
    EXPECT_FALSE(fleet.grafana.has_value());
}

TEST(Parse, ReadsEveryFieldOfTheFleet) {
    const auto state = good(small_fleet(
        {{"fleet.yaml",
          "  waves:\n",
          "  grafana: { url: http://g, tokenRef: env:G }\n"
          "  prometheus: { url: http://p }\n"
          "  stackRepo: { username: bot, tokenRef: \"openbao:kv2/git#token\", "
          "sshKeyRef: file:/run/secrets/git, author: a <a@b> }\n"
          "  drift: report\n  prune: true\n  limits: { maxDeletions: 7, maxShrink: 100% }\n"
          "  watch: { every: 10m, gates: 90s }\n"
          "  waves:\n    - { name: zero, soak: 1s, allowShortSoak: true, maxInFlight: 4, "
          "deadline: 90s, onBrokenBaseline: skip, onFailure: hold }\n"},
         {"fleet.yaml",
          "tokenRef: file:/run/bao",
          "mount: kv2, namespace: teams/fleet, tokenRef: file:/run/bao"},
         {"fleet.yaml",
          "client: mux",
          "client: mux\n    mode: dynamic\n    inbound: { tokenRef: env:MUX }\n"
          "    foreignChildren: allow\n    stack: mux\n    service: app"}}));
    const auto& fleet = state.fleet;
    EXPECT_EQ(fleet.openbao.mount, "kv2");
    EXPECT_EQ(fleet.openbao.name_space, "teams/fleet");
    EXPECT_EQ(fleet.grafana->token.text, "env:G");
    EXPECT_EQ(fleet.prometheus->url, "http://p");
    EXPECT_EQ(fleet.stack_repo->token.text, "openbao:kv2/git#token");
    EXPECT_EQ(fleet.stack_repo->ssh_key.text, "file:/run/secrets/git");
    EXPECT_EQ(fleet.stack_repo->author, "a <a@b>");
    EXPECT_EQ(fleet.drift, DriftPolicy::Report);
    EXPECT_TRUE(fleet.prune);
    EXPECT_EQ(fleet.limits.max_deletions, 7);
    EXPECT_EQ(fleet.limits.max_shrink_percent, 100);
    EXPECT_EQ(fleet.watch.every, 10min);
    EXPECT_EQ(fleet.watch.gates, 90s);
    EXPECT_EQ(fleet.waves[0].on_broken_baseline, BrokenBaseline::Skip);
    EXPECT_EQ(fleet.waves[0].on_failure, FailurePolicy::Hold);
    EXPECT_EQ(fleet.waves[0].max_in_flight, 4);
    EXPECT_EQ(fleet.multiplexer.mode, MultiplexerMode::Dynamic);
    EXPECT_EQ(fleet.multiplexer.inbound_token.text, "env:MUX");
    EXPECT_EQ(fleet.multiplexer.foreign_children, ForeignChildren::Allow);
    EXPECT_EQ(fleet.multiplexer.stack, "mux");
    EXPECT_EQ(fleet.multiplexer.service, "app");
}

TEST(Parse, MakesAServiceOfEveryEntryOfTheRegistry) {
    const auto state = good(small_fleet());
    ASSERT_THAT(state.services, SizeIs(4));
    const auto& wger = *state.service("wger-mcp");
    EXPECT_FALSE(wger.declared);
    EXPECT_EQ(wger.auth, AuthMode::None);
    EXPECT_EQ(wger.wave, "first");
    EXPECT_EQ(wger.stack, "wger-mcp");
    EXPECT_EQ(wger.image, "knucklessg1/wger-agent");
    EXPECT_EQ(wger.url, "http://wger-mcp.arpa/mcp");
    EXPECT_EQ(wger.health, "http://wger-mcp.arpa/health");
    EXPECT_EQ(wger.origin.file, "registry.yml");
}

TEST(Parse, LetsADocumentSpeakBeforeTheDefaults) {
    const auto state = good(small_fleet(
        {{"services.yaml",
          "wave: last",
          "wave: last\n  stack: port\n  service: app\n  child: p\n  url: http://10.0.0.1:9/mcp\n"
          "  env: { A: \"1\" }\n  envFrom: [ { file: a/.env, exclude: [ HOST ] } ]\n"
          "  probe: { tool: ping, arguments: { n: 1, s: \"1\", b: true, l: [ x ] } }\n"
          "  soak: 1h\n  deadline: 20m"}}));
    const auto& portainer = *state.service("portainer-mcp");
    EXPECT_TRUE(portainer.declared);
    EXPECT_EQ(portainer.stack, "port");
    EXPECT_EQ(portainer.compose_service, "app");
    EXPECT_EQ(portainer.child, "p");
    EXPECT_EQ(portainer.health, "http://10.0.0.1:9/health");
    EXPECT_THAT(portainer.env, ElementsAre(Pair("A", "1")));
    EXPECT_THAT(portainer.env_from[0].exclude, ElementsAre("HOST"));
    EXPECT_EQ(portainer.probe.arguments, R"({"n":1,"s":"1","b":true,"l":["x"]})");
    EXPECT_EQ(portainer.soak, 1h);
    EXPECT_EQ(portainer.deadline, 20min);
    EXPECT_THAT(portainer.policies, ElementsAre("base"));
}

TEST(Parse, FillsPortsOfTheRegistryIntoPatterns) {
    const auto state = good(small_fleet(
        {{"fleet.yaml",
          "\"http://{name}.arpa/mcp\"",
          "\"http://h:{host_port}/{name}\", health: \"http://h:{container_port}/up\""}}));
    EXPECT_EQ(state.service("github-mcp")->url, "http://h:8202/github-mcp");
    EXPECT_EQ(state.service("github-mcp")->health, "http://h:8000/up");
}

TEST(Parse, TakesAServiceThatBringsItsOwnImage) {
    const auto state = good(small_fleet(
        {{"extra.yaml",
          "",
          "apiVersion: wavegate.dev/v1\nkind: McpService\nmetadata: { name: own-mcp }\n"
          "spec: { auth: jwt, image: \"me/own:1\" }\n"}}));
    EXPECT_EQ(state.service("own-mcp")->image, "me/own");
}

TEST(Parse, AllowsAShortSoakWhereTheWaveSaysSo) {
    good(small_fleet({{"fleet.yaml", "soak: 6m", "soak: 10s, allowShortSoak: true"}}));
}

TEST(Parse, AcceptsASoakThatOutlastsATokenByExactlyFifteenSeconds) {
    good(small_fleet({{"fleet.yaml", "soak: 6m", "soak: 5m15s"}}));
}

TEST(Parse, LeavesADefaultWaveOfUndeclaredPortainerAlone) {
    good(small_fleet({{"services.yaml", "", "# all let go\n"}}));
}

TEST(Parse, PassesOverFilesThatAreNoDocuments) {
    good(small_fleet(
        {{"README.md", "", "# not YAML: ["},
         {".github/workflows/ci.yml", "", "on: push"},
         {"sub/.hidden.yaml", "", "a: ["},
         {"empty.yaml", "", "# nothing\n---\n"}}));
}

TEST(Parse, ReadsDocumentsOfSubfoldersToo) {
    auto revision = small_fleet();
    auto node = revision.files.extract("client.yaml");
    node.key() = "deep/er/client.yml";
    revision.files.insert(std::move(node));
    good(revision);
}

TEST(Parse, GivesOneDigestToOneMeaning) {
    const auto digest = good(small_fleet()).digest;
    auto other = small_fleet(
        {{"fleet.yaml", "spec:", "# a comment\nspec:"},
         {"fleet.yaml", "realm", "realm"},
         {"services.yaml", "  auth: jwt\n---", "  wave: first\n  auth: jwt\n---"}});
    other.files["renamed.yaml"] = other.files["policy.yaml"];
    other.files.erase("policy.yaml");
    other.id = "2";
    EXPECT_EQ(good(other).digest, digest);
    EXPECT_EQ(good(other).revision, "2");
}

TEST(Parse, GivesAnotherDigestToAnotherMeaning) {
    const auto digest = good(small_fleet()).digest;
    const std::vector<Change> changes{
        {"fleet.yaml", "soak: 6m", "soak: 7m"},
        {"fleet.yaml", "  waves:", "  watch: { every: 6m }\n  waves:"},
        {"fleet.yaml", "  waves:", "  watch: { gates: 61s }\n  waves:"},
        {"fleet.yaml", "tokenRef: env:PT", "tokenRef: env:PT2"},
        {"fleet.yaml", "tokenRef: file:/run/bao", "namespace: ns1, tokenRef: file:/run/bao"},
        {"fleet.yaml",
         "- { name: first, soak: 6m }",
         "- { name: first, soak: 6m, maxInFlight: 2 }"},
        {"services.yaml", "wave: last", "wave: last\n  env: { A: b }"},
        {"services.yaml", "auth: jwt", "auth: none"},
        {"policy.yaml", "deny-unknown", "deny-nobody"},
        {"client.yaml", "mux/oidc", "mux/oidc2"},
        {"registry.yml", "knucklessg1/wger-agent", "knucklessg1/wger"}};
    for (const auto& change : changes) {
        EXPECT_NE(good(small_fleet({change})).digest, digest) << change.to;
    }
}

TEST(Parse, GivesAnotherDigestToAnotherClientOfTheVaultsLogin) {
    const auto digest_with = [](const std::string& login) {
        return good(small_fleet({{"fleet.yaml", "tokenRef: file:/run/bao", "jwtLogin: " + login}}))
            .digest;
    };
    const auto digest = digest_with("{ role: w, clientId: v, clientSecretRef: env:V }");
    EXPECT_NE(digest_with("{ role: w, clientId: v2, clientSecretRef: env:V }"), digest);
    EXPECT_NE(digest_with("{ role: w, clientId: v, clientSecretRef: env:V2 }"), digest);
}

TEST(Parse, ReportsAllErrorsOfARevisionAtOnceInOrder) {
    const auto found = findings(small_fleet(
        {{"client.yaml", "mux/oidc", "/mux"},
         {"fleet.yaml", "soak: 6m", "soak: 1m"},
         {"policy.yaml", "deny,", "forbid,"},
         {"services.yaml", "wave: last", "wave: none"}}));
    EXPECT_EQ(std::count(found.begin(), found.end(), '\n'), 4) << found;
    EXPECT_LT(found.find("client.yaml:6:"), found.find("fleet.yaml:22:"));
    EXPECT_LT(found.find("fleet.yaml:22:"), found.find("policy.yaml:6:"));
    EXPECT_LT(found.find("policy.yaml:6:"), found.find("services.yaml:12:"));
}

TEST(Parse, BlamesNoNameThatMayStandInAnUnreadableFile) {
    EXPECT_EQ(
        findings(small_fleet({{"policy.yaml", "kind:", "kind: [\nx:"}})).substr(0, 12),
        "policy.yaml:");
    EXPECT_THAT(
        findings(small_fleet({{"policy.yaml", "kind:", "kind: [\nx:"}})),
        ::testing::Not(HasSubstr("unknown policy")));
}

TEST(Parse, NeverShowsAValueThatShouldBeAReference) {
    const auto found = findings(small_fleet({{"fleet.yaml", "env:PT", "hunter2"}}));
    EXPECT_THAT(found, HasSubstr("spec.portainer.tokenRef: must be a reference"));
    EXPECT_THAT(found, ::testing::Not(HasSubstr("hunter2")));
}

TEST(Parse, SaysNothingOfAnEmptyFolderButThatTheFleetIsMissing) {
    EXPECT_EQ(findings(Revision()), ".: no Fleet document; exactly one is needed\n");
}

}  // namespace
}  // namespace wavegate::desired
