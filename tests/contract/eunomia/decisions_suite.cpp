#include "tests/contract/eunomia/backend.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

// How the policy server decides: operators, first rule within a policy, deny before allow across
// policies, reasons.
namespace wavegate::contract {
namespace {

namespace json = boost::json;
using sandbox::pdp::Condition;
using sandbox::pdp::Decision;
using sandbox::pdp::Rule;

struct OperatorRow {
    const char* op;
    const char* value;   ///< of the condition
    const char* target;  ///< of the request
    bool holds;
};

const std::vector<OperatorRow>& operator_rows() {
    static const std::vector<OperatorRow> kRows{
        {"equals", "\"a\"", "\"a\"", true},
        {"equals", "\"a\"", "\"A\"", false},
        {"equals", "true", "1", true},
        {"equals", "1", "1.0", true},
        {"equals", "123", "\"123\"", false},
        {"equals", "[1,true]", "[1.0,1]", true},
        {"not_equals", "\"a\"", "\"b\"", true},
        {"not_equals", "\"a\"", "\"a\"", false},
        {"contains", "\"b\"", "\"abc\"", true},
        {"contains", "\"abc\"", "\"b\"", false},
        {"contains", "\"a\"", "[\"a\"]", false},
        {"not_contains", "\"x\"", "\"abc\"", true},
        {"not_contains", "\"a\"", "[\"x\"]", false},
        {"startswith", "\"ab\"", "\"abc\"", true},
        {"startswith", "\"bc\"", "\"abc\"", false},
        {"endswith", "\"bc\"", "\"abc\"", true},
        {"endswith", "\"ab\"", "\"abc\"", false},
        {"in", R"(["a","b"])", "\"b\"", true},
        {"in", R"(["a","b"])", "\"c\"", false},
        {"in", "\"abc\"", "\"a\"", false},
        {"in", "[1]", "true", true},
        {"in", R"(["1"])", "1", false},
        {"in", R"(["unknown",""])", "\"\"", true},
        {"not_in", R"(["a"])", "\"b\"", true},
        {"not_in", R"(["a"])", "\"a\"", false},
        {"not_in", "\"abc\"", "\"x\"", false},
        {"not_in", "[]", "\"a\"", true},
        {"gt", "5", "3", true},
        {"gt", "5", "7", false},
        {"gte", "5", "5", true},
        {"lt", "5", "7", true},
        {"lt", "5", "3", false},
        {"lte", "5", "5.0", true},
        {"gt", "\"5\"", "\"3\"", false},
        {"gt", "5", "\"3\"", false},
        {"equals", "null", "null", false},
        {"not_equals", "\"a\"", "null", false},
        {"not_equals", "null", "\"a\"", false},
        {"not_contains", "\"a\"", "null", false},
        {"not_in", R"(["a"])", "null", false},
    };
    return kRows;
}

Rule rule(std::string name, bool allow, std::vector<Condition> principal = {}) {
    Rule out;
    out.name = std::move(name);
    out.allow = allow;
    out.principal = std::move(principal);
    out.actions = {"list", "execute"};
    return out;
}

sandbox::pdp::Policy policy(std::string name, std::vector<Rule> rules) {
    sandbox::pdp::Policy out;
    out.name = std::move(name);
    out.rules = std::move(rules);
    return out;
}

json::object execute() {
    return question("agent:x", "execute");
}

const Condition kNever{"uri", "in", json::array{"agent:other"}};

TEST_P(EunomiaContract, OperatorsHoldAsMeasured) {
    for (const auto& row : operator_rows()) {
        SCOPED_TRACE(std::string(row.op) + " " + row.value + " with " + row.target);
        auto wanted = rule("a", true);
        json::value value = json::parse(row.value);
        if (value.is_string()) {
            value = json::serialize(value);  // the server parses strings as JSON
        }
        wanted.resource = {{"attributes.target", row.op, value}};
        auto asked = execute();
        asked["resource"].at("attributes").as_object()["target"] = json::parse(row.target);
        EXPECT_EQ(decide({policy("p", {wanted})}, asked).allowed, row.holds);
    }
}

TEST_P(EunomiaContract, TheDecisionWithoutAPolicyIsDeny) {
    const Decision decision = decide({}, execute());
    EXPECT_FALSE(decision.allowed);
    EXPECT_EQ(decision.reason, "Action denied by default because there are no policies");
}

TEST_P(EunomiaContract, TheDecisionDefaultAllowNeverAllows) {
    auto inert = policy("p", {rule("r", true, {kNever})});
    inert.default_allow = true;
    const auto decision = decide({inert}, execute());
    EXPECT_FALSE(decision.allowed);
    EXPECT_EQ(decision.reason, "Action denied by default because there are no policies");
    EXPECT_EQ(
        decide({inert, policy("q", {rule("r", true, {kNever})})}, execute()).reason,
        "Action denied by default effect");
}

TEST_P(EunomiaContract, TheDecisionIsTheFirstMatchingRuleWithinAPolicy) {
    EXPECT_EQ(
        decide({policy("p", {rule("a", true), rule("d", false)})}, execute()).reason,
        "Rule a allowed the action in policy p");
    EXPECT_EQ(
        decide({policy("p", {rule("d", false), rule("a", true)})}, execute()).reason,
        "Rule d denied the action in policy p");
    EXPECT_EQ(
        decide({policy("p", {rule("n", false, {kNever}), rule("a", true)})}, execute()).reason,
        "Rule a allowed the action in policy p");
}

TEST_P(EunomiaContract, TheDecisionIsAnyDenyBeforeAnyAllowAcrossPolicies) {
    const auto allow = policy("p", {rule("a", true)});
    const auto deny = policy("q", {rule("d", false)});
    EXPECT_EQ(decide({allow, deny}, execute()).reason, "Rule d denied the action in policy q");
    EXPECT_EQ(decide({deny, allow}, execute()).reason, "Rule d denied the action in policy q");
}

TEST_P(EunomiaContract, TheDecisionIsAllowWhereAnotherPolicyHasNoMatch) {
    const auto decision = decide(
        {policy("p", {rule("a", true)}), policy("q", {rule("n", true, {kNever})})}, execute());
    EXPECT_TRUE(decision.allowed);
    EXPECT_EQ(decision.reason, "Rule a allowed the action in policy p");
}

TEST_P(EunomiaContract, TheDecisionNamesTheLastOfSeveralAllows) {
    EXPECT_EQ(
        decide({policy("p", {rule("a", true)}), policy("q", {rule("b", true)})}, execute()).reason,
        "Rule b allowed the action in policy q");
}

TEST_P(EunomiaContract, TheDecisionKnowsActionsByTheirExactName) {
    EXPECT_TRUE(decide({policy("p", {rule("a", true)})}, question("agent:x", "list")).allowed);
    EXPECT_FALSE(decide({policy("p", {rule("a", true)})}, question("agent:x", "access")).allowed);
    EXPECT_FALSE(decide({policy("p", {rule("a", true)})}, question("agent:x", "Execute")).allowed);
}

TEST_P(EunomiaContract, TheDecisionReadsPathsIntoNestedValuesAndLists) {
    auto asked = execute();
    asked["resource"].at("attributes").as_object()["deep"] =
        json::parse(R"({"list":[{"k":"v"}],"a.b":1,"keys":"x"})");
    const auto matches = [&](const char* path, const json::value& value) {
        auto wanted = rule("a", true);
        wanted.resource = {{path, "in", json::array{value}}};
        return decide({policy("p", {wanted})}, asked).allowed;
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

}  // namespace
}  // namespace wavegate::contract
