#include "operator/backends/eunomia/client.hpp"
#include "operator/sandbox/eunomia/eunomia.hpp"
#include "tests/support/fixed_credentials.hpp"
#include "tests/support/permits.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/support/simulation.hpp"
#include "tests/support/site_transport.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace wavegate {
namespace {

namespace json = boost::json;
using ::testing::ElementsAre;

constexpr auto* kKey = "the-admin-key";

class EunomiaContract : public ::testing::Test {
  protected:
    EunomiaContract() {
        transport_.at("eunomia.test:8421", server_);
        credentials_.set("env:KEY", kKey);
        credentials_.set("env:WRONG", "not-the-key");
    }

    Result<Receipt> create(const Policy& policy) { return apply(PolicyEdit::Verb::Create, policy); }
    Result<Receipt> remove(const Policy& policy) { return apply(PolicyEdit::Verb::Delete, policy); }
    std::vector<bool> ask(std::vector<PolicyQuestion> questions) {
        const auto answers = sim_.run(client_.ask(std::move(questions)));
        EXPECT_TRUE(answers);
        std::vector<bool> allowed;
        for (const auto& answer : *answers) {
            allowed.push_back(answer.allowed);
        }
        return allowed;
    }
    std::vector<Policy> list() {
        auto policies = sim_.run(client_.list());
        EXPECT_TRUE(policies);
        return std::move(*policies);
    }
    eunomia::Client client_with(std::string reference) {
        return {
            transport_,
            credentials_,
            sim_.clock,
            EunomiaSpec{"http://eunomia.test:8421/", Reference{std::move(reference), {}}}};
    }

    testing::Simulation sim_;
    sandbox::Eunomia server_{sim_.clock, kKey};
    testing::SiteTransport transport_;
    testing::FixedCredentials credentials_;
    eunomia::Client client_ = client_with("env:KEY");

  private:
    Result<Receipt> apply(PolicyEdit::Verb verb, const Policy& policy) {
        PolicyEdit body;
        body.verb = verb;
        body.policy = policy;
        Edit edit;
        edit.id = "edit-1";
        edit.body = std::move(body);
        auto permit = guard::Judge::sign(std::move(edit), Live());
        return sim_.run(client_.apply(std::move(permit)));
    }
};

Policy baseline() {
    Policy policy;
    policy.name = "wavegate-baseline-1a2b3c4d5e";
    policy.description = "managed-by=wavegate";
    policy.rules = {
        {"deny-unknown",
         PolicyEffect::Deny,
         {{"attributes.agent_id", "in", R"(["unknown",""])"}},
         {},
         {"list", "execute"}},
        {"allow-mux",
         PolicyEffect::Allow,
         {{"uri", "in", R"(["agent:mcp-multiplexer"])"}},
         {},
         {"list", "execute"}}};
    return policy;
}

Policy with_value(const std::string& value) {
    Policy policy;
    policy.name = "values";
    policy.rules = {{"r", PolicyEffect::Allow, {{"attributes.a", "equals", value}}, {}, {"a"}}};
    return policy;
}

std::vector<PolicyQuestion> both_actions(const std::string& principal) {
    return {
        {principal, "web_search", PolicyAction::List},
        {principal, "web_search", PolicyAction::Execute}};
}

TEST_F(EunomiaContract, TheBaselineDecidesAsProved) {
    ASSERT_TRUE(create(baseline()));
    EXPECT_THAT(ask(both_actions("agent:mcp-multiplexer")), ElementsAre(true, true));
    EXPECT_THAT(ask(both_actions("agent:unknown")), ElementsAre(false, false));
    EXPECT_THAT(ask(both_actions("agent:")), ElementsAre(false, false));
    EXPECT_THAT(ask(both_actions("agent:claude")), ElementsAre(false, false));
    auto access = sandbox::pdp::tool_question("agent:mcp-multiplexer", "t", "access");
    EXPECT_FALSE(server_.decide(access).allowed);
}

TEST_F(EunomiaContract, AForeignAllowAllShowsInANamedPrincipalWithoutARuleOnly) {
    ASSERT_TRUE(create(baseline()));
    server_.add_allow_all();
    EXPECT_THAT(ask(both_actions("agent:mcp-multiplexer")), ElementsAre(true, true));
    EXPECT_THAT(ask(both_actions("agent:unknown")), ElementsAre(false, false));
    EXPECT_THAT(ask(both_actions("agent:")), ElementsAre(false, false));
    EXPECT_THAT(ask(both_actions("agent:claude")), ElementsAre(true, true));
    auto access = sandbox::pdp::tool_question("agent:mcp-multiplexer", "t", "access");
    EXPECT_FALSE(server_.decide(access).allowed);
}

TEST_F(EunomiaContract, WhatWasCreatedIsListedAsItWasSent) {
    auto policy = baseline();
    policy.rules[1].resource = {
        {"attributes.component_type", "in", R"(["tools"])"},
        {"attributes.name", "in", R"(["123","true","[1]","Ü"])"}};
    ASSERT_TRUE(create(policy));
    EXPECT_THAT(list(), ElementsAre(policy));
}

TEST_F(EunomiaContract, EveryKindOfValueSurvivesTheServersParsing) {
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
        server_.wipe();
        ASSERT_TRUE(create(with_value(value)));
        EXPECT_EQ(list().at(0).rules.at(0).principal.at(0).value, value);
    }
}

