// Tokens that must be refused: what is sent, when, and what it shows.
#include "operator/formats/jwt.hpp"
#include "reconcilers/gates/asking.hpp"
#include "reconcilers/gates/spent.hpp"
#include "tests/unit/gates/stage.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace wavegate::gates {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::SizeIs;

KnockAnswer let_in() {
    KnockAnswer answer;
    answer.status = 400;
    answer.mcp_answer = true;
    return answer;
}

std::string said(const Evidence& evidence, std::string_view name) {
    const auto* found = fact(evidence, name);
    return found == nullptr ? "" : *found;
}

void pass(Stage& stage, Duration by) {
    static_cast<void>(stage.sim.run(stage.sim.clock.sleep_until(stage.sim.clock.now().mono + by)));
}

/// The keys have been seen for long, and a probe has minted a token that has expired by now.
struct Canaries : Stage {
    Canaries() {
        run(check_canary);
        run(check_direct);
        pass(*this, 10min);
    }
};

TEST(Canary, IsNotSentWhileTheKeysAreNew) {
    Stage stage;
    const auto evidence = stage.run(check_canary);
    EXPECT_EQ(evidence.verdict, Verdict::Unknown);
    EXPECT_THAT(stage.mcp.presented, SizeIs(0));
}

TEST(Canary, PassesWhereEachTokenIsRefused) {
    Canaries stage;
    const auto evidence = stage.run(check_canary);
    EXPECT_EQ(evidence.verdict, Verdict::Pass) << evidence.phrase;
    EXPECT_THAT(stage.mcp.presented, SizeIs(3));
    for (const auto* name : {"unsigned", "expired", "forged"}) {
        EXPECT_EQ(said(evidence, name), "401") << name;
    }
    EXPECT_EQ(said(evidence, "leftOut"), "audience");
}

TEST(Canary, SendsNothingThatWouldBeGoodNow) {
    Canaries stage;
    stage.run(check_canary);
    const auto keys = *stage.sim.run(stage.identity.jwks(""));
    for (const auto& token : stage.mcp.presented) {
        const auto jwt = formats::verify_jwt(token, keys);
        const auto now = std::chrono::duration_cast<std::chrono::seconds>(
            stage.sim.clock.now().wall.time_since_epoch());
        EXPECT_TRUE(!jwt || jwt->claims.at("exp").as_int64() < now.count());
    }
}

TEST(Canary, LeavesOutWhatNoProbeHasLeftYet) {
    Stage stage;
    stage.run(check_canary);
    pass(stage, 3min);
    const auto evidence = stage.run(check_canary);
    EXPECT_EQ(evidence.verdict, Verdict::Pass);
    EXPECT_THAT(stage.mcp.presented, SizeIs(1));
    EXPECT_THAT(said(evidence, "leftOut"), HasSubstr("expired"));
}

TEST(Canary, NamesTheTokenThatIsLetIn) {
    for (const auto& [place, phrase] :
         {std::pair(1U, "nobody signed"),
          std::pair(2U, "expired"),
          std::pair(3U, "other claims")}) {
        Canaries stage;
        stage.mcp.to_token = [&stage, place = place](const std::string&) {
            return stage.mcp.presented.size() == place ? let_in() : stage.mcp.garbage;
        };
        const auto evidence = stage.run(check_canary);
        EXPECT_EQ(evidence.verdict, Verdict::Fail);
        EXPECT_EQ(evidence.seen, ProbeClass::Open);
        EXPECT_THAT(evidence.phrase, HasSubstr(phrase));
        EXPECT_THAT(stage.mcp.presented, SizeIs(place)) << "one is enough";
    }
}

TEST(Canary, NamesNoKeyThatTheServiceDoesNotKnow) {
    Stage stage;
    stage.identity.kid = "gone";
    stage.run(check_canary);
    stage.run(check_direct);
    pass(stage, 10min);
    const auto evidence = stage.run(check_canary);
    EXPECT_EQ(evidence.verdict, Verdict::Pass);
    EXPECT_THAT(stage.mcp.presented, SizeIs(1)) << "the expired one is of a key that is gone";
    EXPECT_THAT(said(evidence, "leftOut"), HasSubstr("expired"));
}

TEST(Canary, TellsNothingWhereTheServiceDoesNotAnswer) {
    Canaries stage;
    stage.mcp.garbage = KnockAnswer();
    stage.mcp.garbage.status = 502;
    EXPECT_EQ(stage.run(check_canary).verdict, Verdict::Unknown);
}

TEST(Spent, KeepsOneOfOneClientThatExpiredUntilTheNextHas) {
    Spent spent;
    const auto token = [](const std::string& text) {
        Token made;
        made.value = make_secret(std::string(text));
        made.expires_in = 300s;
        return made;
    };
    const auto text = [&](Time now) {
        const auto found = spent.expired("mux", now);
        return found == nullptr
                   ? std::string("none")
                   : found->reveal([](std::string_view bytes) { return std::string(bytes); });
    };
    const auto at = [](Duration after) { return Time{Wall(after), Mono(after)}; };
    spent.keep("mux", token("first"), at(0min));
    spent.keep("mux", token("second"), at(1min));
    EXPECT_EQ(text(at(5min)), "none") << "clocks may differ";
    EXPECT_EQ(text(at(6min)), "first");
    spent.keep("mux", token("third"), at(7min));
    EXPECT_EQ(text(at(8min)), "first");
    EXPECT_EQ(text(at(13min)), "third");
    spent.keep("other", token("fourth"), at(14min));
    EXPECT_EQ(text(at(30min)), "none");
}

TEST(Spent, TakesNoTokenForExpiredWhereTheClockWasSetBack) {
    Spent spent;
    Token token;
    token.value = make_secret("first");
    token.expires_in = 300s;
    spent.keep("mux", token, {Wall(2h), Mono(0min)});
    EXPECT_EQ(spent.expired("mux", {Wall(1h), Mono(10min)}), nullptr) << "services may take it";
    EXPECT_NE(spent.expired("mux", {Wall(2h + 10min), Mono(70min)}), nullptr);
}

}  // namespace
}  // namespace wavegate::gates
