// The checks of one service, where an answer that looks good is none.
#include "reconcilers/gates/asking.hpp"
#include "tests/unit/gates/stage.hpp"

#include <gtest/gtest.h>

namespace wavegate::gates {
namespace {

/// The tools of a-mcp were listed before its flip.
void list_before(Stage& stage) {
    stage.evidence(CheckKind::Direct, {{"probe", "a-search"}, {"tool", "a-search"}});
}

McpCallAnswer failed(const std::string& text) {
    McpCallAnswer answer;
    answer.is_error = true;
    answer.text = text;
    return answer;
}

TEST(UnauthorizedCheck, KnocksWithAGarbageBearerToo) {
    Stage stage;
    EXPECT_EQ(stage.run(check_unauthorized).verdict, Verdict::Pass);
    stage.mcp.garbage = KnockAnswer();
    stage.mcp.garbage.status = 200;
    stage.mcp.garbage.mcp_answer = true;
    const auto evidence = stage.run(check_unauthorized);
    EXPECT_EQ(evidence.verdict, Verdict::Fail) << "any bearer is let in";
    EXPECT_EQ(evidence.seen, ProbeClass::Open);
}

TEST(UnauthorizedCheck, KnocksBareAloneWhereItIsAskedBriefly) {
    Stage stage;
    EXPECT_EQ(stage.run(check_bare).verdict, Verdict::Pass);
    EXPECT_EQ(stage.mcp.knocks, std::vector<std::string>{"bare"});
    stage.mcp.bare = KnockAnswer();
    stage.mcp.bare.status = 400;
    stage.mcp.bare.mcp_answer = true;
    EXPECT_EQ(stage.run(check_bare).seen, ProbeClass::Open);
}

TEST(DirectCheck, TakesAnEmptyToolListForADenialWhateverWasListedBefore) {
    for (const bool before : {false, true}) {
        Stage stage;
        if (before) {
            list_before(stage);
        }
        stage.mcp.listing.tools.clear();
        const auto evidence = stage.run(check_direct);
        EXPECT_EQ(evidence.verdict, Verdict::Fail);
        EXPECT_EQ(evidence.seen, ProbeClass::PolicyDenied);
    }
}

TEST(DirectCheck, SendsTheTokenAndThePrincipalsHeader) {
    Stage stage;
    EXPECT_EQ(stage.run(check_direct).verdict, Verdict::Pass);
    ASSERT_EQ(stage.mcp.listed.size(), 1U);
    EXPECT_EQ(stage.mcp.listed.front().agent_id, "mux");
    EXPECT_NE(stage.mcp.listed.front().bearer, nullptr);
}

TEST(OpenCheck, AsksAsAnybodyWould) {
    Stage stage;
    EXPECT_EQ(stage.run(check_open).verdict, Verdict::Pass);
    ASSERT_EQ(stage.mcp.listed.size(), 1U);
    EXPECT_EQ(stage.mcp.listed.front().agent_id, "")
        << "with the header it passes though the policy server still judges";
    EXPECT_EQ(stage.mcp.listed.front().bearer, nullptr);
}

TEST(BaselineCheck, FailsWithItsHealth) {
    Stage stage;
    EXPECT_EQ(stage.run(check_baseline).verdict, Verdict::Pass);
    stage.mcp.health_status = 503;
    const auto evidence = stage.run(check_baseline);
    EXPECT_EQ(evidence.verdict, Verdict::Fail);
    EXPECT_EQ(evidence.seen, ProbeClass::Down);
}

TEST(BaselineCheck, ListsAnEnforcingServiceWithAToken) {
    Stage stage;
    stage.running("a-mcp").auth = wanted_block(stage.desired.fleet, AuthMode::Jwt);
    EXPECT_EQ(stage.run(check_baseline).verdict, Verdict::Pass);
    EXPECT_NE(stage.mcp.listed.front().bearer, nullptr);
}

TEST(BaselineCheck, RemembersHowThroughFailedAndFailsForMoreThanATool) {
    Stage stage;
    stage.mcp.answer = failed("boom");
    const auto tool = stage.run(check_baseline);
    EXPECT_EQ(tool.verdict, Verdict::Pass) << "a tool that fails on nonsense is no broken service";
    ASSERT_NE(fact(tool, "through"), nullptr);
    EXPECT_EQ(*fact(tool, "through"), "the tool failed");
    stage.mcp.answer = failed("Access denied: no rule");
    EXPECT_EQ(stage.run(check_baseline).verdict, Verdict::Fail);
}

TEST(ThroughCheck, PassesAToolsFailureOnlyIfItFailedSoBefore) {
    Stage stage;
    list_before(stage);
    stage.mcp.answer = failed("boom");
    EXPECT_EQ(stage.run(check_through).verdict, Verdict::Fail) << "nobody knows how it was before";
    stage.evidence(CheckKind::Baseline, {{"through", "the tool answered"}});
    EXPECT_EQ(stage.run(check_through).verdict, Verdict::Fail) << "it answered before";
    stage.evidence(CheckKind::Baseline, {{"through", "the tool failed"}});
    EXPECT_EQ(stage.run(check_through).verdict, Verdict::Pass);
}

TEST(ThroughCheck, NeverPassesADenialForHavingBeenThereBefore) {
    Stage stage;
    list_before(stage);
    stage.evidence(CheckKind::Baseline, {{"through", "denied by policy"}});
    stage.mcp.answer = failed("Access denied: no rule");
    EXPECT_EQ(stage.run(check_through).verdict, Verdict::Fail);
}

TEST(ThroughCheck, RunsNoToolThatIgnoresWhatItDoesNotKnow) {
    Stage stage;
    list_before(stage);
    ASSERT_EQ(stage.run(check_through).verdict, Verdict::Pass);
    ASSERT_EQ(stage.mcp.called.size(), 1U);
    stage.running("a-mcp").command = {"serve", "--openapi-file", "/spec.json"};
    EXPECT_EQ(stage.run(check_through).verdict, Verdict::Fail);
    EXPECT_EQ(stage.mcp.called.size(), 1U) << "an imported tool would run";
    stage.desired.services.front().probe.tool = "status";
    EXPECT_EQ(stage.run(check_through).verdict, Verdict::Pass) << "a person named it";
}

TEST(ThroughCheck, KnowsNothingBeforeTheToolsAreKnown) {
    Stage stage;
    EXPECT_EQ(stage.run(check_through).verdict, Verdict::Unknown);
    EXPECT_TRUE(stage.mcp.called.empty());
}

TEST(ThroughCheck, AsksForTheChildsStateWhereTheCallHangs) {
    Stage stage;
    list_before(stage);
    stage.mcp.call_fails = Error(ErrorKind::Timeout, "");
    EXPECT_EQ(stage.run(check_through).seen, ProbeClass::TokenRefused);
    stage.mcp.shown.children["a-mcp"].state = "failed";
    EXPECT_EQ(stage.run(check_through).seen, ProbeClass::Parked);
    stage.mcp.shown.children.clear();
    EXPECT_EQ(stage.run(check_through).seen, ProbeClass::Parked) << "it lost the child";
}

}  // namespace
}  // namespace wavegate::gates