TEST_F(EunomiaContract, ACreateRepeatedAfterALostAnswerSucceeds) {
    const auto first = create(baseline());
    const auto second = create(baseline());
    ASSERT_TRUE(first);
    ASSERT_TRUE(second);
    EXPECT_EQ(first->digest_after, second->digest_after);
    EXPECT_EQ(server_.writes().size(), 1U);
}

TEST_F(EunomiaContract, ANameWithAnotherBodyIsAConflict) {
    auto other = baseline();
    other.rules.pop_back();
    ASSERT_TRUE(create(other));
    const auto receipt = create(baseline());
    ASSERT_FALSE(receipt);
    EXPECT_EQ(receipt.error().kind(), ErrorKind::Conflict);
    EXPECT_EQ(receipt.error().effect(), Effect::None);
    EXPECT_THAT(list(), ElementsAre(other));
}

TEST_F(EunomiaContract, ANameThatIsNoSlugIsNoticedInTheAnswer) {
    auto policy = baseline();
    policy.name = "Wavegate Baseline";
    const auto receipt = create(policy);
    ASSERT_FALSE(receipt);
    EXPECT_EQ(receipt.error().kind(), ErrorKind::Protocol);
    EXPECT_EQ(receipt.error().effect(), Effect::Maybe);
}

TEST_F(EunomiaContract, AValueThatIsNoJsonIsRefusedBeforeItIsSent) {
    const auto receipt = create(with_value("[1"));
    ASSERT_FALSE(receipt);
    EXPECT_EQ(receipt.error().kind(), ErrorKind::Invalid);
    EXPECT_EQ(transport_.sent(), 0U);
}

TEST_F(EunomiaContract, DeletingTwiceIsAsGoodAsOnce) {
    ASSERT_TRUE(create(baseline()));
    EXPECT_TRUE(remove(baseline()));
    EXPECT_TRUE(remove(baseline()));
    EXPECT_TRUE(list().empty());
    ASSERT_EQ(server_.writes().size(), 2U);
    EXPECT_EQ(server_.writes()[1].verb, sandbox::EunomiaWrite::Verb::Delete);
    EXPECT_EQ(server_.writes()[1].policy, baseline().name);
}

TEST_F(EunomiaContract, ManyQuestionsGoInChunksOfAHundredAndKeepTheirOrder) {
    ASSERT_TRUE(create(baseline()));
    const auto before = transport_.sent();
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
    EXPECT_EQ(transport_.sent() - before, 3U);
}

