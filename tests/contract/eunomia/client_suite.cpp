#include "tests/contract/eunomia/backend.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

// What the operator relies on, through its own client.
namespace wavegate::contract {
namespace {

namespace json = boost::json;
using ::testing::ElementsAre;

Policy with_value(const std::string& value) {
    Policy policy;
    policy.name = "values";
    policy.rules = {{"r", PolicyEffect::Allow, {{"attributes.a", "equals", value}}, {}, {"a"}}};
    return policy;
}

TEST_P(EunomiaContract, TheBaselineDecidesAsProved) {
    ASSERT_TRUE(create(baseline()));
    EXPECT_THAT(ask(both_actions("agent:mcp-multiplexer")), ElementsAre(true, true));
    EXPECT_THAT(ask(both_actions("agent:unknown")), ElementsAre(false, false));
    EXPECT_THAT(ask(both_actions("agent:")), ElementsAre(false, false));
    EXPECT_THAT(ask(both_actions("agent:claude")), ElementsAre(false, false));
    EXPECT_FALSE(may_access("agent:mcp-multiplexer"));
}

TEST_P(EunomiaContract, AForeignAllowAllShowsInANamedPrincipalWithoutARuleOnly) {
    ASSERT_TRUE(create(baseline()));
    add_allow_all();
    EXPECT_THAT(ask(both_actions("agent:mcp-multiplexer")), ElementsAre(true, true));
    EXPECT_THAT(ask(both_actions("agent:unknown")), ElementsAre(false, false));
    EXPECT_THAT(ask(both_actions("agent:")), ElementsAre(false, false));
    EXPECT_THAT(ask(both_actions("agent:claude")), ElementsAre(true, true));
    EXPECT_FALSE(may_access("agent:mcp-multiplexer"));
}

TEST_P(EunomiaContract, WhatWasCreatedIsListedAsItWasSent) {
    auto policy = baseline();
    policy.rules[1].resource = {
        {"attributes.component_type", "in", R"(["tools"])"},
        {"attributes.name", "in", R"(["123","true","[1]","Ü"])"}};
    ASSERT_TRUE(create(policy));
    EXPECT_THAT(list(), ElementsAre(policy));
}

TEST_P(EunomiaContract, EveryKindOfValueSurvivesTheServersParsing) {
    for (const auto* value :
         {"\"123\"",
          "\"true\"",
          "\"1e3\"",
          "\"null\"",
          "\"plain\"",
          "\"[1]\"",
          "123",
          "true",
          "null",
          "[\"x\"]",
          "\"\\\"q\\\"\""}) {
        SCOPED_TRACE(value);
        wipe();
        ASSERT_TRUE(create(with_value(value)));
        EXPECT_EQ(list().at(0).rules.at(0).principal.at(0).value, value);
    }
}

TEST_P(EunomiaContract, ACreateRepeatedAfterALostAnswerSucceeds) {
    const auto first = create(baseline());
    const auto second = create(baseline());
    ASSERT_TRUE(first);
    ASSERT_TRUE(second);
    EXPECT_EQ(first->digest_after, second->digest_after);
    EXPECT_EQ(list().size(), 1U);
}

TEST_P(EunomiaContract, ANameWithAnotherBodyIsAConflict) {
    auto other = baseline();
    other.rules.pop_back();
    ASSERT_TRUE(create(other));
    const auto receipt = create(baseline());
    ASSERT_FALSE(receipt);
    EXPECT_EQ(receipt.error().kind(), ErrorKind::Conflict);
    EXPECT_EQ(receipt.error().effect(), Effect::None);
    EXPECT_THAT(list(), ElementsAre(other));
}

TEST_P(EunomiaContract, ANameThatIsNoSlugIsNoticedInTheAnswer) {
    auto policy = baseline();
    policy.name = "Wavegate Baseline";
    const auto receipt = create(policy);
    ASSERT_FALSE(receipt);
    EXPECT_EQ(receipt.error().kind(), ErrorKind::Protocol);
    EXPECT_EQ(receipt.error().effect(), Effect::Maybe);
}

TEST_P(EunomiaContract, AValueThatIsNoJsonIsRefusedBeforeItIsSent) {
    const auto receipt = create(with_value("[1"));
    ASSERT_FALSE(receipt);
    EXPECT_EQ(receipt.error().kind(), ErrorKind::Invalid);
    EXPECT_EQ(sent(), 0U);
}

TEST_P(EunomiaContract, DeletingTwiceIsAsGoodAsOnce) {
    ASSERT_TRUE(create(baseline()));
    EXPECT_TRUE(remove(baseline()));
    EXPECT_TRUE(remove(baseline()));
    EXPECT_TRUE(list().empty());
}

TEST_P(EunomiaContract, ManyQuestionsGoInChunksOfAHundredAndKeepTheirOrder) {
    ASSERT_TRUE(create(baseline()));
    const auto before = sent();
    std::vector<PolicyQuestion> questions;
    std::vector<bool> expected;
    for (int i = 0; i < 250; ++i) {
        const bool known = i % 3 == 0;
        questions.push_back(
            {known ? "agent:mcp-multiplexer" : "agent:unknown",
             "tool-" + std::to_string(i),
             PolicyAction::List});
        expected.push_back(known);
    }
    EXPECT_EQ(ask(questions), expected);
    EXPECT_EQ(sent() - before, 3U);
}

TEST_P(EunomiaContract, NoQuestionsAreNoRequest) {
    EXPECT_TRUE(ask({}).empty());
    EXPECT_EQ(sent(), 0U);
}

TEST_P(EunomiaContract, ForeignPoliciesAreListedWithWhateverTheyHold) {
    add(json::parse(R"({"version":"2","name":"theirs","default_effect":"allow","rules":[
        {"name":"r","description":"d","effect":"deny","actions":["access"],
         "resource_conditions":[{"path":"attributes.n","operator":"gte","value":1.5}]}]})"));
    const auto policies = list();
    ASSERT_EQ(policies.size(), 1U);
    EXPECT_EQ(policies[0].name, "theirs");
    EXPECT_EQ(policies[0].rules[0].effect, PolicyEffect::Deny);
    EXPECT_EQ(policies[0].rules[0].resource[0].op, "gte");
    EXPECT_THAT(policies[0].rules[0].actions, ElementsAre("access"));
}

TEST_P(EunomiaContract, ChecksNeedNoKey) {
    credentials_.set("env:KEY", "out of date");
    EXPECT_THAT(ask(both_actions("agent:x")), ElementsAre(false, false));
    EXPECT_TRUE(credentials_.asked().empty());
}

TEST_P(EunomiaContract, AWrongOrMissingKeyIsDenied) {
    for (const auto* reference : {"env:WRONG", ""}) {
        SCOPED_TRACE(reference);
        auto stranger = client_with(reference);
        const auto refused = backend_->driver().run(stranger.list());
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().kind(), ErrorKind::Denied);
        EXPECT_EQ(refused.error().status(), 401);
    }
}

