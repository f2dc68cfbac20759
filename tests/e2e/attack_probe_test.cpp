// Somebody with the right to commit has a service probed that is theirs: the token of a probe
// would open the whole fleet.
#include "tests/e2e/attacker.hpp"
#include "tests/e2e/fleet.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(AttackProbe, OfAServiceElsewhereIsNotSent) {
    Fleet fleet({{"a-mcp", "b-mcp"}, {}});
    const Attacker attacker;
    const RunningOperator running(fleet);
    ASSERT_TRUE(running.until_standing("Converged", 30s)) << running.story();

    const auto document = read_file(fleet.repository() + "/services.yaml");
    fleet.edit(
        "services.yaml",
        "metadata: { name: a-mcp }\nspec:\n  auth: none\n",
        "metadata: { name: a-mcp }\nspec:\n  auth: jwt\n  url: \"" + attacker.url("a-mcp") +
            "/mcp\"\n");
    fleet.commit("another address");
    ASSERT_TRUE(running.until(
        [](const json::object& now) {
            return text_at(condition_of(now, "SourceReady"), "reason") == "NotAllowed";
        },
        30s))
        << running.story();
    const auto source = running.status().at("source").as_object();
    const auto& diagnostic = source.at("diagnostics").as_array().at(0).as_object();
    EXPECT_EQ(text_at(diagnostic, "file"), "services.yaml");
    EXPECT_THAT(text_at(diagnostic, "message"), HasSubstr("probes"));
    running.look();
    EXPECT_THAT(attacker.heard(), IsEmpty());

    write_file(fleet.repository() + "/services.yaml", document);
    fleet.ask_for_jwt();
    EXPECT_TRUE(
        running.until([&](const json::object&) { return fleet.knock("a-mcp") == 401; }, 60s))
        << "the operator still works: " << running.story();
}

}  // namespace
}  // namespace wavegate::testing
