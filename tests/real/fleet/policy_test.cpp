#include "tests/real/fleet/whole_fleet.hpp"

#include <gmock/gmock.h>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class PolicyRule : public WholeFleet {};

TEST_F(PolicyRule, OfACommitCountsFromTheNextCallOn) {
    Conversation auditor(site().url("mealie-mcp"), {mint(), "auditor"});
    ASSERT_TRUE(auditor.open());
    ASSERT_THAT(auditor.call("ping"), HasSubstr("Access denied"));

    site().desired().add_rule(
        "{ name: allow-auditor, effect: allow, principals: [ \"agent:auditor\" ],"
        " servers: [ \"*\" ], tools: [ \"*\" ], actions: [ list, execute ] }");
    site().desired().commit("let the auditor in");
    EXPECT_TRUE(until([&] { return auditor.call("ping") == "pong"; }, 60s)) << story();
    EXPECT_THAT(
        Conversation(site().url("mealie-mcp"), {mint(), "stranger"}).call("ping"),
        HasSubstr("Access denied"))
        << "nobody else is let in by it";
}

}  // namespace
}  // namespace wavegate::testing
