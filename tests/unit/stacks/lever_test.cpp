#include "reconcilers/stacks/lever.hpp"

#include "operator/formats/last_good.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::stacks {
namespace {

StackView stack_with(const std::string& environment, StackEnv env = {}) {
    StackView stack;
    stack.id = 1;
    stack.name = "a-mcp";
    stack.file = std::make_shared<const std::string>(
        "services:\n  a-mcp:\n    image: x\n    environment:\n" + environment);
    stack.env = std::move(env);
    return stack;
}

std::map<std::string, Lever::Wish> wish(const std::string& key, const std::string& value) {
    return {{key, {make_secret(std::string(value)), true}}};
}

TEST(Lever, EditsALiteralInTheFile) {
    const auto stack = stack_with("      - AUTH_TYPE=none # now\n");
    const auto plan = Lever::of(stack, "a-mcp")->plan(wish("AUTH_TYPE", "jwt"), true);
    ASSERT_TRUE(plan.file.has_value());
    EXPECT_THAT(*plan.file, ::testing::HasSubstr("# now"));
    EXPECT_TRUE(plan.env.empty());
}

TEST(Lever, NamesTheLinesThatAFileNeedsWhichMayNotBeChanged) {
    const auto stack = stack_with("      - AUTH_TYPE=none\n");
    const auto plan = Lever::of(stack, "a-mcp")->plan(wish("AUTH_TYPE", "jwt"), false);
    EXPECT_FALSE(plan.file.has_value());
    EXPECT_EQ(plan.obstacle, "NeedsPassThrough");
    EXPECT_THAT(plan.message, ::testing::HasSubstr("- AUTH_TYPE=${AUTH_TYPE}"));
}

TEST(Lever, ChangesTheStacksEnvWhereTheFilePassesThrough) {
    const auto stack =
        stack_with("      - AUTH_TYPE=${MODE:-none}\n", {{"MODE", make_secret("none")}});
    const auto plan = Lever::of(stack, "a-mcp")->plan(wish("AUTH_TYPE", "jwt"), true);
    EXPECT_FALSE(plan.file.has_value());
    ASSERT_EQ(plan.env.size(), 1U);
    EXPECT_EQ(plan.env[0].name, "MODE");
}

TEST(Lever, DoesNothingWhereTheWishIsFulfilled) {
    const auto stack = stack_with("      - AUTH_TYPE=jwt\n");
    const auto plan = Lever::of(stack, "a-mcp")->plan(wish("AUTH_TYPE", "jwt"), true);
    EXPECT_FALSE(plan.file.has_value());
    EXPECT_TRUE(plan.env.empty());
    EXPECT_TRUE(plan.obstacle.empty());
}

TEST(Lever, IsNoneWhereAnotherServiceReadsTheSameVariable) {
    auto stack = stack_with("      - AUTH_TYPE=${MODE}\n");
    stack.file = std::make_shared<const std::string>(
        *stack.file + "  b-mcp:\n    image: x\n    environment:\n      - AUTH_TYPE=${MODE}\n");
    const auto plan = Lever::of(stack, "a-mcp")->plan(wish("AUTH_TYPE", "jwt"), true);
    EXPECT_EQ(plan.obstacle, "NeedsPassThrough");
    EXPECT_THAT(plan.message, ::testing::HasSubstr("AUTH_TYPE=${AUTH_TYPE_A_MCP}"));
    EXPECT_THAT(plan.message, ::testing::HasSubstr("add to service a-mcp in the stack's own file"))
        << "it stands in Portainer, in no repository";
}

TEST(Lever, PutsASecretIntoEnvAndOnlyItsNameIntoTheFile) {
    const auto stack = stack_with("      - PORT=8000\n");
    const std::map<std::string, Lever::Wish> secret{{"API_KEY", {make_secret("hidden"), false}}};
    const auto plan = Lever::of(stack, "a-mcp")->plan(secret, true);
    ASSERT_TRUE(plan.file.has_value());
    EXPECT_THAT(*plan.file, ::testing::HasSubstr("API_KEY=${API_KEY}"));
    EXPECT_THAT(*plan.file, ::testing::Not(::testing::HasSubstr("hidden")));
    ASSERT_EQ(plan.env.size(), 1U);
}

TEST(Lever, TellsWhatTheNextDeploymentWouldRun) {
    const auto stack = stack_with(
        "      - AUTH_TYPE=${AUTH_TYPE}\n      - EUNOMIA_TYPE=remote\n",
        {{"AUTH_TYPE", make_secret("jwt")}});
    const AuthBlock expected{{"AUTH_TYPE", "jwt"}, {"EUNOMIA_TYPE", "remote"}};
    EXPECT_EQ(Lever::of(stack, "a-mcp")->effective_block(agent_utilities_profile()), expected);
}

TEST(LastGood, SurvivesItsWayThroughTheStacksEnv) {
    formats::LastGoods goods;
    goods["a-mcp"] = {{{"AUTH_TYPE", "none"}, {"EUNOMIA_TYPE", "none"}}, "x@sha256:1"};
    const StackEnv env{{"WAVEGATE_LAST_GOOD", formats::write_last_good(goods)}};
    EXPECT_EQ(formats::read_last_good(env), goods);
    EXPECT_EQ(formats::read_last_good({}), formats::LastGoods());
    EXPECT_EQ(
        formats::read_last_good({{"WAVEGATE_LAST_GOOD", make_secret("not ours")}}), std::nullopt);
}

}  // namespace
}  // namespace wavegate::stacks
