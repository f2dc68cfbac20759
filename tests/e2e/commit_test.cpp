#include "tests/e2e/fleet.hpp"
#include "tests/support/paths.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::HasSubstr;

bool source_is(const json::object& status, const std::string& truth) {
    return text_at(condition_of(status, "SourceReady"), "status") == truth;
}

TEST(BadCommit, IsNamedByValidateWithFileAndLine) {
    const Fleet fleet({{"a-mcp"}, {}});
    fleet.edit("services.yaml", "wave: all", "wave: al");
    std::string said;
    EXPECT_EQ(fleet.run({program_path(), "validate", fleet.repository()}, &said), 1);
    EXPECT_THAT(said, HasSubstr("services.yaml:"));
    EXPECT_THAT(said, HasSubstr("all")) << "the nearest name is suggested";
}

TEST(BadCommit, LeavesTheLastGoodStateInForceAndReconciledUntilAGoodOneComes) {
    Fleet fleet({{"a-mcp"}, {}});
    const RunningOperator running(fleet);
    ASSERT_TRUE(running.until_standing("Converged", 30s)) << running.story();
    const auto good = text_at(running.status().at("source").as_object(), "revision");

    fleet.edit("services.yaml", "wave: all", "wave: al");
    fleet.commit("a slip of the hand");
    ASSERT_TRUE(running.until([](const json::object& now) { return source_is(now, "False"); }, 30s))
        << running.story();
    const auto source = running.status().at("source").as_object();
    EXPECT_EQ(text_at(source, "revision"), good);
    const auto& diagnostic = source.at("diagnostics").as_array().at(0).as_object();
    EXPECT_EQ(text_at(diagnostic, "file"), "services.yaml");
    EXPECT_GT(diagnostic.at("line").to_number<int>(), 1);

    ASSERT_EQ(running.written("policy"), 1);
    fleet.happen("policy/wipe");
    running.look();
    EXPECT_EQ(running.written("policy"), 2) << "it is still being reconciled";
    EXPECT_THAT(fleet.policies(), Contains(HasSubstr("multiplexer-baseline")));

    fleet.edit("services.yaml", "wave: al", "wave: all");
    fleet.ask_for_jwt();
    ASSERT_TRUE(running.until([](const json::object& now) { return source_is(now, "True"); }, 30s));
    ASSERT_TRUE(running.until_standing("Converged", 90s)) << running.story();
    EXPECT_EQ(fleet.knock("a-mcp"), 401);
}

}  // namespace
}  // namespace wavegate::testing
