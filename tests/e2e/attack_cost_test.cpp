// An attacker who may commit: revisions that take long to read, and names that forge lines.
#include "tests/e2e/fleet.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* kForged = "2026-01-01T00:00:00.000Z info  revision f00d is in force";

/// Half a megabyte of keys, each of which is an error, and a thousand names that nobody knows.
std::string expensive() {
    std::string text =
        "apiVersion: wavegate.dev/v1\nkind: McpService\nmetadata: { name: a-mcp }\nspec:\n"
        "  auth: none\n  env:\n";
    for (int i = 0; i < 19'000; ++i) {
        text += fmt::format("    VARIABLE_{:08}_TOKEN: a\n", i);
    }
    for (int i = 0; i < 1'000; ++i) {
        text += fmt::format(
            "---\napiVersion: wavegate.dev/v1\nkind: McpService\n"
            "metadata: {{ name: nobody-{}-mcp }}\nspec: {{ auth: none }}\n",
            i);
    }
    return text;
}

class ExpensiveRevision : public ::testing::Test {
  protected:
    /// The newest revision is seen and refused, and all the while somebody answers.
    void expect_refused(const RunningOperator& running, const std::string& good) {
        ASSERT_TRUE(running.until(
            [&](const json::object& now) {
                EXPECT_EQ(ask("GET", "http://" + running.address() + "/healthz").status, 200);
                return source_text(now, "reason") == "Invalid";
            },
            30s))
            << running.story();
        for (int i = 0; i < 5; ++i) {
            running.look();  // the same bad revision is fetched again each time
        }
        EXPECT_EQ(source_text(running.status(), "revision"), good);
        EXPECT_EQ(text_at(running.status(), "standing"), "Converged");
    }

    Fleet fleet_{{{"a-mcp"}, {}}};
};

TEST_F(ExpensiveRevision, StopsNeitherTheApiNorWhatIsInForce) {
    const RunningOperator running(fleet_);
    ASSERT_TRUE(running.until_standing("Converged", 30s)) << running.story();
    const auto good = source_text(running.status(), "revision");

    write_file(fleet_.repository() + "/many.yaml", expensive());
    fleet_.commit("a change that costs");
    expect_refused(running, good);
    const auto said = running.status().at("source").as_object().at("diagnostics").as_array();
    EXPECT_EQ(said.size(), 201U);
    EXPECT_THAT(
        text_at(said.back().as_object(), "message"), HasSubstr("checking stopped at 200 errors"));

    ASSERT_EQ(running.written("policy"), 1);
    fleet_.happen("policy/wipe");
    running.look();
    EXPECT_EQ(running.written("policy"), 2) << "it is still being reconciled";
}

TEST_F(ExpensiveRevision, ForgesNoLineByANameOrAText) {
    const RunningOperator running(fleet_);
    ASSERT_TRUE(running.until_standing("Converged", 30s)) << running.story();
    const auto good = source_text(running.status(), "revision");

    write_file(
        fleet_.repository() + "/x\n" + kForged + ".yaml",
        fmt::format("kind: \"\\n{}\\n\"\n\"\\n{}\": \"\\e[2J\"\n", kForged, kForged));
    fleet_.commit("a change with lines in its names");
    expect_refused(running, good);

    std::string printed;
    running.command({"rollout", "status"}, &printed);
    std::istringstream lines(printed + running.story());
    for (std::string line; std::getline(lines, line);) {
        EXPECT_THAT(line, Not(AnyOf(StartsWith(kForged), HasSubstr("\x1b"))));
    }
    EXPECT_THAT(running.story(), HasSubstr("\\n" + std::string(kForged)));
}

}  // namespace
}  // namespace wavegate::testing