// Replace without a gap: the new one is created and counts before the old one goes.
TEST_P(EunomiaContract, AReplacementCountsFromItsCreateAndTheOldOneUntilItsDelete) {
    auto wider = baseline();
    wider.name = "wavegate-baseline-ffffffffff";
    wider.rules[1].principal = {{"uri", "in", R"(["agent:mcp-multiplexer","agent:claude"])"}};
    ASSERT_TRUE(create(baseline()));
    ASSERT_TRUE(create(wider));
    EXPECT_THAT(ask(both_actions("agent:mcp-multiplexer")), ElementsAre(true, true));
    EXPECT_THAT(ask(both_actions("agent:claude")), ElementsAre(true, true));
    ASSERT_TRUE(remove(baseline()));
    EXPECT_THAT(ask(both_actions("agent:mcp-multiplexer")), ElementsAre(true, true));
    ASSERT_TRUE(create(baseline()));
    ASSERT_TRUE(remove(wider));
    EXPECT_THAT(ask(both_actions("agent:claude")), ElementsAre(false, false));
    EXPECT_THAT(list(), ElementsAre(baseline()));
}

TEST_P(EunomiaContract, AFleetOfPoliciesComesInOneListInTheOrderOfCreation) {
    std::vector<Policy> created;
    for (int i = 0; i < 30; ++i) {
        created.push_back(baseline());
        created.back().name = "wavegate-doc-" + std::to_string(i) + "-1a2b3c4d5e";
        ASSERT_TRUE(create(created.back()));
    }
    const auto before = sent();
    EXPECT_EQ(list(), created);
    EXPECT_EQ(sent() - before, 1U) << "there are no pages";
}

}  // namespace
}  // namespace wavegate::contract
