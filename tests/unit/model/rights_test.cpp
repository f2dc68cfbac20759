// Who gains and who loses what when policies change, by the policy server's own rules.
#include "operator/model/rights.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

PolicyCondition in(const std::string& path, const std::vector<std::string>& values) {
    std::string list;
    for (const auto& value : values) {
        list += (list.empty() ? "\"" : ",\"") + value + "\"";
    }
    return {path, "in", "[" + list + "]"};
}

PolicyRule rule(
    PolicyEffect effect,
    const std::vector<std::string>& principals,
    const std::vector<std::string>& tools = {},
    std::vector<std::string> actions = {"list", "execute"}) {
    PolicyRule made;
    made.name = "r";
    made.effect = effect;
    if (!principals.empty()) {
        made.principal = {in("uri", principals)};
    }
    if (!tools.empty()) {
        made.resource = {in("attributes.component_type", {"tools"}), in("attributes.name", tools)};
    }
    made.actions = std::move(actions);
    return made;
}

constexpr auto kAllow = PolicyEffect::Allow;
constexpr auto kDeny = PolicyEffect::Deny;

/// Services a (get, set) and b (get).
struct Rights : ::testing::Test {
    Rights() {
        for (const auto* name : {"a", "b"}) {
            ServiceSpec service;
            service.name = name;
            desired.services.push_back(service);
        }
        tools = {{"a", {"get", "set"}}, {"b", {"get"}}};
    }

    /// "+agent:x a list call get set, all"
    [[nodiscard]] std::vector<std::string> changes(
        const std::vector<PolicyRule>& before,
        const std::vector<PolicyRule>& after) const {
        std::vector<std::string> told;
        for (const auto& each :
             rights_changed(desired, tools, {{"p", "", before}}, {{"p", "", after}})) {
            told.push_back(fmt::format(
                "{}{} {}{}{} {}{}",
                each.gained ? "+" : "-",
                each.principal,
                each.service,
                each.list ? " list" : "",
                each.call ? " call" : "",
                fmt::join(each.tools, " "),
                each.all_tools ? ", all" : ""));
        }
        return told;
    }

    DesiredState desired;
    Tools tools;
};

TEST_F(Rights, AreGainedByWhomARuleLetsIn) {
    EXPECT_THAT(
        changes({}, {rule(kAllow, {"agent:x"})}),
        ElementsAre("+agent:x a list call get set, all", "+agent:x b list call get, all"));
}

TEST_F(Rights, AreOfTheToolsThatTheRuleNamesWhateverServiceItMeant) {
    EXPECT_THAT(
        changes({}, {rule(kAllow, {"agent:x"}, {"get"})}),
        ElementsAre("+agent:x a list call get", "+agent:x b list call get, all"));
}

TEST_F(Rights, AreLostByADenialAndKeptWhereAnAllowComesFirst) {
    const auto all = rule(kAllow, {"agent:x", "agent:y"});
    EXPECT_THAT(
        changes({all}, {rule(kDeny, {"agent:x"}, {"set"}), all}),
        ElementsAre("-agent:x a list call set"));
    EXPECT_THAT(changes({all}, {all, rule(kDeny, {"agent:x"}, {"set"})}), IsEmpty());
}

TEST_F(Rights, OfSeeingAndOfCallingAreTwo) {
    EXPECT_THAT(
        changes({rule(kAllow, {"agent:x"})}, {rule(kAllow, {"agent:x"}, {}, {"list"})}),
        ElementsAre("-agent:x a call get set, all", "-agent:x b call get, all"));
}

TEST_F(Rights, AreGainedByWhomNoRuleNamesWhereARuleIsAboutEverybody) {
    EXPECT_THAT(
        changes({rule(kAllow, {"agent:x"})}, {rule(kAllow, {})}),
        ElementsAre("+* a list call get set, all", "+* b list call get, all"));
}

TEST_F(Rights, AreAskedOfAnyToolWhereNoneIsKnown) {
    tools.clear();
    EXPECT_THAT(
        changes({}, {rule(kAllow, {"agent:x"})}),
        ElementsAre("+agent:x a list call , all", "+agent:x b list call , all"));
    EXPECT_THAT(changes({}, {rule(kAllow, {"agent:x"}, {"get"})}), IsEmpty());
}

TEST_F(Rights, AreThoseOfThePoliciesOnceEveryEditIsWritten) {
    const Policy old{"old", "", {rule(kAllow, {"agent:x"})}};
    const Policy fresh{"new", "", {rule(kAllow, {"agent:y"})}};
    std::vector<Edit> edits(2);
    edits[0].body = PolicyEdit{PolicyEdit::Verb::Create, "p", fresh};
    edits[1].body = PolicyEdit{PolicyEdit::Verb::Delete, "p", old};
    const auto after = policies_after({old}, edits);
    ASSERT_EQ(after.size(), 1U);
    EXPECT_EQ(after.front(), fresh);
}

}  // namespace
}  // namespace wavegate
