// Ways back come first: each test is a sentence of design §4 or §7.15.
#include "operator/formats/last_good.hpp"
#include "tests/support/amend.hpp"
#include "tests/unit/guard/fleet_scene.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace wavegate::guard {
namespace {

using namespace std::chrono_literals;

/// The invariant that refuses a-mcp's way back; -1: it passes, 0: stale.
int refusal_of(const FleetScene& scene, bool lease = true) {
    const auto verdict = scene.judge(scene.way_back("a-mcp"), scene.live("a-mcp"), lease);
    const auto* refusal = std::get_if<Refusal>(&verdict);
    return refusal == nullptr ? -1 : refusal->invariant;
}

void answer(FleetScene& scene, CheckKind kind, wavegate::Verdict verdict) {
    Evidence evidence;
    evidence.kind = kind;
    evidence.subject = "a-mcp";
    evidence.verdict = verdict;
    evidence.inputs = service_inputs(scene.desired, scene.observed, "a-mcp");
    evidence.taken = scene.now;
    scene.ledger.evidence.push_back(std::move(evidence));
}

/// a-mcp was flipped a minute ago.
struct InFlight : FleetScene {
    InFlight() { record_flip("a-mcp", false, 1min); }
};

TEST(WayBack, PassesUnderABrokenGate) {
    InFlight scene;
    testing::amend_each(scene.ledger.evidence, [](Evidence& evidence) {
        evidence.verdict = wavegate::Verdict::Fail;
    });
    EXPECT_EQ(refusal_of(scene), -1);
    scene.ledger.evidence.clear();
    EXPECT_EQ(refusal_of(scene), -1) << "nor without any evidence";
}

TEST(WayBack, PassesWhileTheStoreTakesNothing) {
    EXPECT_EQ(refusal_of(InFlight(), false), -1);
}

TEST(WayBack, PassesAfterTheStoreWasLostByTheRecordInEnv) {
    InFlight scene;
    scene.ledger = Ledger();
    EXPECT_EQ(refusal_of(scene), -1);
}

TEST(WayBack, PassesUnderASharedCause) {
    InFlight scene;
    answer(scene, CheckKind::Through, wavegate::Verdict::Unknown);
    EXPECT_EQ(refusal_of(scene), -1);
}

TEST(WayBack, PassesAfterACommitThatAsksForSomethingElse) {
    InFlight scene;
    scene.desired.fleet.jwt.audience = "another";
    EXPECT_EQ(refusal_of(scene), -1);
    scene.desired.services.erase(scene.desired.services.begin());
    EXPECT_EQ(refusal_of(scene), -1) << "its document left";
}

TEST(WayBack, PassesWhileOthersPendOrHoldTheSlots) {
    InFlight scene;
    scene.desired.fleet.waves.front().max_in_flight = 1;
    scene.record_flip("b-mcp", false, 30s);
    EXPECT_EQ(refusal_of(scene), -1);
}

TEST(WayBack, PassesWhereTheStackIsInError) {
    InFlight scene;
    scene.change_stack("a-mcp", [](StackView& stack) { stack.status = StackStatus::Error; });
    EXPECT_EQ(refusal_of(scene), -1);
}

TEST(WayBack, PassesThroughAFileThatNobodyCanRead) {
    InFlight scene;
    scene.change_stack("a-mcp", [](StackView& stack) {
        stack.file = std::make_shared<const std::string>("services: [\n");
    });
    EXPECT_EQ(refusal_of(scene), -1);
    auto forged = scene.way_back("a-mcp");
    std::get<StackEdit>(forged.body).block_after = wanted_block(scene.desired.fleet, AuthMode::Jwt);
    std::get<StackEdit>(forged.body).block_after["AUTH_TYPE"] = "else";
    EXPECT_TRUE(
        std::holds_alternative<Refusal>(scene.judge(std::move(forged), scene.live("a-mcp"))))
        << "what can't be computed must at least be told as the recorded block";
}

TEST(WayBack, PassesWhereFilesAreLaidOverTheStacksOwn) {
    InFlight scene;
    scene.change_stack(
        "a-mcp", [](StackView& stack) { stack.additional_files = {"override.yml"}; });
    EXPECT_EQ(refusal_of(scene), -1);
}

TEST(WayBack, LeadsToAnEnforcingBlockToo) {
    InFlight scene;
    const auto before = wanted_block(scene.desired.fleet, AuthMode::Jwt);
    auto now = before;
    now["FASTMCP_SERVER_AUTH_JWT_AUDIENCE"] = "the new one";
    scene.change_service("a-mcp", [&](SwarmService& running) { running.auth = now; });
    scene.change_stack("a-mcp", [&](StackView& stack) {
        stack.env = formats::with_changes(
            std::move(stack.env),
            {{"FASTMCP_SERVER_AUTH_JWT_AUDIENCE", make_secret("the new one")},
             {std::string(kLastGoodKey), formats::write_last_good({{"a-mcp", {before, "x"}}})}});
    });
    testing::amend_last(
        scene.ledger.intents, [&](Intent& flip) { flip.block_before = canonical(before); });
    EXPECT_EQ(refusal_of(scene), -1);
}

TEST(WayBack, NeverOpensWhatRefusesToStartSo) {
    InFlight scene;
    scene.desired.services.front().modes = {false, true};
    EXPECT_EQ(refusal_of(scene), 5);
    scene.change_stack("a-mcp", [](StackView& stack) {
        stack.file = std::make_shared<const std::string>("services: [\n");
    });
    EXPECT_EQ(refusal_of(scene), 5) << "nor where it can't be computed";
}

TEST(WayBack, OfWhatRefusesToStartOpenLeadsToItsLastEnforcingBlock) {
    InFlight scene;
    scene.desired.services.front().modes = {false, true};
    auto before = wanted_block(scene.desired.fleet, AuthMode::Jwt);
    before["FASTMCP_SERVER_AUTH_JWT_AUDIENCE"] = "the old one";
    scene.change_stack("a-mcp", [&](StackView& stack) {
        stack.env = formats::with_changes(
            std::move(stack.env),
            {{std::string(kLastGoodKey), formats::write_last_good({{"a-mcp", {before, "x"}}})}});
    });
    EXPECT_EQ(refusal_of(scene), -1);
}

TEST(WayBack, PassesAgainWhileTheFirstOneIsNotProven) {
    InFlight scene;
    auto back = scene.ledger.intents.back();
    back.kind = "wayback";
    back.to = AuthMode::None;
    scene.ledger.intents.push_back(std::move(back));
    EXPECT_EQ(refusal_of(scene), -1);
}

TEST(WayBack, PassesForAServiceThatFailsAfterItsSoak) {
    FleetScene scene;
    scene.record_flip("a-mcp", true, 1h);
    answer(scene, CheckKind::Direct, wavegate::Verdict::Pass);
    answer(scene, CheckKind::Unauthorized, wavegate::Verdict::Pass);
    EXPECT_EQ(refusal_of(scene), 15) << "it is proven, and nobody asked";
    answer(scene, CheckKind::Unauthorized, wavegate::Verdict::Fail);
    EXPECT_EQ(refusal_of(scene), -1);
}

TEST(WayBack, PassesForAProvenServiceWhenAPersonSaidAbortSinceItsFlip) {
    FleetScene scene;
    scene.record_flip("a-mcp", true, 1h);
    answer(scene, CheckKind::Direct, wavegate::Verdict::Pass);
    answer(scene, CheckKind::Unauthorized, wavegate::Verdict::Pass);
    Word word;
    word.verb = Verb::Abort;
    word.at = {scene.now.wall - 2h, scene.now.mono - 2h};
    scene.ledger.words.push_back(word);
    EXPECT_EQ(refusal_of(scene), 15) << "that was about what flew before";
    word.at = scene.now;
    scene.ledger.words.push_back(word);
    EXPECT_EQ(refusal_of(scene), -1);
}

TEST(WayBack, IsRefusedByAnotherFleetsMarkAndByAWriteUnderWay) {
    InFlight scene;
    scene.change_stack("a-mcp", [](StackView& stack) {
        stack.env.push_back({"WAVEGATE_OWNER", make_secret("another")});
    });
    EXPECT_EQ(refusal_of(scene), 8);
    InFlight busy;
    busy.change_stack("a-mcp", [](StackView& stack) { stack.status = StackStatus::Deploying; });
    EXPECT_EQ(refusal_of(busy), 0);
}

TEST(WayBack, BringsNothingElseAlong) {
    InFlight scene;
    scene.desired.services.front().env["LOG_LEVEL"] = "debug";
    auto edit = scene.way_back("a-mcp");
    std::get<StackEdit>(edit.body).env.push_back({"UPSTREAM_KEY", make_secret("mine")});
    const auto verdict = scene.judge(std::move(edit), scene.live("a-mcp"));
    const auto* refusal = std::get_if<Refusal>(&verdict);
    ASSERT_NE(refusal, nullptr);
    EXPECT_EQ(refusal->invariant, 8);
}

}  // namespace
}  // namespace wavegate::guard
