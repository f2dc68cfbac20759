// Gate 2: what the policy server is asked, and which answers count.
#include "tests/unit/gates/stage.hpp"

#include <gtest/gtest.h>

namespace wavegate::gates {
namespace {

struct Row {
    const char* what;
    Verdict verdict;
    bool (*allows)(const PolicyQuestion& question);
};

bool is_mux(const PolicyQuestion& question) {
    return question.principal == "agent:mux";
}

/// Both services have been probed before.
struct Probed : Stage {
    Probed() {
        evidence(CheckKind::Direct, {{"tool", "a-search"}}, "a-mcp");
        evidence(CheckKind::Baseline, {{"tool", "b-search"}}, "b-mcp");
    }
};

TEST(PolicyGate, WantsTheMultiplexerLetInForEverythingAndNobodyElse) {
    const Row table[] = {
        {"as it should be", Verdict::Pass, is_mux},
        {"execute is denied",
         Verdict::Fail,
         [](const PolicyQuestion& q) { return is_mux(q) && q.action == PolicyAction::List; }},
        {"list is denied",
         Verdict::Fail,
         [](const PolicyQuestion& q) { return is_mux(q) && q.action == PolicyAction::Execute; }},
        {"the second service's tool is denied",
         Verdict::Fail,
         [](const PolicyQuestion& q) { return is_mux(q) && q.tool == "a-search"; }},
        {"agent:unknown is let in",
         Verdict::Fail,
         [](const PolicyQuestion& q) { return is_mux(q) || q.principal == "agent:unknown"; }},
        {"an empty id is let in",
         Verdict::Fail,
         [](const PolicyQuestion& q) { return is_mux(q) || q.principal == "agent:"; }},
        {"a named stranger is let in",
         Verdict::Fail,
         [](const PolicyQuestion& q) {
             return is_mux(q) || q.principal.starts_with("agent:wavegate-stranger-");
         }},
        {"a stranger may execute, not list",
         Verdict::Fail,
         [](const PolicyQuestion& q) {
             return is_mux(q) || (q.principal.starts_with("agent:wavegate-stranger-") &&
                                  q.action == PolicyAction::Execute);
         }},
    };
    for (const auto& row : table) {
        Probed stage;
        stage.policies.allows = row.allows;
        EXPECT_EQ(stage.run(check_policy).verdict, row.verdict) << row.what;
    }
}

TEST(PolicyGate, TakesNoAnswerInPart) {
    Stage stage;
    stage.policies.swallowed = 1;
    EXPECT_EQ(stage.run(check_policy).verdict, Verdict::Unknown);
}

TEST(PolicyGate, AsksAboutOneToolOfEachServiceThatShallEnforce) {
    Probed stage;
    stage.desired.services.back().auth = AuthMode::None;
    stage.policies.allows = [](const PolicyQuestion& q) {
        return is_mux(q) && q.tool == "a-search";
    };
    EXPECT_EQ(stage.run(check_policy).verdict, Verdict::Pass) << "b-mcp stays open";
    EXPECT_EQ(stage.policies.asked.size(), 8U);
}

}  // namespace
}  // namespace wavegate::gates
