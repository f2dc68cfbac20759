#include "operator/backends/mcp/names.hpp"
#include "operator/sandbox/multiplexer/names.hpp"
#include "tests/contract/mcp/fleet.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr auto* kProbe = R"({"__wavegate_probe__":true})";

class Through : public ::testing::Test {
  protected:
    Through()
        : searxng_(fleet_.add("searxng-mcp", {"web_search"})),
          openbao_(fleet_.add("openbao-mcp", {"openbao_mcp_sys", "status"})),
          multiplexer_(fleet_.add_multiplexer({"searxng-mcp", "openbao-mcp"})) {
        fleet_.allow_multiplexer();
    }

    void start(const sandbox::Env& services, const sandbox::Env& multiplexer = {}) {
        fleet_.run("searxng-mcp", services);
        fleet_.run("openbao-mcp", services);
        fleet_.run_multiplexer(multiplexer);
    }
    Result<McpCallAnswer> search(const std::string& arguments = R"({"action":"get"})") {
        return fleet_.call("searxng-mcp", "web_search", arguments, dynamic_);
    }
    std::string state(const std::string& child) {
        std::vector<std::string> load;
        if (dynamic_) {
            load.push_back(child);
        }
        return fleet_.view(load)->children.at(child).state;
    }

    bool dynamic_ = false;
    Fleet fleet_;
    sandbox::Behaviour& searxng_;
    sandbox::Behaviour& openbao_;
    sandbox::MultiplexerBehaviour& multiplexer_;
};

TEST_F(Through, CarriesItsMintedTokenAndItsPrincipalToAChild) {
    start(policed_env(jwt_env()));
    const auto answer = search();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->text, "done");
    EXPECT_FALSE(answer->is_error);
    EXPECT_EQ(fleet_.programs.tool_runs("searxng-mcp_searxng-mcp"), 1U);
}

TEST_F(Through, TheRejectProbeProvesTheWayAndRunsNothing) {
    start(policed_env(jwt_env()));
    const auto answer = search(kProbe);
    ASSERT_TRUE(answer);
    EXPECT_THAT(answer->text, HasSubstr("2 validation errors for call[web_search]"));
    EXPECT_THAT(answer->text, HasSubstr("Unexpected keyword argument"));
    EXPECT_EQ(fleet_.programs.tool_runs("searxng-mcp_searxng-mcp"), 0U);
}

TEST_F(Through, AnOpenApiToolRunsTheRejectProbe) {
    searxng_.ignores_unknown_arguments = true;
    start({});
    EXPECT_EQ(search(kProbe)->text, "done");
    EXPECT_EQ(fleet_.programs.tool_runs("searxng-mcp_searxng-mcp"), 1U);
}

TEST_F(Through, FindsAToolWhoseNameHoldsItsServers) {
    start({});
    EXPECT_TRUE(fleet_.call("openbao-mcp", "openbao_mcp_sys"));
    EXPECT_THAT(fleet_.view()->tools, ::testing::Contains("open__sys"));
}

TEST_F(Through, TakesNoOtherChildsToolOfTheSameName) {
    fleet_.add("flip-mcp", {"status"});
    start({});
    EXPECT_TRUE(fleet_.call("openbao-mcp", "status"));
    const auto absent = fleet_.call("flip-mcp", "status");
    ASSERT_FALSE(absent);
    EXPECT_EQ(absent.error().kind(), ErrorKind::NotFound);
}

TEST_F(Through, TellsAToolThatIsHiddenFromAChildThatIsLost) {
    start({});
    ASSERT_TRUE(search());
    const auto hidden = fleet_.call("searxng-mcp", "a_tool_that_is_not_shown");
    ASSERT_FALSE(hidden);
    EXPECT_EQ(hidden.error().kind(), ErrorKind::Invalid);
}

