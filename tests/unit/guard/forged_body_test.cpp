// Bodies that are not what their edit says, part by part: the edit is what a planner would plan,
// and permitted with its own body; what would be sent is another.
#include "operator/formats/json_secret.hpp"
#include "operator/formats/last_good.hpp"
#include "operator/model/client_rules.hpp"
#include "tests/unit/guard/fleet_scene.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>

namespace wavegate::guard {
namespace {

using namespace std::chrono_literals;

/// What becomes of the edit when `forge` has been at its body.
template <class Body>
int forged(
    const FleetScene& scene,
    const Edit& edit,
    const Live& live,
    const std::function<void(Body&)>& forge) {
    auto write = body_of(edit, live);
    EXPECT_EQ(refusal_of(scene.judge(edit, *write, live)), -1) << "as it was planned";
    forge(std::get<Body>(*write));
    return refusal_of(scene.judge(edit, std::move(*write), live));
}

void set(StackWrite& write, const std::string& name, const std::string& value) {
    write.env =
        formats::with_changes(std::move(write.env), {{name, make_secret(std::string(value))}});
    write.sets.push_back(name);
}

// --- stacks ---

/// A flip of a-mcp whose body was changed by `forge`.
int flip_with(const std::function<void(StackWrite&)>& forge) {
    const FleetScene scene;
    return forged<StackWrite>(scene, scene.flip("a-mcp"), scene.live("a-mcp"), forge);
}

TEST(ForgedBody, OfAStackReachesNoOther) {
    EXPECT_EQ(flip_with([](StackWrite& write) { ++write.stack_id; }), 8);
    EXPECT_EQ(flip_with([](StackWrite& write) { write.stack = "b-mcp"; }), 8);
}

TEST(ForgedBody, OfAStackMayBearTheTermOfWhoWritesItAndNeverALowerOne) {
    FleetScene scene;
    const auto with = [&](const Live& live, const char* term) {
        return forged<StackWrite>(scene, scene.flip("a-mcp"), live, [&](StackWrite& write) {
            set(write, "WAVEGATE_EPOCH", term);
        });
    };
    auto live = scene.live("a-mcp");
    EXPECT_EQ(with(live, "3"), -1);
    EXPECT_EQ(with(live, "three"), 8);
    live.stack->env.push_back({"WAVEGATE_EPOCH", make_secret("4")});
    EXPECT_EQ(with(live, "5"), -1);
    EXPECT_EQ(with(live, "3"), 8);
}

TEST(ForgedBody, OfAStackKeepsHowItIsDeployed) {
    EXPECT_EQ(flip_with([](StackWrite& write) { write.prune = true; }), 8);
    EXPECT_EQ(flip_with([](StackWrite& write) { write.pull_image = true; }), 8);
    EXPECT_EQ(
        flip_with([](StackWrite& write) {
            write.deploys = KeptGit{"refs/heads/x", false, ""};
        }),
        8)
        << "a string stack is none of a repository";
    EXPECT_EQ(flip_with([](StackWrite& write) { write.commit.emplace(); }), 8);
}

TEST(ForgedBody, OfAStackBringsNothingThatNobodyDeclared) {
    EXPECT_EQ(flip_with([](StackWrite& write) { set(write, "UPSTREAM_KEY", "mine"); }), 8);
    EXPECT_EQ(flip_with([](StackWrite& write) { set(write, "MCP_CLIENT_AUTH", "none"); }), 8);
    EXPECT_EQ(flip_with([](StackWrite& write) { set(write, "AUTH_TYPE", "none"); }), 1);
    EXPECT_EQ(
        flip_with([](StackWrite& write) {
            auto& file = std::get<std::string>(write.deploys);
            file.replace(file.find("docker.io/x/a-mcp:1"), 19, "evil.example/a:1");
        }),
        8);
    EXPECT_EQ(flip_with([](StackWrite& write) { write.env.clear(); }), 1);
}

TEST(ForgedBody, OfAStackHidesNoEntryFromWhoGuardsSecrets) {
    EXPECT_EQ(flip_with([](StackWrite& write) { write.sets.clear(); }), 13);
}

TEST(ForgedBody, OfAnEnvSyncEnforcesNothing) {
    FleetScene scene;
    scene.desired.services.front().env["UPSTREAM_KEY"] = "ours";
    auto edit = scene.flip("a-mcp");
    auto& claim = std::get<StackEdit>(edit.body);
    claim.purpose = StackPurpose::EnvSync;
    claim.to = AuthMode::None;
    claim.block_after = claim.block_before;
    claim.env = {{"UPSTREAM_KEY", make_secret("ours")}};
    const auto enforce = [&](StackWrite& write) {
        for (const auto& [key, value] : wanted_block(scene.desired.fleet, AuthMode::Jwt)) {
            set(write, key, value);
        }
    };
    EXPECT_EQ(forged<StackWrite>(scene, edit, scene.live("a-mcp"), enforce), 1);
}

/// The way back of a-mcp, with an entry of Env changed.
int way_back_with(FleetScene& scene, const std::string& name, const std::string& value) {
    return forged<StackWrite>(
        scene, scene.way_back("a-mcp"), scene.live("a-mcp"), [&](StackWrite& write) {
            set(write, name, value);
        });
}

TEST(ForgedBody, OfAWayBackLeadsNowhereElseThroughAFileThatNobodyCanRead) {
    FleetScene scene;
    scene.record_flip("a-mcp", false, 1min);
    scene.change_stack("a-mcp", [](StackView& stack) {
        stack.file = std::make_shared<const std::string>("services: [\n");
    });
    EXPECT_EQ(way_back_with(scene, "AUTH_TYPE", "jwt"), 15);
    EXPECT_EQ(way_back_with(scene, "UPSTREAM_KEY", "mine"), 8);
}

TEST(ForgedBody, OfAWayBackLeadsNowhereElseUnderFilesThatAreNotRead) {
    FleetScene scene;
    scene.record_flip("a-mcp", false, 1min);
    scene.change_stack("a-mcp", [](StackView& stack) { stack.additional_files = {"more.yml"}; });
    EXPECT_EQ(way_back_with(scene, "AUTH_TYPE", "jwt"), 15);
    EXPECT_EQ(way_back_with(scene, "UPSTREAM_KEY", "mine"), 8);
}

// --- neighbours ---

/// a-mcp's stack has a second service, which runs with `block` while file and Env say another.
FleetScene with_neighbour(AuthMode stands, AuthMode runs) {
    FleetScene scene;
    const auto said = wanted_block(scene.desired.fleet, stands);
    scene.change_stack("a-mcp", [&](StackView& stack) {
        auto text = *stack.file + "  other:\n    image: docker.io/x/other:1\n    environment:\n";
        for (const auto& [key, value] : said) {
            text += "      - " + key + "=" + value + "\n";
        }
        stack.file = std::make_shared<const std::string>(std::move(text));
    });
    auto swarm = *scene.observed.swarm;
    SwarmService other;
    other.id = "other";
    other.name = "a-mcp_other";
    other.stack = "a-mcp";
    other.replicas = 1;
    other.auth = wanted_block(scene.desired.fleet, runs);
    swarm.services.push_back(other);
    scene.observed.swarm = Seen<SwarmView>(std::move(swarm), scene.now);
    return scene;
}

TEST(Neighbour, IsNotFlippedAlong) {
    EXPECT_EQ(with_neighbour(AuthMode::None, AuthMode::None).refusal_of("a-mcp"), -1);
    EXPECT_EQ(with_neighbour(AuthMode::Jwt, AuthMode::Jwt).refusal_of("a-mcp"), -1);
    EXPECT_EQ(with_neighbour(AuthMode::Jwt, AuthMode::None).refusal_of("a-mcp"), 1)
        << "Swarm took it back, its file was not: a deployment would enforce it past all gates";
    EXPECT_EQ(with_neighbour(AuthMode::None, AuthMode::Jwt).refusal_of("a-mcp"), 15)
        << "a deployment would open it";
}

TEST(Neighbour, ThatOnlyBearsTheStacksLabelIsNoneWhateverItsName) {
    for (const auto* name : {"", "a", "a-mcp", "somebody-elses"}) {
        auto scene = with_neighbour(AuthMode::None, AuthMode::None);
        auto swarm = *scene.observed.swarm;
        std::vector<SwarmService> services(swarm.services.begin(), swarm.services.end());
        services.back().name = name;
        services.back().auth = wanted_block(scene.desired.fleet, AuthMode::Jwt);
        swarm.services = std::move(services);
        scene.observed.swarm = Seen<SwarmView>(std::move(swarm), scene.now);
        EXPECT_EQ(scene.refusal_of("a-mcp"), -1) << name;
    }
}

TEST(Neighbour, KeepsNobodyFromItsWayBack) {
    auto scene = with_neighbour(AuthMode::Jwt, AuthMode::None);
    scene.record_flip("a-mcp", false, 1min);
    EXPECT_EQ(refusal_of(scene.judge(scene.way_back("a-mcp"), scene.live("a-mcp"))), -1);
}

// --- restarts ---

TEST(ForgedBody, OfARestartReachesTheServiceThatItNames) {
    const FleetScene scene;
    RestartEdit body;
    body.service = "a-mcp";
    body.swarm_service = "a-mcp_a-mcp";
    Edit edit;
    edit.body = body;
    const auto with = [&](const std::function<void(ServiceRestart&)>& forge) {
        return forged<ServiceRestart>(scene, edit, scene.live("a-mcp"), forge);
    };
    EXPECT_EQ(with([](ServiceRestart& write) { write.swarm_service = "b-mcp_b-mcp"; }), 8);
    EXPECT_EQ(with([](ServiceRestart& write) { write.template_digest = "another"; }), 8);
}

TEST(ForgedBody, IsOfTheEditsOwnKind) {
    const FleetScene scene;
    const auto flip = scene.flip("a-mcp");
    const auto live = scene.live("a-mcp");
    for (const Write& write :
         {Write(ServiceRestart{"a-mcp_a-mcp", "open"}),
          Write(ClientWrite()),
          Write(VaultWrite()),
          Write(PolicyWrite(PolicyDelete{"wavegate-home-x"})),
          Write(AnnotationWrite())}) {
        EXPECT_EQ(refusal_of(scene.judge(flip, write, live)), 8);
    }
}

// --- clients ---

struct ClientScene : FleetScene {
    Edit edit;
    Live there;