TEST_F(EunomiaContract, NoQuestionsAreNoRequest) {
    EXPECT_TRUE(ask({}).empty());
    EXPECT_EQ(transport_.sent(), 0U);
}

TEST_F(EunomiaContract, ChecksNeedNoKeyAndGetNone) {
    credentials_.set("env:KEY", "out of date");
    EXPECT_THAT(ask(both_actions("agent:x")), ElementsAre(false, false));
    EXPECT_TRUE(credentials_.asked().empty());
}

TEST_F(EunomiaContract, TheKeyIsResolvedForTheServersHostAtEachCall) {
    list();
    list();
    EXPECT_THAT(
        credentials_.asked(),
        ElementsAre("env:KEY for eunomia.test:8421", "env:KEY for eunomia.test:8421"));
}

TEST_F(EunomiaContract, AWrongKeyIsDeniedUntilTheServerNeedsNone) {
    auto stranger = client_with("env:WRONG");
    const auto refused = sim_.run(stranger.list());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), ErrorKind::Denied);
    server_.require_key(false);
    EXPECT_TRUE(sim_.run(stranger.list()));
}

TEST_F(EunomiaContract, WithoutADeclaredKeyNoneIsSent) {
    server_.require_key(false);
    auto open = client_with("");
    EXPECT_TRUE(sim_.run(open.list()));
    EXPECT_TRUE(credentials_.asked().empty());
}

TEST_F(EunomiaContract, AServerThatIsGoneIsUnavailable) {
    transport_.remove("eunomia.test:8421");
    const auto policies = sim_.run(client_.list());
    ASSERT_FALSE(policies);
    EXPECT_EQ(policies.error().kind(), ErrorKind::Unavailable);
    const auto answers = sim_.run(client_.ask(both_actions("agent:x")));
    ASSERT_FALSE(answers);
    EXPECT_EQ(answers.error().kind(), ErrorKind::Unavailable);
}

TEST_F(EunomiaContract, ForeignPoliciesAreListedWithWhateverTheyHold) {
    server_.add(json::parse(R"({"version":"2","name":"theirs","default_effect":"allow","rules":[
        {"name":"r","description":"d","effect":"deny","actions":["access"],
         "resource_conditions":[{"path":"attributes.n","operator":"gte","value":1.5}]}]})"));
    const auto policies = list();
    ASSERT_EQ(policies.size(), 1U);
    EXPECT_EQ(policies[0].name, "theirs");
    EXPECT_EQ(policies[0].rules[0].effect, PolicyEffect::Deny);
    EXPECT_EQ(policies[0].rules[0].resource[0].op, "gte");
    EXPECT_THAT(policies[0].rules[0].actions, ElementsAre("access"));
    EXPECT_TRUE(server_.writes().empty()) << "another hand's change is none of the operator's";
}

TEST_F(EunomiaContract, ARestartMayChangeTheOrderButNothingElse) {
    std::vector<std::string> names;
    for (int i = 0; i < 8; ++i) {
        auto policy = baseline();
        policy.name = "p" + std::to_string(i);
        names.push_back(policy.name);
        ASSERT_TRUE(create(policy));
    }
    testing::SeededRandom random(7);
    server_.restart_shuffled(random);
    std::vector<std::string> after;
    for (const auto& policy : list()) {
        after.push_back(policy.name);
    }
    EXPECT_NE(after, names);
    EXPECT_THAT(after, ::testing::UnorderedElementsAreArray(names));
}

TEST_F(EunomiaContract, AnEditOfAnotherKindIsABug) {
    Edit edit;
    edit.body = ClientEdit{};
    auto permit = guard::Judge::sign(std::move(edit), Live());
    const auto receipt = sim_.run(client_.apply(std::move(permit)));
    ASSERT_FALSE(receipt);
    EXPECT_EQ(receipt.error().kind(), ErrorKind::Internal);
}

}  // namespace
}  // namespace wavegate
