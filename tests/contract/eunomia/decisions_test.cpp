#include "operator/sandbox/eunomia/rules.hpp"
#include "operator/sandbox/eunomia/schema.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

// The tables of eunomia.md, "Policy model", row by row.
namespace wavegate::sandbox::pdp {
namespace {

namespace json = boost::json;

struct OperatorRow {
    const char* op;
    const char* value;
    const char* target;
    bool holds;
};

class Operators : public ::testing::TestWithParam<OperatorRow> {};

TEST_P(Operators, HoldAsMeasured) {
    const auto& row = GetParam();
    EXPECT_EQ(holds(row.op, json::parse(row.value), json::parse(row.target)), row.holds)
        << row.op << " " << row.value << " with " << row.target;
}

INSTANTIATE_TEST_SUITE_P(
    Equality,
    Operators,
    ::testing::Values(
        OperatorRow{"equals", "\"a\"", "\"a\"", true},
        OperatorRow{"equals", "\"a\"", "\"A\"", false},
        OperatorRow{"equals", "true", "1", true},
        OperatorRow{"equals", "1", "1.0", true},
        OperatorRow{"equals", "123", "\"123\"", false},
        OperatorRow{"equals", "[1,true]", "[1.0,1]", true},
        OperatorRow{"not_equals", "\"a\"", "\"b\"", true},
        OperatorRow{"not_equals", "\"a\"", "\"a\"", false}));

INSTANTIATE_TEST_SUITE_P(
    Text,
    Operators,
    ::testing::Values(
        OperatorRow{"contains", "\"b\"", "\"abc\"", true},
        OperatorRow{"contains", "\"abc\"", "\"b\"", false},
        OperatorRow{"contains", "\"a\"", "[\"a\"]", false},
        OperatorRow{"not_contains", "\"x\"", "\"abc\"", true},
        OperatorRow{"not_contains", "\"a\"", "[\"x\"]", false},
        OperatorRow{"startswith", "\"ab\"", "\"abc\"", true},
        OperatorRow{"startswith", "\"bc\"", "\"abc\"", false},
        OperatorRow{"endswith", "\"bc\"", "\"abc\"", true},
        OperatorRow{"endswith", "\"ab\"", "\"abc\"", false}));

INSTANTIATE_TEST_SUITE_P(
    Lists,
    Operators,
    ::testing::Values(
        OperatorRow{"in", R"(["a","b"])", "\"b\"", true},
        OperatorRow{"in", R"(["a","b"])", "\"c\"", false},
        OperatorRow{"in", "\"abc\"", "\"a\"", false},
        OperatorRow{"in", "[1]", "true", true},
        OperatorRow{"in", R"(["1"])", "1", false},
        OperatorRow{"in", R"(["unknown",""])", "\"\"", true},
        OperatorRow{"not_in", R"(["a"])", "\"b\"", true},
        OperatorRow{"not_in", R"(["a"])", "\"a\"", false},
        OperatorRow{"not_in", "\"abc\"", "\"x\"", false},
        OperatorRow{"not_in", "[]", "\"a\"", true}));

INSTANTIATE_TEST_SUITE_P(
    NumbersReversed,
    Operators,
    ::testing::Values(
        OperatorRow{"gt", "5", "3", true},
        OperatorRow{"gt", "5", "7", false},
        OperatorRow{"gte", "5", "5", true},
        OperatorRow{"lt", "5", "7", true},
        OperatorRow{"lt", "5", "3", false},
        OperatorRow{"lte", "5", "5.0", true},
        OperatorRow{"gt", "\"5\"", "\"3\"", false},
        OperatorRow{"gt", "5", "\"3\"", false}));

INSTANTIATE_TEST_SUITE_P(
    MissingIsFalse,
    Operators,
    ::testing::Values(
        OperatorRow{"equals", "null", "null", false},
        OperatorRow{"not_equals", "\"a\"", "null", false},
        OperatorRow{"not_equals", "null", "\"a\"", false},
        OperatorRow{"not_contains", "\"a\"", "null", false},
        OperatorRow{"not_in", R"(["a"])", "null", false}));

Rule rule(std::string name, bool allow, std::vector<Condition> principal = {}) {
    Rule out;
    out.name = std::move(name);
    out.allow = allow;
    out.principal = std::move(principal);
    out.actions = {"list", "execute"};
    return out;
}

Policy policy(std::string name, std::vector<Rule> rules) {
    Policy out;
    out.name = std::move(name);
    out.rules = std::move(rules);
    return out;
}

Decision decide(const std::vector<Policy>& policies, const std::string& action = "execute") {
    auto question = tool_question("agent:x", "search", "execute");
    question.action = action;
    return evaluate(policies, question);
}

const Condition kNever{"uri", "in", json::array{"agent:other"}};

TEST(Decision, WithoutAPolicyIsDeny) {
    const auto decision = decide({});
    EXPECT_FALSE(decision.allowed);
    EXPECT_EQ(decision.reason, "Action denied by default because there are no policies");
}

TEST(Decision, DefaultAllowNeverAllows) {
    auto inert = policy("p", {rule("r", true, {kNever})});
    inert.default_allow = true;
    const auto decision = decide({inert});
    EXPECT_FALSE(decision.allowed);
    EXPECT_EQ(decision.reason, "Action denied by default because there are no policies");
    EXPECT_EQ(
        decide({inert, policy("q", {rule("r", true, {kNever})})}).reason,
        "Action denied by default effect");
}

TEST(Decision, IsTheFirstMatchingRuleWithinAPolicy) {
    EXPECT_EQ(
        decide({policy("p", {rule("a", true), rule("d", false)})}).reason,
        "Rule a allowed the action in policy p");
    EXPECT_EQ(
        decide({policy("p", {rule("d", false), rule("a", true)})}).reason,
        "Rule d denied the action in policy p");
    EXPECT_EQ(
        decide({policy("p", {rule("n", false, {kNever}), rule("a", true)})}).reason,
        "Rule a allowed the action in policy p");
}

TEST(Decision, IsAnyDenyBeforeAnyAllowAcrossPolicies) {
    const auto allow = policy("p", {rule("a", true)});
    const auto deny = policy("q", {rule("d", false)});
    EXPECT_EQ(decide({allow, deny}).reason, "Rule d denied the action in policy q");
    EXPECT_EQ(decide({deny, allow}).reason, "Rule d denied the action in policy q");
}

TEST(Decision, IsAllowWhereAnotherPolicyHasNoMatch) {
    const auto decision =
        decide({policy("p", {rule("a", true)}), policy("q", {rule("n", true, {kNever})})});
    EXPECT_TRUE(decision.allowed);
    EXPECT_EQ(decision.reason, "Rule a allowed the action in policy p");
}

TEST(Decision, NamesTheLastOfSeveralAllows) {
    EXPECT_EQ(
        decide({policy("p", {rule("a", true)}), policy("q", {rule("b", true)})}).reason,
        "Rule b allowed the action in policy q");
}

TEST(Decision, KnowsActionsByTheirExactName) {
    EXPECT_TRUE(decide({policy("p", {rule("a", true)})}, "list").allowed);
    EXPECT_FALSE(decide({policy("p", {rule("a", true)})}, "access").allowed);
    EXPECT_FALSE(decide({policy("p", {rule("a", true)})}, "Execute").allowed);
}

TEST(Decision, ReadsPathsIntoNestedValuesAndLists) {
    auto question = tool_question("agent:x", "search", "execute");
    question.resource.attributes["deep"] =
        json::parse(R"({"list":[{"k":"v"}],"a.b":1,"keys":"x"})");
    const auto matches = [&](const char* path, const json::value& value) {
        auto wanted = rule("a", true);
        wanted.resource = {{path, "in", json::array{value}}};
        return evaluate({policy("p", {wanted})}, question).allowed;
    };
    EXPECT_TRUE(matches("uri", "mcp:tools:search"));
    EXPECT_TRUE(matches("type", "resource"));
    EXPECT_TRUE(matches("attributes.name", "search"));
    EXPECT_TRUE(matches("attributes.deep.list.0.k", "v"));
    EXPECT_FALSE(matches("attributes.deep.list.1.k", "v"));
    EXPECT_FALSE(matches("attributes.deep.a.b", 1));
    EXPECT_FALSE(matches("attributes.deep.keys", "x")) << "a method of Python's dict";
    EXPECT_FALSE(matches("name", "search"));
}

TEST(Slug, IsWhatTheServerMakesOfAName) {
    const std::vector<std::pair<const char*, const char*>> rows{
        {"Wavegate/Base Line.v1_x--y!", "wavegate-base-line-v1_x-y"},
        {"Ünïcode Ñame", "unicode-name"},
        {"--a--", "a"},
        {"a b", "a-b"},
        {"ßtraße Œ 日本", "trae"},
        {"!!!", ""},
    };
    for (const auto& [name, expected] : rows) {
        EXPECT_EQ(slug(name), expected) << name;
    }
}

}  // namespace
}  // namespace wavegate::sandbox::pdp
