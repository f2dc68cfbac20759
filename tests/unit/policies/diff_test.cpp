// Which policies are written and taken away while services enforce.
#include "reconcilers/policies/diff.hpp"

#include "operator/model/auth_block.hpp"
#include "reconcilers/policies/compile.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::policies {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kMultiplexer = "agent:mcp-multiplexer";

PolicySpec let_in(const std::string& principal) {
    PolicyRuleSpec rule;
    rule.name = "allow";
    rule.effect = PolicyEffect::Allow;
    rule.principals = {principal};
    rule.servers = {"*"};
    rule.tools = {"*"};
    rule.actions = {PolicyAction::List, PolicyAction::Execute};
    PolicySpec spec;
    spec.name = "baseline";
    spec.rules.push_back(rule);
    return spec;
}

/// Service a-mcp, which enforces.
struct PolicyDiff : ::testing::Test {
    PolicyDiff() {
        desired.fleet.name = "home";
        desired.fleet.multiplexer.principal = kMultiplexer;
        desired.fleet.jwt = {"https://issuer", "https://jwks", "services", "remote", "http://pdp"};
        ServiceSpec service;
        service.name = service.stack = service.compose_service = "a-mcp";
        desired.services = {service};
        SwarmService running;
        running.name = "a-mcp_a-mcp";
        running.stack = "a-mcp";
        running.auth = wanted_block(desired.fleet, AuthMode::Jwt);
        SwarmView swarm;
        swarm.services = {running};
        observed.swarm = Seen(std::move(swarm), Time());
    }

    void stands(const std::vector<PolicySpec>& specs) {
        std::vector<Policy> policies;
        for (const auto& spec : specs) {
            policies.push_back(*compile(spec, "home", {}));
        }
        observed.policies = Seen(std::move(policies), Time());
    }
    Diff wanting(const PolicySpec& spec) {
        desired.policies = {spec};
        return diff(desired, observed, {});
    }
    static std::vector<std::string> told(const Diff& diff) {
        std::vector<std::string> all;
        for (const auto& edit : diff.edits) {
            const auto& body = std::get<PolicyEdit>(edit.body);
            all.push_back(
                (body.verb == PolicyEdit::Verb::Create ? "+ " : "- ") +
                body.policy.rules.front().principal.front().value);
        }
        return all;
    }

    DesiredState desired;
    Observed observed;
};

TEST_F(PolicyDiff, OfAReplacementIsTheNewOneAndThenTheOldOne) {
    auto wider = let_in(kMultiplexer);
    wider.rules.push_back(let_in("agent:more").rules.front());
    stands({let_in(kMultiplexer)});

    const auto found = wanting(wider);
    EXPECT_EQ(found.edits.size(), 2U) << "the new one stands before the old one goes";
    EXPECT_THAT(found.obstacles, IsEmpty());
}

TEST_F(PolicyDiff, TakesNothingAwayThatTheNewOneDoesNotGive) {
    stands({let_in(kMultiplexer)});

    const auto found = wanting(let_in("agent:another"));
    EXPECT_THAT(told(found), ElementsAre("+ [\"agent:another\"]"));
    ASSERT_EQ(found.obstacles.size(), 1U);
    EXPECT_THAT(found.obstacles.front().message, HasSubstr("a-mcp enforces"));
}

TEST_F(PolicyDiff, DoesNotTakeAwayOneByOneWhatIsNeededOfAllTogether) {
    auto other = let_in(kMultiplexer);
    other.rules.front().name = "allow-again";
    stands({let_in(kMultiplexer), other});

    const auto found = wanting(let_in("agent:another"));
    EXPECT_EQ(found.edits.size(), 2U) << "a new one, and one of the two goes";
    EXPECT_EQ(found.obstacles.size(), 1U) << "the other is the last that lets the multiplexer in";
}

TEST_F(PolicyDiff, TakesOneThatSaysTheSameForOursWhileItIsThereWhereTheDocumentAdopts) {
    auto baseline = let_in(kMultiplexer);
    stands({baseline});
    auto foreign = observed.policies->front();
    foreign.name = "somebodys";
    foreign.description = "";
    foreign.rules.front().name = "another";
    foreign.rules.front().principal = {{"uri", "equals", "\"agent:mcp-multiplexer\""}};
    foreign.rules.front().actions = {"execute", "list"};
    observed.policies = Seen(std::vector<Policy>{foreign}, Time());

    EXPECT_EQ(wanting(baseline).edits.size(), 1U) << "it does not say so";
    baseline.adopt = true;
    EXPECT_THAT(wanting(baseline).edits, IsEmpty());

    auto other = foreign;
    other.rules.front().actions = {"list"};
    observed.policies = Seen(std::vector<Policy>{other}, Time());
    EXPECT_EQ(wanting(baseline).edits.size(), 1U) << "that one says less";
    foreign.description = "managed-by=wavegate fleet=another";
    observed.policies = Seen(std::vector<Policy>{foreign}, Time());
    EXPECT_EQ(wanting(baseline).edits.size(), 1U) << "another fleet may take its own away";
    observed.policies = Seen(std::vector<Policy>{}, Time());
    EXPECT_EQ(wanting(baseline).edits.size(), 1U) << "it left";
}

}  // namespace
}  // namespace wavegate::policies