TEST_F(Through, SettlesAClashOfPrefixesByTheChildrensNames) {
    fleet_.add("archibald-mcp", {"status"});
    fleet_.add("archivebox-api", {"status"}).upstream = sandbox::Upstream::IsError;
    fleet_.add_multiplexer({"archibald-mcp", "archivebox-api"}).wire.rate.reset();
    fleet_.run("archibald-mcp", {});
    fleet_.run("archivebox-api", {});
    fleet_.run_multiplexer();
    EXPECT_THAT(fleet_.view()->tools, ::testing::IsSupersetOf({"arch__status", "archi__status"}));
    EXPECT_EQ(fleet_.call("archibald-mcp", "status")->text, "done");
    EXPECT_THAT(fleet_.call("archivebox-api", "status")->text, HasSubstr("503"));
}

TEST_F(Through, ADenialAndAnErrorComeAsSuccess) {
    start(policed_env({}));
    fleet_.policies.wipe();
    const auto denied = search();
    EXPECT_FALSE(denied->is_error);
    EXPECT_THAT(denied->text, StartsWith("Internal error: Access denied: "));

    fleet_.allow_multiplexer();
    searxng_.upstream = sandbox::Upstream::IsError;
    EXPECT_FALSE(search()->is_error);
    EXPECT_EQ(search()->text, "Internal error: upstream API answered 503");
    multiplexer_.drops_is_error = false;
    EXPECT_TRUE(search()->is_error);
}

TEST_F(Through, ADeadPolicyServerShowsInTheText) {
    start(policed_env({}));
    fleet_.transport.remove("eunomia.arpa");
    EXPECT_THAT(search()->text, HasSubstr("[Errno 111]"));
}

TEST_F(Through, WithoutAPrincipalAChildThatWasMountedDenies) {
    start({});
    multiplexer_.children.front().agent_id.clear();
    fleet_.run("searxng-mcp", policed_env(jwt_env()));
    fleet_.run_multiplexer();
    EXPECT_EQ(search().error().kind(), ErrorKind::NotFound);
    EXPECT_EQ(state("searxng-mcp"), "up");
}

TEST_F(Through, ARefusedTokenHangsThenParksTheChildUntilARestart) {
    start({}, {{"MCP_CLIENT_AUTH", ""}});
    ASSERT_TRUE(search());
    fleet_.run("searxng-mcp", jwt_env());
    const auto before = fleet_.sim.clock.now().mono;
    EXPECT_THAT(search()->text, StartsWith("MCPChildCallTimeoutError: Tool 'web_search'"));
    EXPECT_EQ(fleet_.sim.clock.now().mono - before, seconds(12));
    fleet_.sim.advance(seconds(10));
    EXPECT_THAT(search()->text, HasSubstr("is marked FAILED after 5 restarts"));
    EXPECT_EQ(state("searxng-mcp"), "failed");
    EXPECT_EQ(fleet_.view()->children.at("searxng-mcp").breaker, "closed");

    fleet_.sim.advance(minutes(20));
    fleet_.run("searxng-mcp", {});
    EXPECT_THAT(search()->text, HasSubstr("FAILED"));
    fleet_.run_multiplexer();
    EXPECT_EQ(search()->text, "done");
}

TEST_F(Through, AWrongSecretIsNoTokenAndARestartMakesTheChildAbsent) {
    start(jwt_env());
    ASSERT_TRUE(search());
    fleet_.issuer.refuses = true;
    EXPECT_EQ(search()->text, "done");  // the token in hand still counts
    fleet_.run_multiplexer();
    EXPECT_EQ(search().error().kind(), ErrorKind::NotFound);
    EXPECT_FALSE(fleet_.view()->children.contains("searxng-mcp"));
}

TEST_F(Through, AChildRedeployedWhileNobodyCalledAnswersAtOnce) {
    start({});
    ASSERT_TRUE(search());
    fleet_.run("searxng-mcp", jwt_env());
    EXPECT_EQ(search()->text, "done");
    EXPECT_EQ(state("searxng-mcp"), "up");
}

TEST_F(Through, AChildThatComesBackInTimeIsReconnected) {
    start({});
    fleet_.stop("searxng-mcp");
    EXPECT_THAT(search()->text, StartsWith("MCPChildCallTimeoutError"));
    EXPECT_EQ(state("searxng-mcp"), "restarting");
    fleet_.run("searxng-mcp", {});
    EXPECT_EQ(search()->text, "done");
}

