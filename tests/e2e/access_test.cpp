// `wavegate access`: what the policy server itself lets whom do, and by which rule.
#include "tests/e2e/fleet.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

struct Access : ::testing::Test {
    Fleet fleet{{{"a-mcp"}, {}}};
    std::string said;

    int ask(std::vector<std::string> words) {
        words.insert(words.begin(), "access");
        const auto asked = fleet.start(words);
        const int code = asked->wait(60s);
        said = asked->output() + asked->errors();
        return code;
    }
    void flip() {
        fleet.ask_for_jwt();
        const auto applied = fleet.start({"apply"});
        ASSERT_EQ(applied->wait(120s), 0) << applied->errors();
    }
};

TEST_F(Access, NamesThePolicyAndTheRuleThatDecide) {
    flip();
    const auto before = fleet.policies();

    EXPECT_EQ(ask({"agent:mcp-multiplexer", "a-mcp"}), 0) << said;
    EXPECT_THAT(said, AllOf(HasSubstr("allow-mux"), HasSubstr(before.front()), HasSubstr("allow")));
    EXPECT_THAT(said, Not(HasSubstr("deny"))) << "of each tool";
    EXPECT_EQ(ask({"agent:unknown", "a-mcp", "any"}), 4) << said;
    EXPECT_THAT(said, AllOf(HasSubstr("deny-unknown"), HasSubstr("deny"), HasSubstr("any")));
    EXPECT_EQ(ask({"claude", "a-mcp"}), 4) << said;
    EXPECT_THAT(said, AllOf(HasSubstr("agent:claude at a-mcp"), HasSubstr("no rule = deny")));

    fleet.happen("policy/allow-all");
    EXPECT_EQ(ask({"claude", "a-mcp"}), 0) << said;
    EXPECT_THAT(said, HasSubstr("mcp-default-policy")) << "as it is now, whatever we want";
    EXPECT_EQ(fleet.policies().size(), before.size() + 1) << "nothing was written";
}

TEST_F(Access, SaysWhereTheAnswerIsWorthNothing) {
    EXPECT_EQ(ask({"claude", "a-mcp", "any"}), 4) << said;
    EXPECT_THAT(said, HasSubstr("runs open")) << "no policy keeps anybody out there";
}

TEST_F(Access, IsADocumentWhenAskedForOne) {
    EXPECT_EQ(ask({"claude", "a-mcp", "any", "-o", "json"}), 4) << said;
    const auto document = json::parse(said).as_object();
    EXPECT_EQ(document.at("principal"), "agent:claude");
    EXPECT_EQ(document.at("auth"), "none");
    EXPECT_FALSE(document.at("granted").as_bool());
    const auto& tool = document.at("tools").as_array().at(0).as_object();
    EXPECT_EQ(tool.at("tool"), "any");
    EXPECT_FALSE(tool.at("call").as_object().at("allowed").as_bool());
}

TEST_F(Access, IsToldByThePlanBeforeItChanges) {
    const auto plan = [&](std::vector<std::string> words) {
        words.insert(words.begin(), "plan");
        const auto planned = fleet.start(words);
        EXPECT_EQ(planned->wait(60s), 2) << planned->errors();
        return planned->output();
    };
    EXPECT_THAT(
        plan({}), HasSubstr("> agent:mcp-multiplexer may now see and call any tool of a-mcp"));
    flip();
    const std::string deny = "    - { name: deny-unknown";
    const std::string allow =
        "    - { name: more, effect: allow, principals: [ \"agent:more\" ] }\n";
    fleet.edit("policies.yaml", deny, allow + deny);
    fleet.commit("one more may");
    EXPECT_THAT(plan({}), HasSubstr("> agent:more may now see and call all tools of a-mcp"));
    const auto document = json::parse(plan({"-o", "json"})).as_object();
    EXPECT_EQ(document.at("rights").as_array().at(0).as_object().at("principal"), "agent:more");
    const auto applied = fleet.start({"apply"});
    ASSERT_EQ(applied->wait(120s), 0) << applied->errors();
    EXPECT_EQ(ask({"more", "a-mcp"}), 0) << said;

    fleet.edit("policies.yaml", allow, "");
    fleet.commit("it may no longer");
    EXPECT_THAT(plan({}), HasSubstr("< agent:more may no longer see and call all tools of a-mcp"));
}

TEST_F(Access, WithoutAnAnswerIsAnErrorAndNoDenial) {
    EXPECT_EQ(ask({"claude", "b-mcp"}), 1);
    EXPECT_THAT(said, AllOf(HasSubstr("b-mcp"), HasSubstr("did you mean a-mcp?")));

    fleet.happen("down/eunomia");
    EXPECT_EQ(ask({"claude", "a-mcp", "any"}), 1) << said;
    EXPECT_THAT(said, HasSubstr("502"));
}

}  // namespace
}  // namespace wavegate::testing