    ClientScene() {
        desired.clients.front().audiences = {"agent-services"};
        ClientEdit body;
        body.client_id = "mcp-multiplexer";
        body.uuid = "uuid";
        body.owner = "home";
        body.audiences = {"agent-services"};
        edit.body = body;
        there.client.emplace();
        there.client->id = "uuid";
        there.client->client_id = "mcp-multiplexer";
        there.client->attributes[kOwnerAttribute] = "home";
        MapperView somebodys;
        somebodys.id = "theirs";
        somebodys.name = "groups";
        there.client->mappers = {somebodys};
    }
    [[nodiscard]] int with(const std::function<void(ClientWrite&)>& forge) const {
        return forged<ClientWrite>(*this, edit, there, forge);
    }
};

TEST(ForgedBody, OfAClientOpensNoOtherWayIn) {
    const ClientScene scene;
    const auto switched = [&](const std::string& field, bool on) {
        return scene.with([&](ClientWrite& write) {
            for (auto& [name, value] : write.body->switches) {
                value = name == field ? on : value;
            }
        });
    };
    EXPECT_EQ(switched("publicClient", true), 11);
    EXPECT_EQ(switched("fullScopeAllowed", true), 11);
    EXPECT_EQ(switched("serviceAccountsEnabled", false), 11);
    EXPECT_EQ(scene.with([](ClientWrite& write) { write.body->redirect_uris = {"*"}; }), 11);
    EXPECT_EQ(scene.with([](ClientWrite& write) { write.body->authenticator = "client-jwt"; }), 11);
}

TEST(ForgedBody, OfAClientSwitchesNothingThatIsNotOurs) {
    const ClientScene scene;
    EXPECT_EQ(scene.with([](ClientWrite& write) { write.body->authorization_services = true; }), 8);
    EXPECT_EQ(scene.with([](ClientWrite& write) { write.body->attributes["theirs"] = "x"; }), 8);
    EXPECT_EQ(
        scene.with([](ClientWrite& write) { write.body->attributes[kOwnerAttribute] = "b"; }), 8);
    EXPECT_EQ(scene.with([](ClientWrite& write) { write.uuid = "another"; }), 0);
}

TEST(ForgedBody, OfAClientMintsForNobodyElse) {
    const ClientScene scene;
    EXPECT_EQ(
        scene.with([](ClientWrite& write) { write.mappers = {audience_mapper("others")}; }), 11);
    EXPECT_EQ(
        scene.with([](ClientWrite& write) {
            write.mappers.front().config["included.client.audience"] = "others";
        }),
        11);
    EXPECT_EQ(scene.with([](ClientWrite& write) { write.mappers.front().id = "theirs"; }), 8);
}

// --- entries ---

struct EntryScene : FleetScene {
    Edit edit;
    Live there;