TEST_F(Through, AChildThatWasAwayAtBootStaysAbsent) {
    fleet_.run("openbao-mcp", {});
    fleet_.run_multiplexer();
    fleet_.run("searxng-mcp", {});
    EXPECT_EQ(search().error().kind(), ErrorKind::NotFound);
    EXPECT_TRUE(fleet_.call("openbao-mcp", "status"));
    fleet_.run_multiplexer();
    EXPECT_TRUE(search());
}

TEST_F(Through, TheTokenIsRenewedUnlessTheMultiplexerFreezesIt) {
    fleet_.issuer.life = minutes(2);
    start(jwt_env());
    fleet_.sim.advance(minutes(10));
    EXPECT_EQ(search()->text, "done");

    multiplexer_.freezes_token = true;
    fleet_.run_multiplexer();
    EXPECT_EQ(search()->text, "done");
    fleet_.sim.advance(minutes(3));
    EXPECT_THAT(search()->text, StartsWith("MCPChildCallTimeoutError"));
}

TEST_F(Through, AHangTakesFiveMinutesByDefault) {
    multiplexer_.children.front().timeout = sandbox::ChildDouble{}.timeout;
    start({});
    fleet_.stop("searxng-mcp");
    const auto before = fleet_.sim.clock.now().mono;
    EXPECT_THAT(search()->text, HasSubstr("did not answer within 300.0s"));
    EXPECT_EQ(fleet_.sim.clock.now().mono - before, minutes(5));
}

TEST_F(Through, AMultiplexerThatChecksItsCallersNeedsABearer) {
    auto inbound = jwt_env();
    inbound["MCP_AUTH_TYPE"] = "jwt";
    inbound["FASTMCP_SERVER_AUTH_JWT_AUDIENCE"] = "mcp-fleet";
    start({}, inbound);
    EXPECT_EQ(search().error().kind(), ErrorKind::Denied);
    ThroughCall call;
    call.child = "searxng-mcp";
    call.tool = "web_search";
    call.arguments = R"({"action":"get"})";
    const auto token = fleet_.issuer.token("mcp-fleet");
    EXPECT_TRUE(fleet_.sim.run(
        fleet_.client.call(Fleet::endpoint(kMultiplexer, token, {}), std::move(call))));
}

TEST_F(Through, ItsOwnRateLimitAsksForPatience) {
    multiplexer_.wire.rate = sandbox::RateLimit{};
    start({});
    Result<McpCallAnswer> answer = search();
    for (int i = 0; i < 20 && answer; ++i) {
        answer = search();
    }
    EXPECT_EQ(answer.error().kind(), ErrorKind::Throttled);
}

TEST_F(Through, AChildsRateLimitComesAsSuccessAndIsStillOne) {
    start({});
    searxng_.wire.rate = sandbox::RateLimit{0.0, 0.0};
    EXPECT_EQ(search().error().kind(), ErrorKind::Throttled);
}

TEST_F(Through, ACallInFlightEndsBadlyWhenTheMultiplexerIsReplaced) {
    start({});
    fleet_.stop("searxng-mcp");
    TaskGroup group(fleet_.sim.executor());
    auto replace = [](Fleet& fleet) -> asio::awaitable<void> {
        auto waited = co_await fleet.sim.clock.sleep_until(fleet.sim.clock.now().mono + seconds(3));
        static_cast<void>(waited);
        fleet.programs.down(fleet.running["mcp-multiplexer"]);
    };
    group.spawn("replace", replace(fleet_));
    const auto answer = search();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind(), ErrorKind::Unavailable);
}

TEST_F(Through, OnMcp2ItLoadsNobodyAndSaysHealthy) {
    multiplexer_.loads_no_child = true;
    start({});
    EXPECT_EQ(
        fleet_.sim.run(fleet_.client.health("http://mcp-multiplexer.arpa/health")).value(), 200);
    EXPECT_EQ(fleet_.view()->tools, std::vector<std::string>{"multiplexer_status"});
}

