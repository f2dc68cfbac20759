#include "tests/contract/mcp/multiplexer_backend.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

// The multiplexer as the operator meets it: what it carries, what it hides, when it gives a child
// up, and what ends that.
namespace wavegate::contract {
namespace {

using std::chrono::seconds;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr auto* kRejected = "validation errors for call[web_search]";

TEST_P(MultiplexerContract, CarriesItsMintedTokenAndItsPrincipalAndDropsIsError) {
    allow("agent:mcp-multiplexer");
    start(policed(enforcing()), outbound());
    EXPECT_THAT(view().tools, Contains("sear__web_search"));
    EXPECT_THAT(view().tools, Contains("open__sys"));
    EXPECT_EQ(view().children.at("searxng-mcp").state, "up");
    const auto answer = search();
    ASSERT_TRUE(answer);
    EXPECT_THAT(answer->text, HasSubstr(kRejected));
    EXPECT_FALSE(answer->is_error) << "the child's own isError was true";

    // A denial comes as success too, and so does a policy server that is gone.
    allow("agent:somebody");
    const auto denied = search();
    ASSERT_TRUE(denied);
    EXPECT_THAT(denied->text, StartsWith("Internal error: Access denied: "));
    EXPECT_FALSE(denied->is_error);
    backend_->serve_policies(false);
    const auto dark = search();
    backend_->serve_policies(true);
    ASSERT_TRUE(dark);
    EXPECT_THAT(dark->text, HasSubstr("[Errno 111]"));
}

TEST_P(MultiplexerContract, AChildRedeployedWhileNobodyCalledAnswersAgain) {
    start(open(), outbound());
    ASSERT_THAT(search()->text, HasSubstr(kRejected));
    backend_->run_child("searxng-mcp", enforcing());
    EXPECT_THAT(search()->text, HasSubstr(kRejected));
    EXPECT_EQ(view().children.at("searxng-mcp").state, "up");
}

TEST_P(MultiplexerContract, ARefusedTokenHangsThenParksTheChildUntilARestart) {
    auto without_token = outbound();
    without_token["MCP_CLIENT_AUTH"] = "";
    start(open(), without_token);
    ASSERT_THAT(search()->text, HasSubstr(kRejected));

    backend_->run_child("searxng-mcp", enforcing());
    const auto before = backend_->driver().clock().now().mono;
    EXPECT_THAT(search()->text, StartsWith("MCPChildCallTimeoutError: Tool 'web_search'"));
    EXPECT_GE(backend_->driver().clock().now().mono - before, seconds(12));
    EXPECT_THAT(search_until("FAILED"), HasSubstr("is marked FAILED after 5 restarts"));
    const auto parked = view().children.at("searxng-mcp");
    EXPECT_EQ(parked.state, "failed");
    EXPECT_EQ(parked.breaker, "closed");

    backend_->run_child("searxng-mcp", open());
    EXPECT_THAT(search()->text, HasSubstr("FAILED")) << "healthy again, and still given up";
    backend_->run_multiplexer(without_token);
    EXPECT_THAT(search()->text, HasSubstr(kRejected));
}

TEST_P(MultiplexerContract, AChildThatWasAwayAtBootStaysAbsent) {
    backend_->stop_child("searxng-mcp");
    backend_->run_child("openbao-mcp", open());
    backend_->run_multiplexer(outbound());
    backend_->run_child("searxng-mcp", open());
    EXPECT_EQ(search().error().kind(), ErrorKind::NotFound);
    EXPECT_FALSE(view().children.contains("searxng-mcp"));
    EXPECT_THAT(view().tools, Contains("open__sys"));
    backend_->run_multiplexer(outbound());
    EXPECT_THAT(search()->text, HasSubstr(kRejected));
}

TEST_P(MultiplexerContract, WithoutItsPrincipalsRuleAChildListsNothingAndIsUp) {
    allow("agent:somebody");
    start(policed(enforcing()), outbound());
    EXPECT_EQ(search().error().kind(), ErrorKind::NotFound);
    EXPECT_EQ(view().children.at("searxng-mcp").state, "up");
}

TEST_P(MultiplexerContract, DynamicModeLoadsAChildAndCallsItInOneSession) {
    allow("agent:mcp-multiplexer");
    start(policed(enforcing()), outbound(true));
    const auto answer = search(true);
    ASSERT_TRUE(answer);
    EXPECT_THAT(answer->text, HasSubstr(kRejected));
    const auto seen = view({"searxng-mcp"});
    EXPECT_THAT(seen.tools, Contains("sear__web_search"));
    EXPECT_TRUE(seen.failed.empty());
    EXPECT_EQ(seen.children.at("searxng-mcp").state, "up");
}

TEST_P(MultiplexerContract, DynamicModeNamesARefusedTokenAndAChildThatIsAway) {
    auto without_token = outbound(true);
    without_token["MCP_CLIENT_AUTH"] = "";
    start(enforcing(), without_token);
    EXPECT_EQ(search(true).error().kind(), ErrorKind::NotFound);
    EXPECT_THAT(view({"searxng-mcp"}).failed.at("searxng-mcp"), HasSubstr("'401 Unauthorized'"));
    backend_->stop_child("openbao-mcp");
    EXPECT_TRUE(view({"openbao-mcp"}).failed.contains("openbao-mcp"));
}

TEST_P(MultiplexerContract, DynamicModeMountsAChildThatListsNothing) {
    allow("agent:somebody");
    start(policed(enforcing()), outbound(true));
    EXPECT_EQ(search(true).error().kind(), ErrorKind::NotFound);
    const auto seen = view({"searxng-mcp"});
    EXPECT_TRUE(seen.failed.empty());
    EXPECT_EQ(seen.children.at("searxng-mcp").state, "up");
}

}  // namespace
}  // namespace wavegate::contract
