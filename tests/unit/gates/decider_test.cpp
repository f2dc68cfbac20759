#include "reconcilers/gates/decider.hpp"

#include <gtest/gtest.h>

// The policy server's words, as it was heard to say them (eunomia.md).
namespace wavegate::gates {
namespace {

TEST(Decider, IsTheRuleOfThePolicyThatTheServerNames) {
    const auto allowed = decider_in("Rule allow-mux allowed the action in policy baseline-1a2b");
    EXPECT_EQ(allowed.rule, "allow-mux");
    EXPECT_EQ(allowed.policy, "baseline-1a2b");
    const auto denied = decider_in("Rule deny-unknown denied the action in policy baseline");
    EXPECT_EQ(denied.rule, "deny-unknown");
    EXPECT_EQ(denied.policy, "baseline");
}

TEST(Decider, IsNobodyWhereNoRuleFits) {
    for (const auto* words :
         {"Action denied by default effect",
          "Action denied by default because there are no policies",
          "Rule",
          "Rule ",
          "",
          "in policy x"}) {
        EXPECT_TRUE(decider_in(words).rule.empty()) << words;
        EXPECT_TRUE(decider_in(words).policy.empty()) << words;
    }
}

}  // namespace
}  // namespace wavegate::gates
