#include "reconcilers/stacks/lever.hpp"
#include "tests/support/paths.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace wavegate::stacks {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// A stack that is deployed from one of the files in tests/recorded/compose.
StackView stack_of(const std::string& file, StackEnv env = {}) {
    const auto path = testing::source_path("tests/recorded/compose/" + file);
    std::ifstream in(path);
    StackView stack;
    stack.id = 1;
    stack.name = "stack";
    stack.file = std::make_shared<const std::string>(
        std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    EXPECT_THAT(*stack.file, ::testing::Not(IsEmpty())) << path;
    stack.env = std::move(env);
    return stack;
}

Lever::Plan plan(
    const StackView& stack,
    const std::string& service,
    const std::string& key,
    const char* value) {
    auto lever = Lever::of(stack, service);
    EXPECT_TRUE(lever) << lever.error().message();
    const auto wished = value == nullptr ? nullptr : make_secret(std::string(value));
    return lever->plan({{key, {wished, true}}}, true);
}

void expect_no_lever(const std::string& file, const std::string& service) {
    const auto stack = stack_of(file);
    const auto found = plan(stack, service, "AUTH_TYPE", "jwt");

    EXPECT_EQ(found.obstacle, "NeedsPassThrough") << file;
    EXPECT_THAT(found.message, HasSubstr("AUTH_TYPE is read in another place too")) << file;
    EXPECT_FALSE(found.file) << file;
}

TEST(ComposeCases, AVariableThatTwoServicesReadThroughYamlSharingIsNoLever) {
    expect_no_lever("c07-anchor-shared-passthrough.yml", "a");
    expect_no_lever("c07-anchor-shared-passthrough.yml", "b");
    expect_no_lever("c08-anchor-whole-env.yml", "a");
    expect_no_lever("c08-anchor-whole-env.yml", "b");
    expect_no_lever("e01-shared-anchor.yml", "searxng-mcp");
    expect_no_lever("e01b-shared-alias.yml", "searxng-mcp");
    expect_no_lever("e01b-shared-alias.yml", "second-mcp");
}

TEST(ComposeCases, OwnNamesAreProposedInTheFormOfTheFile) {
    const auto map = stack_of("e01-shared-anchor.yml");
    EXPECT_THAT(
        plan(map, "searxng-mcp", "AUTH_TYPE", "jwt").message,
        HasSubstr(": AUTH_TYPE: ${AUTH_TYPE_SEARXNG_MCP}"));
    const auto list = stack_of("e01b-shared-alias.yml");
    EXPECT_THAT(
        plan(list, "second-mcp", "AUTH_TYPE", "jwt").message,
        HasSubstr(": - AUTH_TYPE=${AUTH_TYPE_SECOND_MCP}"));
}

TEST(ComposeCases, ACommentIsNoUseOfAVariable) {
    const std::pair<const char*, const char*> cases[] = {
        {"c20-comment-refs.yml", "app"}, {"e02-comment.yml", "documentdb-mcp"}};
    for (const auto& [file, service] : cases) {
        const auto stack = stack_of(file);
        const auto found = plan(stack, service, "AUTH_TYPE", "jwt");

        EXPECT_THAT(found.obstacle, IsEmpty()) << file << found.message;
        EXPECT_THAT(found.env, SizeIs(1)) << file;
        EXPECT_FALSE(found.file) << file;
    }
}

TEST(ComposeCases, WhatComesThroughAMergeKeyIsNotRemovedInSilence) {
    const auto stack = stack_of("c31-service-merge-remove.yml");
    const auto found = plan(stack, "app", "AUTH_TYPE", nullptr);

    EXPECT_EQ(found.obstacle, "UneditableCompose");
    EXPECT_THAT(found.message, HasSubstr("line 4: AUTH_TYPE comes in through"));
}

TEST(ComposeCases, JsonStaysJson) {
    const auto stack = stack_of("c33-json.yml");
    const auto found = plan(stack, "app", "AUTH_TYPE", "jwt");

    ASSERT_TRUE(found.file) << found.message;
    EXPECT_THAT(*found.file, HasSubstr(R"({ "AUTH_TYPE": "jwt", "PORT": "8000" })"));
}

TEST(ComposeCases, AnUnquotedNumberCountsAsDockerRunsIt) {
    const auto stack = stack_of("c01-version.yml");

    EXPECT_THAT(plan(stack, "app", "API_VERSION", "3.1").file, std::nullopt);
    const auto found = plan(stack, "app", "API_VERSION", "3.10");
    ASSERT_TRUE(found.file) << found.message;
    EXPECT_THAT(*found.file, HasSubstr("API_VERSION: \"3.10\""));
}

}  // namespace
}  // namespace wavegate::stacks