    EntryScene() {
        SecretEdit body;
        body.path = "mcp-multiplexer/oidc";
        body.owner = "home";
        body.mark_first = true;
        body.data = {
            {"OIDC_CLIENT_ID", make_secret("mcp-multiplexer")},
            {"OIDC_CLIENT_SECRET", make_secret("secret")},
            {"OIDC_AUDIENCE", make_secret("")},
            {"OIDC_TOKEN_URL", make_secret(token_url(desired.fleet.keycloak))},
            {"port", make_secret("1")}};
        edit.body = std::move(body);
        there.vault.emplace();
        there.vault->metadata_version = 3;
        there.vault->custom_metadata = {{"team", "blue"}, {kOwnerMetadata, "home"}};
        there.vault->data["port"] = make_secret("1");
        there.vault->json["port"] = make_secret("1.0");
    }
    [[nodiscard]] int with(const std::function<void(VaultWrite&)>& forge) const {
        return forged<VaultWrite>(*this, edit, there, forge);
    }
};

TEST(ForgedBody, OfAnEntryKeepsItsMarks) {
    const EntryScene scene;
    EXPECT_EQ(scene.with([](VaultWrite& write) { write.marks->custom.erase("team"); }), 8);
    EXPECT_EQ(scene.with([](VaultWrite& write) { write.marks->custom[kOwnerMetadata] = "b"; }), 8);
    EXPECT_EQ(scene.with([](VaultWrite& write) { write.marks->cas = 2; }), 0);
    EXPECT_EQ(scene.with([](VaultWrite& write) { write.path = "elsewhere"; }), 8);
}

TEST(ForgedBody, OfAnEntryIsNeverWithoutOurMark) {
    EntryScene scene;
    scene.there.vault.reset();
    std::get<SecretEdit>(scene.edit.body).data.erase("port");
    EXPECT_EQ(scene.with([](VaultWrite& write) { write.marks.reset(); }), 8);
}

TEST(ForgedBody, OfAnEntryKeepsOthersValuesByteForByte) {
    const EntryScene scene;
    EXPECT_EQ(scene.with([](VaultWrite& write) { write.data["port"] = make_secret("1"); }), 8);
    EXPECT_EQ(scene.with([](VaultWrite& write) { write.data["port"] = make_secret("\"1\""); }), 8);
    EXPECT_EQ(
        scene.with([](VaultWrite& write) {
            write.data["OIDC_CLIENT_SECRET"] = make_secret("[\"secret\"]");
        }),
        7);
}

// --- policies and annotations ---

TEST(ForgedBody, OfAPolicyTakesNobodyElsesAway) {
    const FleetScene scene;
    PolicyEdit body;
    body.verb = PolicyEdit::Verb::Delete;
    body.policy.name = "wavegate-home-old";
    Edit edit;
    edit.body = body;
    Live live;
    Policy theirs;
    theirs.name = "wavegate-theirs";
    live.policies = {theirs};
    const auto deletes = [&](const char* name) {
        return forged<PolicyWrite>(
            scene, edit, live, [&](PolicyWrite& write) { write = PolicyDelete{name}; });
    };
    EXPECT_EQ(deletes("wavegate-theirs"), 8) << "it bears no mark of ours";
    EXPECT_EQ(deletes("mcp-default-policy"), 8);
}

TEST(ForgedBody, OfAnAnnotationTakesNobodyElsesOver) {
    FleetScene scene;
    Annotation ours;
    ours.id = 7;
    scene.observed.annotations =
        Seen<std::vector<Annotation>>(std::vector<Annotation>{ours}, scene.now);
    AnnotationEdit body;
    body.id = 7;
    body.wanted.tags = {"wavegate", "wavegate-fleet:home"};
    Edit edit;
    edit.body = body;
    const auto with = [&](const std::function<void(AnnotationWrite&)>& forge) {
        return forged<AnnotationWrite>(scene, edit, {}, forge);
    };
    EXPECT_EQ(with([](AnnotationWrite& write) { write.id = 8; }), 8);
    EXPECT_EQ(with([](AnnotationWrite& write) { write.body.tags = {"wavegate"}; }), 8);
}

// --- tools ---

TEST(Guard, TakesTheToolsOfAServiceFromWhatItsProbesWereShown) {
    FleetScene scene;
    scene.record_flip("a-mcp", true, 1h);
    const auto admits = [](const std::string& name, const std::string& tools) {
        PolicyRule rule;
        rule.name = "allow";
        rule.effect = PolicyEffect::Allow;
        rule.principal = {{"uri", "in", R"(["agent:mcp-multiplexer"])"}};
        rule.resource = {{"attributes.name", "in", tools}};
        rule.actions = {"list", "execute"};
        return Policy{name, "managed-by=wavegate fleet=home", {rule}};
    };
    const std::vector<Policy> there{
        admits("wavegate-home-old", R"(["get","set"])"), admits("wavegate-home-new", R"(["get"])")};
    scene.observed.policies = Seen<std::vector<Policy>>(there, scene.now);
    Evidence direct;
    direct.kind = CheckKind::Direct;
    direct.subject = "a-mcp";
    direct.facts = {{"tool", "get"}, {"tool", "set"}};
    scene.ledger.evidence.push_back(direct);
    scene.pass_gates();
    PolicyEdit body;
    body.verb = PolicyEdit::Verb::Delete;
    body.policy.name = "wavegate-home-old";
    Edit edit;
    edit.body = body;
    Live live;
    live.policies = there;
    EXPECT_EQ(refusal_of(scene.judge(edit, live)), 11);
}

}  // namespace
}  // namespace wavegate::guard
