#include "tests/contract/mcp/backend.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>

// What a service answers to the probes, by its auth block. Tests stand in the order of the blocks,
// because a real service takes seconds to start with another one.
namespace wavegate::contract {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr auto* kRejectProbe = R"({"__wavegate_probe__":true})";

TEST_P(McpServices, AnOpenServiceAnswersABarePostAsAnMcpServer) {
    run(open());
    for (const bool garbage : {false, true}) {
        const auto answer = knock(garbage);
        EXPECT_EQ(answer.status, 400);
        EXPECT_TRUE(answer.mcp_answer);
        EXPECT_FALSE(answer.bearer_challenge);
    }
}

TEST_P(McpServices, AnOpenServiceListsItsToolsToAnybody) {
    run(open());
    const auto listing = list();
    ASSERT_TRUE(listing);
    EXPECT_EQ(listing->server_name, GetParam().server);
    EXPECT_EQ(listing->protocol_version, "2025-06-18");
    const auto& tools = listing->tools;
    const auto found = std::find_if(tools.begin(), tools.end(), [](const McpTool& tool) {
        return tool.name == GetParam().tool;
    });
    ASSERT_NE(found, tools.end());
    EXPECT_TRUE(found->has_required);
    EXPECT_TRUE(list("no token at all"));
}

TEST_P(McpServices, TheRejectProbeNamesTheToolAndRunsNothing) {
    run(open());
    const auto answer = call(kRejectProbe);
    EXPECT_TRUE(answer.is_error);
    EXPECT_THAT(answer.text, HasSubstr("validation errors for call[" + GetParam().tool + "]"));
    EXPECT_THAT(answer.text, HasSubstr("Unexpected keyword argument"));
}

TEST_P(McpServices, HealthNeedsNoTokenInEitherMode) {
    mcp::Client client(backend_->transport());
    for (const auto& env : {open(), enforcing()}) {
        run(env);
        for (const auto* path : {"/health", "/metrics"}) {
            const auto url = url_.substr(0, url_.size() - 4) + path;
            EXPECT_EQ(backend_->driver().run(client.health(url)).value(), 200) << path;
        }
    }
}

TEST_P(McpServices, AnEnforcingServiceRefusesABarePostAndGarbageWithItsVerifiersMarks) {
    run(enforcing());
    const auto bare = knock();
    EXPECT_EQ(bare.status, 401);
    EXPECT_TRUE(bare.bearer_challenge);
    EXPECT_FALSE(bare.mcp_answer);
    EXPECT_EQ(bare.empty, !GetParam().challenge_json);
    const auto garbage = knock(true);
    EXPECT_EQ(garbage.status, 401);
    EXPECT_TRUE(garbage.bearer_challenge);
    EXPECT_TRUE(garbage.invalid_token_json);
}

TEST_P(McpServices, ATokenMintedForItGetsTheTools) {
    run(enforcing());
    const auto listing = list(token());
    ASSERT_TRUE(listing);
    EXPECT_FALSE(listing->tools.empty());
    EXPECT_THAT(call(kRejectProbe, token()).text, HasSubstr("Unexpected keyword argument"));
}

TEST_P(McpServices, EveryOtherTokenIsRefusedAlike) {
    run(enforcing());
    ASSERT_TRUE(list(token()));
    auto& tokens = backend_->tokens();
    EXPECT_EQ(list().error().kind(), ErrorKind::Denied);
    EXPECT_EQ(list(tokens.for_another_audience()).error().kind(), ErrorKind::Denied);
    EXPECT_EQ(list(tokens.expired()).error().kind(), ErrorKind::Denied);
    EXPECT_EQ(list(tokens.of_another_issuer()).error().kind(), ErrorKind::Denied);
    EXPECT_EQ(list(tokens.forged()).error().kind(), ErrorKind::Denied);
    auto cut = token();
    cut.resize(cut.size() - 10);
    EXPECT_EQ(list(cut).error().kind(), ErrorKind::Denied);
    EXPECT_TRUE(list(token()));
}

TEST_P(McpServices, AKnownKeySurvivesAnOutageOfTheJwks) {
    run(enforcing_afar());
    ASSERT_TRUE(list(token()));
    backend_->serve_jwks(false);
    EXPECT_TRUE(list(token()));
    backend_->serve_jwks(true);
}

TEST_P(McpServices, ThePrincipalComesByHeaderWhateverTheTokenSays) {
    allow_multiplexer();
    run(policed(enforcing()));
    EXPECT_FALSE(list(token(), "mcp-multiplexer")->tools.empty());
    EXPECT_TRUE(list(token())->tools.empty());
    EXPECT_TRUE(list(token(), "somebody")->tools.empty());
    const auto allowed = call(kRejectProbe, token(), "mcp-multiplexer");
    EXPECT_THAT(allowed.text, HasSubstr("Unexpected keyword argument"));
}

TEST_P(McpServices, ADenialIsAnErrorOfTheToolThatNamesTheRule) {
    run(policed(enforcing()));
    backend_->set_policy(one_rule(
        "baseline",
        "deny-unknown",
        "deny",
        in_list("attributes.agent_id", "unknown"),
        boost::json::array(),
        both_actions()));
    const auto denied = call(kRejectProbe, token());
    EXPECT_TRUE(denied.is_error);
    EXPECT_EQ(
        denied.text,
        GetParam().dress + "Access denied: Rule deny-unknown denied the action in policy baseline");
    EXPECT_EQ(
        call(kRejectProbe, token(), "named").text,
        GetParam().dress + "Access denied: Action denied by default effect");
}

TEST_P(McpServices, APolicyCountsOnTheNextCall) {
    run(policed(enforcing()));
    allow_multiplexer();
    const auto probe = [&] { return call(kRejectProbe, token(), "mcp-multiplexer").text; };
    EXPECT_THAT(probe(), HasSubstr("Unexpected keyword argument"));
    backend_->set_policy(one_rule(
        "other", "r", "allow", in_list("uri", "agent:x"), boost::json::array(), both_actions()));
    EXPECT_THAT(probe(), StartsWith(GetParam().dress + "Access denied: "));
    allow_multiplexer();
    EXPECT_THAT(probe(), HasSubstr("Unexpected keyword argument"));
}

TEST_P(McpServices, ADeadPolicyServerIsNotTheServicesFault) {
    run(policed(enforcing()));
    backend_->serve_policies(false);
    const auto listing = list(token(), "mcp-multiplexer");
    const auto called = call(kRejectProbe, token(), "mcp-multiplexer");
    backend_->serve_policies(true);
    ASSERT_FALSE(listing);
    EXPECT_EQ(listing.error().kind(), ErrorKind::Unavailable);
    EXPECT_EQ(listing.error().status(), 200);
    EXPECT_TRUE(called.is_error);
    EXPECT_EQ(called.text, GetParam().dress + "[Errno 111] Connection refused");
}

TEST_P(McpServicesByToken, ALaterGenerationBelievesTheTokenAlone) {
    allow_multiplexer();
    auto env = policed(enforcing());
    env["PRINCIPAL"] = "jwt";
    run(env);
    EXPECT_FALSE(list(token())->tools.empty());
    EXPECT_FALSE(list(token(), "somebody-else")->tools.empty());
    backend_->set_policy(one_rule(
        "other", "r", "allow", in_list("uri", "agent:x"), boost::json::array(), both_actions()));
    EXPECT_TRUE(list(token(), "x")->tools.empty());
}

TEST_P(McpServices, AnOpenServiceThatAsksThePolicyServerListsNothingToStrangers) {
    allow_multiplexer();
    run(policed(open()));
    EXPECT_TRUE(list()->tools.empty());
    EXPECT_FALSE(list({}, "mcp-multiplexer")->tools.empty());
}

TEST_P(McpServices, ADeadJwksLooksLikeABadTokenUntilItIsAskedAgain) {
    backend_->stop();
    backend_->serve_jwks(false);
    run(enforcing_afar());
    const auto down = list(token());
    ASSERT_FALSE(down);
    EXPECT_EQ(down.error().status(), 401);
    backend_->serve_jwks(true);
    const auto again = list(token());
    EXPECT_EQ(again ? 200 : again.error().status(), GetParam().jwks_lock ? 401 : 200);
    if (GetParam().jwks_lock) {
        pass(seconds(31));
        EXPECT_TRUE(list(token()));
    }
}

TEST_P(McpServicesOfTheFleet, HalfAnAuthBlockIsNoStart) {
    auto half = enforcing();
    half.erase("FASTMCP_SERVER_AUTH_JWT_JWKS_URI");
    EXPECT_TRUE(backend_->refuses(half));
    half = enforcing();
    half.erase("FASTMCP_SERVER_AUTH_JWT_AUDIENCE");
    EXPECT_TRUE(backend_->refuses(half));
}

TEST_P(McpServices, AMisspeltAuthTypeIsOpen) {
    auto env = enforcing();
    env["AUTH_TYPE"] = "JWT";
    run(env);
    EXPECT_EQ(knock().status, 400);
    EXPECT_TRUE(list());
}

}  // namespace
}  // namespace wavegate::contract
