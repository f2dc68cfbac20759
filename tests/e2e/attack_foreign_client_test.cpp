// Somebody who may commit wants the secret of a client that is not the fleet's: an OidcClient
// document of that id would have it copied into a vault entry of their choice.
#include "tests/e2e/fleet.hpp"
#include "tests/support/paths.hpp"

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr const char* kLoot = "mcp-multiplexer/loot";

void commit_loot(const Fleet& fleet, const std::string& client_id) {
    write_file(
        fleet.repository() + "/loot.yaml",
        "apiVersion: wavegate.dev/v1\nkind: OidcClient\nmetadata: { name: loot }\nspec:\n"
        "  clientId: " +
            client_id +
            "\n  audiences: [ agent-services ]\n  secret: { path: mcp-multiplexer/loot }\n");
    fleet.commit("one more client");
}

std::string whole(const Fleet& fleet, const std::string& client_id) {
    return json::serialize(fleet.client(client_id));
}

bool source_is_bad(const json::object& status) {
    return text_at(condition_of(status, "SourceReady"), "status") == "False";
}

TEST(AttackOnAForeignClient, OfTheOperatorItselfIsNoDesiredStateAtAll) {
    Fleet fleet({{"a-mcp"}, {}});
    const auto before = whole(fleet, "wavegate");
    const RunningOperator running(fleet);
    ASSERT_TRUE(running.until_standing("Converged", 60s)) << running.story();
    commit_loot(fleet, "wavegate");
    ASSERT_TRUE(running.until(source_is_bad, 30s)) << running.story();
    EXPECT_THAT(json::serialize(running.status()), HasSubstr("is the operator's own client"));
    std::string said;
    EXPECT_EQ(fleet.run({program_path(), "validate", fleet.repository()}, &said), 1);
    EXPECT_THAT(said, HasSubstr("loot.yaml:5:13: OidcClient/loot: spec.clientId"));
    running.look();
    EXPECT_EQ(whole(fleet, "wavegate"), before);
    EXPECT_EQ(fleet.vault_entry(kLoot), "");

    fleet.happen("policy/wipe");
    running.look();
    EXPECT_EQ(running.written("policy"), 2) << "the operator still works";
}

TEST(AttackOnAForeignClient, OfSomebodyElseIsLeftAloneAndToldWhileTheRolloutGoesOn) {
    Fleet fleet({{"a-mcp"}, {}});
    fleet.add_client(
        {{"clientId", "payroll"},
         {"publicClient", false},
         {"serviceAccountsEnabled", true},
         {"secret", "the-secret-of-payroll"},
         {"redirectUris", json::array{"https://payroll.example/*"}}});
    // Where its secret could be put is allowed: what is asked here is whose client it is.
    fleet.operator_env()["WAVEGATE_CLIENTS"] =
        "mcp-multiplexer@stack:mcp-multiplexer|path:mcp-multiplexer/oidc,"
        "payroll@path:mcp-multiplexer/loot";
    const auto before = whole(fleet, "payroll");
    const RunningOperator running(fleet);
    ASSERT_TRUE(running.until_standing("Converged", 60s)) << running.story();
    commit_loot(fleet, "payroll");
    fleet.ask_for_jwt();
    ASSERT_TRUE(running.until_standing("Awaited", 90s)) << running.story();
    EXPECT_EQ(whole(fleet, "payroll"), before);
    EXPECT_EQ(fleet.vault_entry(kLoot), "");
    std::string said;
    EXPECT_EQ(running.command({"rollout", "status"}, &said), 5);
    EXPECT_THAT(said, HasSubstr("OidcClient/loot"));
    EXPECT_THAT(said, HasSubstr("bears no mark of ours"));
    running.command({"get", "clients", "-o", "wide"}, &said);
    EXPECT_THAT(said, HasSubstr("another clientId"));
    EXPECT_EQ(fleet.knock("a-mcp"), 401) << "and the fleet's own service was flipped meanwhile";
    EXPECT_EQ(running.written("client"), 1) << "the multiplexer's own";
}

}  // namespace
}  // namespace wavegate::testing
