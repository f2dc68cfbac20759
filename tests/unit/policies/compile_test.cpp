#include "reconcilers/policies/compile.hpp"

#include "reconcilers/policies/diff.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::policies {
namespace {

PolicySpec baseline() {
    PolicyRuleSpec rule;
    rule.name = "allow-mux";
    rule.effect = PolicyEffect::Allow;
    rule.principals = {"agent:mcp-multiplexer"};
    rule.servers = {"*"};
    rule.tools = {"*"};
    rule.actions = {PolicyAction::List, PolicyAction::Execute};
    PolicySpec spec;
    spec.name = "baseline";
    spec.rules.push_back(rule);
    return spec;
}

DesiredState desired_with(PolicySpec spec) {
    DesiredState desired;
    desired.fleet.name = "home";
    desired.policies.push_back(std::move(spec));
    return desired;
}

Observed observed_with(std::vector<Policy> policies) {
    Observed observed;
    observed.policies = Seen<std::vector<Policy>>(std::move(policies), Time());
    return observed;
}

TEST(Policy, NamesPrincipalsByListsThatRoundTrip) {
    const auto policy = compile(baseline(), "home", {});
    ASSERT_TRUE(policy.has_value());
    ASSERT_EQ(policy->rules.size(), 1U);
    EXPECT_EQ(policy->rules[0].principal[0].op, "in");
    EXPECT_EQ(policy->rules[0].principal[0].value, R"(["agent:mcp-multiplexer"])");
    EXPECT_TRUE(policy->rules[0].resource.empty()) << "every server was asked for";
    EXPECT_THAT(policy->name, ::testing::StartsWith("wavegate-home-baseline-"));
}

TEST(Policy, CompilesAServerToItsOwnTools) {
    auto spec = baseline();
    spec.rules[0].servers = {"search-mcp"};
    const auto policy = compile(spec, "home", {{"search-mcp", {"b", "a"}}});
    ASSERT_TRUE(policy.has_value());
    EXPECT_EQ(policy->rules[0].resource.back().value, R"(["a","b"])");
}

TEST(Policy, IsNotWrittenWhileAServersToolsAreUnknown) {
    auto spec = baseline();
    spec.rules[0].servers = {"search-mcp"};
    EXPECT_FALSE(compile(spec, "home", {}).has_value());
    const auto found = diff(desired_with(spec), observed_with({}), {});
    EXPECT_TRUE(found.edits.empty());
    EXPECT_EQ(found.obstacles.size(), 1U);
}

TEST(Policies, AreReplacedByCreatingTheNewBesideTheOld) {
    const auto old = *compile(baseline(), "home", {});
    auto changed = baseline();
    changed.rules[0].actions = {PolicyAction::List};
    const auto found = diff(desired_with(changed), observed_with({old}), {});
    ASSERT_EQ(found.edits.size(), 2U);
    EXPECT_EQ(std::get<PolicyEdit>(found.edits[0].body).verb, PolicyEdit::Verb::Create);
    EXPECT_EQ(std::get<PolicyEdit>(found.edits[1].body).verb, PolicyEdit::Verb::Delete);
    EXPECT_EQ(std::get<PolicyEdit>(found.edits[1].body).policy.name, old.name);
}

TEST(Policies, OfOthersAreNeverTouched) {
    Policy foreign;
    foreign.name = "mcp-default-policy";
    auto elsewhere = *compile(baseline(), "office", {});
    auto ours = *compile(baseline(), "home", {});
    const auto found =
        diff(desired_with(baseline()), observed_with({foreign, elsewhere, ours}), {});
    EXPECT_TRUE(found.edits.empty());
}

}  // namespace
}  // namespace wavegate::policies
