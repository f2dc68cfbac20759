// Who is cut off when policies change: the policy server's own rules, asked of what enforces.
#include "operator/model/admission.hpp"

#include "operator/model/inputs.hpp"

#include <gtest/gtest.h>

namespace wavegate {
namespace {

constexpr const char* kMultiplexer = "agent:mux";

PolicyCondition is(const std::string& path, const std::string& value) {
    return {path, "equals", "\"" + value + "\""};
}

PolicyRule allow(const std::string& principal, const std::string& tool = {}) {
    PolicyRule rule;
    rule.name = "allow " + principal + " " + tool;
    rule.effect = PolicyEffect::Allow;
    rule.principal = {is("uri", principal)};
    rule.resource = {is("attributes.component_type", "tools")};
    if (!tool.empty()) {
        rule.resource.push_back(is("attributes.name", tool));
    }
    rule.actions = {"list", "execute"};
    return rule;
}

PolicyRule deny(const std::string& principal, const std::string& tool = {}) {
    auto rule = allow(principal, tool);
    rule.effect = PolicyEffect::Deny;
    return rule;
}

std::vector<Policy> policies(std::vector<PolicyRule> rules) {
    Policy policy;
    policy.name = "baseline";
    policy.rules = std::move(rules);
    return {policy};
}

/// Service `a` with tools `get` and `set`, enforcing unless said otherwise.
class Admission : public ::testing::Test {
  protected:
    Admission() {
        desired_.fleet.multiplexer.principal = kMultiplexer;
        desired_.fleet.jwt = {
            "https://issuer", "https://issuer/jwks", "services", "remote", "http://eunomia"};
        ServiceSpec service;
        service.name = "a";
        service.stack = "a";
        service.compose_service = "a";
        desired_.services = {service};
        tools_["a"] = {"get", "set"};
        run(wanted_block(desired_.fleet, AuthMode::Jwt));
    }

    void run(const AuthBlock& block) {
        SwarmService running;
        running.id = "id-a";
        running.name = "a_a";
        running.stack = "a";
        running.auth = block;
        SwarmView swarm;
        swarm.services = {running};
        observed_.swarm = Seen(std::move(swarm), Time());
    }

    [[nodiscard]] std::string cut_off(
        const std::vector<PolicyRule>& before,
        const std::vector<PolicyRule>& after) const {
        return locked_out(desired_, observed_, tools_, policies(before), policies(after));
    }

    DesiredState desired_;
    Observed observed_;
    Tools tools_;
};

TEST_F(Admission, NamesTheServiceThatARemovedRuleWouldCutOff) {
    EXPECT_EQ(cut_off({allow(kMultiplexer)}, {}), "a");
    EXPECT_EQ(cut_off({allow(kMultiplexer)}, {allow("agent:another")}), "a");
}

TEST_F(Admission, LetsARuleGoWhereAnotherStillLetsTheMultiplexerIn) {
    EXPECT_EQ(
        cut_off({allow(kMultiplexer), allow(kMultiplexer, "get")}, {allow(kMultiplexer)}), "");
}

TEST_F(Admission, AsksForEachToolOfTheService) {
    const auto get = allow(kMultiplexer, "get");
    const auto set = allow(kMultiplexer, "set");
    EXPECT_EQ(cut_off({allow(kMultiplexer)}, {get, set}), "");
    EXPECT_EQ(cut_off({allow(kMultiplexer)}, {get}), "a");
    EXPECT_EQ(cut_off({get}, {get}), "") << "what was shut before is no loss";
}

TEST_F(Admission, AsksForListingAsMuchAsForCalling) {
    auto only_call = allow(kMultiplexer);
    only_call.actions = {"execute"};
    EXPECT_EQ(cut_off({allow(kMultiplexer)}, {only_call}), "a");
}

TEST_F(Admission, CountsTheFirstRuleThatFitsWithinAPolicy) {
    EXPECT_EQ(cut_off({allow(kMultiplexer)}, {deny(kMultiplexer), allow(kMultiplexer)}), "a");
    EXPECT_EQ(cut_off({allow(kMultiplexer)}, {allow(kMultiplexer), deny(kMultiplexer)}), "");
}

TEST_F(Admission, LetsADenyOfOnePolicyBeatEveryAllowOfOthers) {
    auto after = policies({allow(kMultiplexer)});
    after.push_back(policies({deny(kMultiplexer, "set")}).front());
    EXPECT_EQ(locked_out(desired_, observed_, tools_, policies({allow(kMultiplexer)}), after), "a");
}

TEST_F(Admission, NeedsARuleAboutAllToolsWhereNoneWasSeen) {
    tools_.clear();
    EXPECT_EQ(cut_off({allow(kMultiplexer)}, {allow(kMultiplexer, "get")}), "a");
    EXPECT_EQ(cut_off({allow(kMultiplexer)}, {allow(kMultiplexer)}), "");
}

TEST_F(Admission, FitsNothingByAConditionThatCompiledRulesDoNotHave) {
    auto strange = allow(kMultiplexer);
    strange.resource.push_back(is("attributes.color", "blue"));
    EXPECT_EQ(cut_off({allow(kMultiplexer)}, {strange}), "a");
}

TEST_F(Admission, MissesNothingWhereNothingEnforces) {
    run(wanted_block(desired_.fleet, AuthMode::None));
    EXPECT_FALSE(any_enforcing(desired_, observed_));
    EXPECT_EQ(cut_off({allow(kMultiplexer)}, {}), "");
}

TEST_F(Admission, CountsAnOpenServiceThatAsksThePolicyServer) {
    auto block = wanted_block(desired_.fleet, AuthMode::None);
    block["EUNOMIA_TYPE"] = "remote";
    run(block);
    EXPECT_TRUE(any_enforcing(desired_, observed_));
    EXPECT_EQ(cut_off({allow(kMultiplexer)}, {}), "a");
}

}  // namespace
}  // namespace wavegate