class ThroughDynamic : public Through {
  protected:
    ThroughDynamic() { dynamic_ = true; }
    void start(const sandbox::Env& services, sandbox::Env multiplexer = {}) {
        multiplexer["MCP_MULTIPLEXER_MODE"] = "dynamic";
        Through::start(services, multiplexer);
    }
};

TEST_F(ThroughDynamic, LoadsAChildAndCallsItInOneSession) {
    start(policed_env(jwt_env()));
    EXPECT_EQ(search()->text, "done");
    EXPECT_EQ(search()->text, "done");
    const auto view = fleet_.view({"searxng-mcp"});
    EXPECT_THAT(view->tools, ::testing::Contains("sear__web_search"));
    EXPECT_EQ(view->children.size(), 1U);
}

TEST_F(ThroughDynamic, TellsARefusedTokenFromAChildThatIsAway) {
    start(jwt_env(), {{"OIDC_TOKEN_URL", "http://nowhere.arpa/token"}});
    EXPECT_EQ(search().error().kind(), ErrorKind::NotFound);
    EXPECT_THAT(
        fleet_.view({"searxng-mcp"})->failed.at("searxng-mcp"), HasSubstr("'401 Unauthorized'"));
    fleet_.stop("openbao-mcp");
    EXPECT_THAT(fleet_.view({"openbao-mcp"})->failed.at("openbao-mcp"), HasSubstr("502"));
}

TEST_F(ThroughDynamic, TellsAToolThatIsHiddenFromAChildThatIsLost) {
    start({});
    const auto hidden = fleet_.call("searxng-mcp", "a_tool_that_is_not_shown", "{}", dynamic_);
    ASSERT_FALSE(hidden);
    EXPECT_EQ(hidden.error().kind(), ErrorKind::Invalid);
}

TEST_F(ThroughDynamic, AChildThatListsNothingIsMountedAllTheSame) {
    fleet_.policies.wipe();
    start(policed_env({}));
    EXPECT_EQ(search().error().kind(), ErrorKind::NotFound);
    const auto view = fleet_.view({"searxng-mcp"});
    EXPECT_TRUE(view->failed.empty());
    EXPECT_EQ(view->children.at("searxng-mcp").state, "up");
}

TEST_F(ThroughDynamic, ParksAMountedChildAsEagerModeDoes) {
    start({}, {{"MCP_CLIENT_AUTH", ""}});
    ASSERT_TRUE(search());
    fleet_.run("searxng-mcp", jwt_env());
    EXPECT_THAT(search()->text, StartsWith("MCPChildCallTimeoutError"));
    fleet_.sim.advance(seconds(10));
    EXPECT_EQ(state("searxng-mcp"), "failed");
}

// The double's names and the client's are written twice on purpose; both follow fleet.md §4.
TEST(MultiplexerNames, FollowTheExamplesOfTheReference) {
    const auto prefixes = sandbox::child_prefixes(
        {"portainer-agent", "openbao-mcp", "container-manager-mcp", "searxng-mcp"});
    EXPECT_EQ(prefixes.at("portainer-agent"), "port");
    EXPECT_EQ(prefixes.at("openbao-mcp"), "open");
    EXPECT_EQ(prefixes.at("container-manager-mcp"), "cm");
    EXPECT_EQ(sandbox::exposed_name("port", "portainer-agent", "portainer_stack"), "port__stack");
    EXPECT_EQ(sandbox::exposed_name("open", "openbao-mcp", "openbao_mcp_sys"), "open__sys");
    EXPECT_EQ(sandbox::exposed_name("p", "p-mcp", std::string(60, 'x')).size(), 44U);
}

TEST(MultiplexerNames, TakeOneLetterMoreInAClash) {
    const std::vector<std::string> children{
        "ansible-tower-mcp", "audio-transcriber", "archibald", "archivebox-api"};
    const auto prefixes = sandbox::child_prefixes(children);
    EXPECT_EQ(prefixes.at("audio-transcriber"), "aud");
    EXPECT_EQ(prefixes.at("archivebox-api"), "archi");
    for (const auto& child : children) {
        EXPECT_EQ(mcp::prefix_among(children, child), prefixes.at(child));
    }
}

}  // namespace
}  // namespace wavegate
