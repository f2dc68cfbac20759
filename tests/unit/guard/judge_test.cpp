#include "operator/formats/last_good.hpp"
#include "tests/support/amend.hpp"
#include "tests/unit/guard/fleet_scene.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace wavegate::guard {
namespace {

using namespace std::chrono_literals;

// What is not made by the guard is no permit: an unjudged write does not compile.
static_assert(!std::is_default_constructible_v<Permit>);
static_assert(!std::is_copy_constructible_v<Permit>);
static_assert(!std::is_constructible_v<Permit, std::string, Write>);
static_assert(!std::is_constructible_v<Permit, std::string, Write, std::optional<Mono>>);
static_assert(!std::is_constructible_v<Permit, Write>);

TEST(Guard, PermitsAFlipWhenEverythingHolds) {
    const FleetScene scene;
    EXPECT_EQ(scene.refusal_of("a-mcp"), -1);
}

TEST(Guard, RefusesAFlipWithoutEvidenceOfBothGates) {
    for (const auto kind : {CheckKind::Token, CheckKind::Policy}) {
        FleetScene scene;
        const auto all = scene.ledger.evidence;
        scene.ledger.evidence.keep([&](std::size_t place) { return all[place].kind != kind; });
        EXPECT_EQ(scene.refusal_of("a-mcp"), 1);
    }
}

TEST(Guard, RefusesEvidenceThatIsStaleOrOfAnotherRolloutOrAboutOtherThings) {
    FleetScene stale;
    stale.now.mono += 61s;
    EXPECT_EQ(stale.refusal_of("a-mcp"), 1);
    FleetScene of_another_process;
    of_another_process.now.mono += 1s;
    of_another_process.ledger.opened = of_another_process.now;
    EXPECT_EQ(of_another_process.refusal_of("a-mcp"), 1) << "who knows how long ago that was";
    FleetScene other;
    testing::amend(other.ledger.evidence, 0, [](Evidence& token) { token.rollout = "r0"; });
    EXPECT_EQ(other.refusal_of("a-mcp"), 1);
    FleetScene changed;
    testing::amend_last(changed.ledger.evidence, [](Evidence& policy) {
        policy.inputs = "another list of policies";
    });
    EXPECT_EQ(changed.refusal_of("a-mcp"), 1);
}

TEST(Guard, LetsAFlipGoAsLongAsItsEvidenceIsFresh) {
    FleetScene scene;
    const auto asked = scene.now.mono;
    scene.now.mono += 20s;
    const auto verdict = scene.judge(scene.flip("a-mcp"), scene.live("a-mcp"));
    const auto* permit = std::get_if<Permit>(&verdict);
    ASSERT_NE(permit, nullptr);
    EXPECT_EQ(permit->good_until(), asked + 60s);
}

TEST(Guard, LetsAWayBackGoHoweverLateItIs) {
    FleetScene scene;
    scene.record_flip("a-mcp", false, 1min);
    scene.set_live("a-mcp", AuthMode::Jwt);
    const auto verdict = scene.judge(scene.way_back("a-mcp"), scene.live("a-mcp"));
    const auto* permit = std::get_if<Permit>(&verdict);
    ASSERT_NE(permit, nullptr);
    EXPECT_EQ(permit->good_until(), std::nullopt);
}

TEST(Guard, NeverSetsTheMultiplexerToJwt) {
    const FleetScene scene;
    for (const auto purpose :
         {StackPurpose::Flip,
          StackPurpose::WayBack,
          StackPurpose::EnvSync,
          StackPurpose::Wiring,
          StackPurpose::Unwiring}) {
        auto edit = scene.flip("mcp-multiplexer");
        std::get<StackEdit>(edit.body).purpose = purpose;
        EXPECT_EQ(refusal_of(scene.judge(std::move(edit), scene.live("mcp-multiplexer"))), 2);
    }
}

TEST(Guard, LetsNothingBeginWhileTheFleetIsFrozen) {
    FleetScene scene;
    scene.desired.fleet.freeze = FreezeSpec{"exams", scene.now.wall + 1h};
    EXPECT_EQ(scene.refusal_of("a-mcp"), 12);
    scene.desired.fleet.freeze->until = scene.now.wall;
    EXPECT_EQ(scene.refusal_of("a-mcp"), -1) << "it is over";
    Word word;
    word.verb = Verb::Freeze;
    scene.ledger.words.push_back(word);
    EXPECT_EQ(scene.refusal_of("a-mcp"), 12);
    word.verb = Verb::Unfreeze;
    scene.ledger.words.push_back(word);
    EXPECT_EQ(scene.refusal_of("a-mcp"), -1);
}

TEST(Guard, FlipsPortainerMcpLast) {
    FleetScene scene;
    scene.add_service("portainer-mcp", "first");
    scene.pass_gates();
    EXPECT_EQ(scene.refusal_of("portainer-mcp"), 2);
}

TEST(Guard, StartsAWaveOnlyWhenTheOneBeforeIsReady) {
    FleetScene scene;
    EXPECT_EQ(scene.refusal_of("c-mcp"), 3);
    scene.record_flip("a-mcp", true, 10min);
    scene.record_flip("b-mcp", true, 10min);
    scene.pass_gates();
    EXPECT_EQ(scene.refusal_of("c-mcp"), -1);
}

TEST(Guard, GoesOnWithoutAServiceThatAPersonAccepted) {
    FleetScene scene;
    scene.record_flip("a-mcp", true, 10min);
    Word accepted;
    accepted.verb = Verb::Accept;
    accepted.service = "b-mcp";
    scene.ledger.words.push_back(accepted);
    scene.pass_gates();
    EXPECT_EQ(scene.refusal_of("c-mcp"), -1);
}

TEST(Guard, LetsTheCanarySoakAlone) {
    FleetScene scene;
    scene.record_flip("a-mcp", true, 1min);
    scene.pass_gates();
    EXPECT_EQ(scene.refusal_of("b-mcp"), 4) << "probed, but not soaked";
}

TEST(Guard, KeepsAWavesSlots) {
    FleetScene scene;
    scene.add_service("d-mcp", "first");
    scene.add_service("e-mcp", "first");
    scene.record_flip("a-mcp", true, 10min);
    scene.record_flip("b-mcp", false, 1min);
    scene.record_flip("d-mcp", false, 1min);
    scene.pass_gates();
    EXPECT_EQ(scene.refusal_of("e-mcp"), 4);
}

TEST(Guard, TouchesNoStackOfAnotherFleet) {
    FleetScene scene;
    auto live = scene.live("a-mcp");
    live.stack->env.push_back({"WAVEGATE_OWNER", make_secret("another")});
    const auto verdict = scene.judge(scene.flip("a-mcp"), std::move(live));
    ASSERT_TRUE(std::holds_alternative<Refusal>(verdict));
    EXPECT_EQ(std::get<Refusal>(verdict).invariant, 8);
}

TEST(Guard, BeginsNoFlipWithoutALeaseButLetsServicesGoBack) {
    FleetScene scene;
    EXPECT_EQ(scene.refusal_of("a-mcp", false), 10);
    scene.record_flip("a-mcp", false, 1min);
    EXPECT_TRUE(std::holds_alternative<Permit>(
        scene.judge(scene.way_back("a-mcp"), scene.live("a-mcp"), false)));
}

TEST(Guard, RefusesWhatWasPlannedOnAnotherFile) {
    const FleetScene scene;
    auto live = scene.live("a-mcp");
    live.stack->file = std::make_shared<const std::string>("services: { edited: {} }\n");
    const auto verdict = scene.judge(scene.flip("a-mcp"), std::move(live));
    ASSERT_TRUE(std::holds_alternative<Refusal>(verdict));
    EXPECT_EQ(std::get<Refusal>(verdict).invariant, 0);
}

/// The multiplexer's env goes back, as `change` says, while a service enforces.
Verdict unwire(FleetScene& scene, EnvChange change) {
    scene.set_live("a-mcp", AuthMode::Jwt);
    scene.wire();
    return scene.judge(
        scene.wiring(StackPurpose::Unwiring, std::move(change)), scene.live("mcp-multiplexer"));
}

TEST(Guard, RemovesNothingThatEnforcingServicesNeed) {
    FleetScene scene;
    const auto verdict = unwire(scene, {"OIDC_CLIENT_SECRET", nullptr});
    ASSERT_TRUE(std::holds_alternative<Refusal>(verdict));
    EXPECT_EQ(std::get<Refusal>(verdict).invariant, 11);
}

TEST(Guard, LetsTheMultiplexerHaveItsFormerValuesBackWhileServicesEnforce) {
    FleetScene scene;
    const auto verdict = unwire(scene, {"OIDC_AUDIENCE", make_secret("the one before")});
    EXPECT_TRUE(std::holds_alternative<Permit>(verdict));
}

TEST(Guard, GivesTheMultiplexerNoSecretBackThatIsNotInForceWhileServicesEnforce) {
    FleetScene scene;
    const auto verdict = unwire(scene, {"OIDC_CLIENT_SECRET", make_secret("the one before")});
    ASSERT_TRUE(std::holds_alternative<Refusal>(verdict));
    EXPECT_EQ(std::get<Refusal>(verdict).invariant, 7);
}

TEST(Guard, RestartsTheMultiplexerOnlyWhileNoServiceIsBeforeItsDirectProbe) {
    FleetScene scene;
    scene.record_flip("a-mcp", false, 1min);
    RestartEdit body;
    body.service = "mcp-multiplexer";
    body.swarm_service = "mcp-multiplexer_mcp-multiplexer";
    Edit edit;
    edit.body = body;
    const auto verdict = scene.judge(edit, scene.live("mcp-multiplexer"));
    ASSERT_TRUE(std::holds_alternative<Refusal>(verdict));
    EXPECT_EQ(std::get<Refusal>(verdict).invariant, 5);

    Evidence direct;
    direct.kind = CheckKind::Direct;
    direct.subject = "a-mcp";
    direct.verdict = wavegate::Verdict::Pass;
    direct.taken = scene.now;
    scene.ledger.evidence.push_back(direct);
    EXPECT_TRUE(std::holds_alternative<Permit>(scene.judge(edit, scene.live("mcp-multiplexer"))));
}

Verdict store(FleetScene& scene, const char* secret) {
    SecretEdit body;
    body.path = "mcp-multiplexer/oidc";
    body.owner = "home";
    body.cas = 1;
    body.data["OIDC_CLIENT_ID"] = make_secret("mcp-multiplexer");
    body.data["OIDC_CLIENT_SECRET"] = make_secret(secret);
    body.data["OIDC_AUDIENCE"] = make_secret("");
    body.data["OIDC_TOKEN_URL"] = make_secret(token_url(scene.desired.fleet.keycloak));
    Edit edit;
    edit.body = body;
    Live live;
    VaultEntry entry;
    entry.version = 1;
    entry.custom_metadata["wavegate_owner"] = "home";
    live.vault = entry;
    return scene.judge(std::move(edit), std::move(live));
}

TEST(Guard, StoresOnlyTheSecretThatIsInForce) {
    FleetScene scene;
    EXPECT_EQ(refusal_of(store(scene, "another")), 7);
    EXPECT_EQ(refusal_of(store(scene, "secret")), -1);
}

void take_mark(FleetScene& scene) {
    auto client = **scene.observed.clients.at("mcp-multiplexer");
    client.attributes.clear();
    scene.observed.clients["mcp-multiplexer"] =
        Seen<std::optional<ClientView>>(std::optional<ClientView>(client), scene.now);
}

TEST(Guard, StoresNoSecretOfAClientThatBearsNoMarkOfOurs) {
    FleetScene scene;
    take_mark(scene);
    EXPECT_EQ(refusal_of(store(scene, "secret")), 8);
}

/// The edit of a client as it stands there live.
Verdict mend(FleetScene& scene, const std::string& client_id, const char* mark) {
    ClientEdit body;
    body.client_id = client_id;
    body.uuid = "uuid";
    body.owner = "home";
    Edit edit;
    edit.body = body;
    Live live;
    live.client = ClientView();
    live.client->id = "uuid";
    live.client->client_id = client_id;
    live.client->attributes["wavegate.owner"] = mark;
    return scene.judge(std::move(edit), std::move(live));
}

TEST(Guard, LetsAClientBecomeOursByDocumentAndWordTogether) {
    FleetScene scene;
    EXPECT_EQ(refusal_of(mend(scene, "mcp-multiplexer", "")), 8);
    scene.desired.clients.front().adopt = true;
    EXPECT_EQ(refusal_of(mend(scene, "mcp-multiplexer", "")), 8) << "nobody accepted it";
    scene.ledger.words.push_back(
        {Verb::Accept, "r1", "", "alice", scene.now, "mcp-multiplexer", "another uuid"});
    EXPECT_EQ(refusal_of(mend(scene, "mcp-multiplexer", "")), 8) << "it was another one";
    scene.ledger.words.back().against = "uuid";
    EXPECT_EQ(refusal_of(mend(scene, "mcp-multiplexer", "")), -1);
    EXPECT_EQ(refusal_of(mend(scene, "mcp-multiplexer", "another")), 8);
    scene.desired.clients.front().adopt = false;
    EXPECT_EQ(refusal_of(mend(scene, "mcp-multiplexer", "")), 8);
}

TEST(Guard, WritesNoClientWithoutOurMarkAndNeverAReservedOne) {
    FleetScene scene;
    scene.desired.fleet.keycloak.client_id = "wavegate";
    EXPECT_EQ(refusal_of(mend(scene, "mcp-multiplexer", "home")), -1);
    EXPECT_EQ(refusal_of(mend(scene, "mcp-multiplexer", "")), 8);
    EXPECT_EQ(refusal_of(mend(scene, "mcp-multiplexer", "another")), 8);
    EXPECT_EQ(refusal_of(mend(scene, "wavegate", "home")), 8);
    EXPECT_EQ(refusal_of(mend(scene, "realm-management", "home")), 8);
}

Verdict wire(const FleetScene& scene, const char* secret) {
    return scene.judge(
        scene.wiring(StackPurpose::Wiring, {"OIDC_CLIENT_SECRET", make_secret(secret)}),
        scene.live("mcp-multiplexer"));
}

/// a-mcp was flipped and not probed since; b-mcp enforces, and the client's secret was replaced.
struct Replaced : FleetScene {
    Replaced() {
        wire();
        set_live("b-mcp", AuthMode::Jwt);
        record_flip("a-mcp", false, 1min);
        auto client = **observed.clients.at("mcp-multiplexer");
        client.secret = make_secret("replaced");
        observed.clients["mcp-multiplexer"] =
            Seen<std::optional<ClientView>>(std::optional<ClientView>(client), now);
    }
};

TEST(Guard, LetsTheMultiplexerHaveTheSecretThatMintsWhoeverIsInMotion) {
    const Replaced scene;
    const auto sync = [&](const char* key, const char* value) {
        return refusal_of(scene.judge(
            scene.wiring(StackPurpose::Wiring, {key, make_secret(value)}),
            scene.live("mcp-multiplexer")));
    };
    EXPECT_EQ(sync("OIDC_CLIENT_SECRET", "replaced"), -1);
    EXPECT_EQ(sync("OIDC_AUDIENCE", "the one before"), 5) << "that mends nothing";
}

TEST(Guard, WaitsForNoDirectProbeThatNobodyTakesAnyMore) {
    RestartEdit body;
    body.service = "mcp-multiplexer";
    body.swarm_service = "mcp-multiplexer_mcp-multiplexer";
    Edit edit;
    edit.body = body;
    FleetScene overdue;
    overdue.record_flip("a-mcp", false, 11min);
    EXPECT_EQ(refusal_of(overdue.judge(edit, overdue.live("mcp-multiplexer"))), -1);
    FleetScene undone;
    undone.record_flip("a-mcp", false, 1min);
    testing::amend_last(undone.ledger.intents, [&](Intent& flip) {
        flip.block_after = canonical(wanted_block(undone.desired.fleet, AuthMode::Jwt));
    });
    EXPECT_EQ(refusal_of(undone.judge(edit, undone.live("mcp-multiplexer"))), 5);
    undone.set_live("a-mcp", AuthMode::None);
    EXPECT_EQ(refusal_of(undone.judge(edit, undone.live("mcp-multiplexer"))), -1);
}

TEST(Guard, HandsTheMultiplexerNoSecretButThatOfAClientOfOurs) {
    FleetScene scene;
    EXPECT_EQ(refusal_of(wire(scene, "secret")), -1);
    EXPECT_EQ(refusal_of(wire(scene, "another")), 7);
    take_mark(scene);
    EXPECT_EQ(refusal_of(wire(scene, "secret")), 7);
}

/// The flip of a fleet whose services are told by other variables.
TEST(Guard, JudgesByTheKeysOfTheFleetsProfile) {
    FleetScene scene;
    scene.desired.fleet.auth_profile = fastmcp_profile();
    EXPECT_EQ(scene.refusal_of("a-mcp"), 1) << "its file has no line for them";
    scene.change_stack("a-mcp", [](StackView& stack) {
        auto text = *stack.file;
        for (const auto& key : fastmcp_profile().keys) {
            if (text.find(key.name + "=") == std::string::npos) {
                text += "      - " + key.name + "=${" + key.name + "}\n";
            }
        }
        stack.file = std::make_shared<const std::string>(std::move(text));
    });
    scene.ledger.evidence.clear();
    scene.pass_gates();
    EXPECT_EQ(scene.refusal_of("a-mcp"), -1);
}

TEST(Guard, OpensNothingThatRefusesToStartOpen) {
    FleetScene scene;
    scene.set_live("a-mcp", AuthMode::Jwt);
    auto& service = scene.desired.services.front();
    service.auth = AuthMode::None;
    auto open = scene.flip("a-mcp");
    auto& body = std::get<StackEdit>(open.body);
    body.to = AuthMode::None;
    body.block_after = body.block_before;
    for (const auto* key : {"AUTH_TYPE", "EUNOMIA_TYPE"}) {
        body.block_after[key] = "none";
    }
    body.env = {{"AUTH_TYPE", make_secret("none")}, {"EUNOMIA_TYPE", make_secret("none")}};
    const auto refused = [&] {
        const auto verdict = scene.judge(open, scene.live("a-mcp"));
        const auto* refusal = std::get_if<Refusal>(&verdict);
        return refusal == nullptr ? -1 : refusal->invariant;
    };
    EXPECT_EQ(refused(), -1);
    service.modes = {false, true};
    EXPECT_EQ(refused(), 5);
}

TEST(Guard, LetsAnOpenRecordGoOfWhatRefusesToStartOpen) {
    FleetScene scene;
    scene.change_stack("a-mcp", [&](StackView& stack) {
        const auto open = wanted_block(scene.desired.fleet, AuthMode::None);
        stack.env.push_back(
            {std::string(kLastGoodKey), formats::write_last_good({{"a-mcp", {open, "older"}}})});
    });
    EXPECT_EQ(scene.refusal_of("a-mcp"), 5) << "what it runs with is not verified";
    scene.desired.services.front().modes = {false, true};
    EXPECT_EQ(scene.refusal_of("a-mcp"), -1) << "an open block is no way back of it";
}

}  // namespace
}  // namespace wavegate::guard
