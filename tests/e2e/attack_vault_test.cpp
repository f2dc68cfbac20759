// Somebody with the right to commit names a vault of their own, and has the operator log in to it.
#include "tests/e2e/attacker.hpp"
#include "tests/e2e/fleet.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// What the source says of the newest commit: its reason, and all that it found.
std::string said_of_source(const json::object& status) {
    const auto condition = condition_of(status, "SourceReady");
    return text_at(condition, "reason") + ": " + text_at(condition, "message");
}

TEST(AttackVault, GetsNeitherTheOperatorsTokenNorAClientsSecret) {
    Fleet fleet({{"a-mcp"}, {}});
    const Attacker attacker(
        [](const std::string&) { return R"({"auth":{"client_token":"x","lease_duration":60}})"; });
    const RunningOperator running(fleet);
    ASSERT_TRUE(running.until_standing("Converged", 30s)) << running.story();

    const auto good = text_at(running.status().at("source").as_object(), "revision");
    fleet.edit("fleet.yaml", fleet.url("openbao"), attacker.url());
    fleet.edit("fleet.yaml", "tokenRef: \"env:SANDBOX_OPENBAO\"", "jwtLogin: { role: x }");
    fleet.commit("another vault");
    ASSERT_TRUE(running.until(
        [](const json::object& now) {
            return text_at(condition_of(now, "SourceReady"), "status") == "False";
        },
        30s))
        << running.story();
    EXPECT_THAT(said_of_source(running.status()), HasSubstr("operator.yaml"));
    std::string said;
    const auto head = text_at(running.status().at("source").as_object(), "seen");
    EXPECT_NE(running.command({"rollout", "accept", "--revision", head}, &said), 0)
        << "no person's slip lets it in either: " << said;
    running.look();
    running.look();
    EXPECT_THAT(attacker.heard(), IsEmpty());

    EXPECT_EQ(text_at(running.status().at("source").as_object(), "revision"), good);
    fleet.happen("policy/wipe");
    running.look();
    EXPECT_EQ(running.written("policy"), 2) << "the operator still works";
}

TEST(AttackVault, GetsNothingFromAnOperatorThatStartsWithSuchACommit) {
    Fleet fleet({{"a-mcp"}, {}});
    const Attacker attacker;
    fleet.edit("fleet.yaml", fleet.url("openbao"), attacker.url());
    fleet.edit("fleet.yaml", "tokenRef: \"env:SANDBOX_OPENBAO\"", "jwtLogin: { role: x }");
    fleet.commit("another vault");
    const RunningOperator running(fleet);
    ASSERT_TRUE(running.until(
        [](const json::object& now) {
            return text_at(condition_of(now, "SourceReady"), "status") == "False";
        },
        30s));
    EXPECT_THAT(said_of_source(running.status()), HasSubstr("NotAllowed"));
    running.look();
    EXPECT_THAT(attacker.heard(), IsEmpty());
}

}  // namespace
}  // namespace wavegate::testing
