#include "tests/contract/mcp/fleet.hpp"

#include <gtest/gtest.h>

namespace wavegate {
namespace {

using sandbox::Generation;
using sandbox::ProxyFault;
using std::chrono::minutes;
using std::chrono::seconds;

class Direct : public ::testing::Test {
  protected:
    Direct() : behaviour_(fleet_.add("searxng-mcp", {"web_search", "suggest", "status"})) {}

    KnockAnswer knock(const std::string& url, bool garbage = false) {
        return *fleet_.sim.run(fleet_.client.knock(url, garbage));
    }
    Result<McpListing> list(const std::string& token = {}, const std::string& agent = {}) {
        return fleet_.list(kUrl, token, agent);
    }
    std::string token() { return fleet_.issuer.token(); }

    const std::string kUrl = url_of("searxng-mcp");
    Fleet fleet_;
    sandbox::Behaviour& behaviour_;
};

TEST_F(Direct, OnlyTheExactWordJwtEnforces) {
    for (const auto* type : {"none", "", "JWT", "jwt ", "oidc"}) {
        auto env = jwt_env();
        env["AUTH_TYPE"] = type;
        fleet_.run("searxng-mcp", env);
        EXPECT_TRUE(knock(kUrl).mcp_answer) << type;
        EXPECT_EQ(knock(kUrl).status, 400) << type;
        EXPECT_TRUE(list()) << type;
    }
    fleet_.run("searxng-mcp", jwt_env());
    EXPECT_EQ(knock(kUrl).status, 401);
    EXPECT_TRUE(knock(kUrl).bearer_challenge);
    EXPECT_TRUE(knock(kUrl, true).invalid_token_json);
}

TEST_F(Direct, AKnockTellsWhatStandsThere) {
    fleet_.transport.at("unknown.arpa", fleet_.proxy);
    fleet_.run("searxng-mcp", {});
    EXPECT_EQ(knock("http://searxng-mcp.arpa/sse").status, 404);
    EXPECT_FALSE(knock("http://searxng-mcp.arpa/sse").mcp_answer);
    EXPECT_EQ(knock("http://searxng-mcp.arpa/mcp/").status, 307);

    const auto unknown = knock("http://unknown.arpa/mcp");
    EXPECT_EQ(unknown.status, 200);
    EXPECT_TRUE(unknown.empty);
    EXPECT_TRUE(unknown.caddy);
    EXPECT_FALSE(unknown.mcp_answer);

    fleet_.stop("searxng-mcp");
    const auto dead = knock(kUrl);
    EXPECT_EQ(dead.status, 502);
    EXPECT_TRUE(dead.caddy);
    EXPECT_TRUE(dead.empty);

    const auto refused = fleet_.sim.run(fleet_.client.knock("http://nowhere.arpa/mcp", false));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), ErrorKind::Unavailable);
}

TEST_F(Direct, AProxysOwnAnswersAreNotTheServices) {
    fleet_.run("searxng-mcp", jwt_env());
    struct Case {
        ProxyFault fault;
        int status;
        ErrorKind kind;
    };
    for (const auto& [fault, status, kind] : std::vector<Case>{
             {ProxyFault::BadGateway, 502, ErrorKind::Unavailable},
             {ProxyFault::UnavailablePage, 503, ErrorKind::Unavailable},
             {ProxyFault::RedirectToHttps, 301, ErrorKind::Protocol},
             {ProxyFault::BasicAuth, 401, ErrorKind::Denied}}) {
        fleet_.proxy.fault("searxng-mcp.arpa", fault);
        const auto answer = knock(kUrl);
        EXPECT_EQ(answer.status, status);
        EXPECT_FALSE(answer.bearer_challenge);
        EXPECT_FALSE(answer.mcp_answer);
        const auto listing = list(token());
        ASSERT_FALSE(listing);
        EXPECT_EQ(listing.error().kind(), kind);
        EXPECT_EQ(listing.error().status(), status);
    }
}

TEST_F(Direct, AnEmpty200IsNoMcpAnswer) {
    fleet_.transport.at("unknown.arpa", fleet_.proxy);
    const auto listing = fleet_.list("http://unknown.arpa/mcp");
    ASSERT_FALSE(listing);
    EXPECT_EQ(listing.error().kind(), ErrorKind::Protocol);
    EXPECT_EQ(listing.error().status(), 200);
}

TEST_F(Direct, AnEnforcingServiceTakesTokensMintedForItAlone) {
    fleet_.run("searxng-mcp", jwt_env());
    const auto good = list(token());
    ASSERT_TRUE(good);
    EXPECT_EQ(good->tools.size(), 3U);
    EXPECT_TRUE(good->tools.front().has_required);

    EXPECT_EQ(list().error().kind(), ErrorKind::Denied);
    EXPECT_EQ(list(fleet_.issuer.token("another")).error().kind(), ErrorKind::Denied);
    fleet_.issuer.issuer += "/";
    EXPECT_EQ(list(token()).error().kind(), ErrorKind::Denied);
}

TEST_F(Direct, ATokenEndsWithItsSecond) {
    fleet_.run("searxng-mcp", jwt_env());
    const auto short_lived = fleet_.issuer.token("agent-services", seconds(60));
    fleet_.sim.advance(seconds(60));
    EXPECT_TRUE(list(short_lived));
    fleet_.sim.advance(seconds(1));
    EXPECT_EQ(list(short_lived).error().kind(), ErrorKind::Denied);
}

TEST_F(Direct, ADeadJwksLooksLikeABadTokenUntilTheLockEnds) {
    fleet_.transport.remove("keycloak.arpa");
    fleet_.run("searxng-mcp", jwt_env());
    EXPECT_EQ(list(token()).error().status(), 401);
    fleet_.transport.at("keycloak.arpa", fleet_.issuer);
    EXPECT_EQ(list(token()).error().status(), 401);
    fleet_.sim.advance(seconds(30));
    EXPECT_TRUE(list(token()));
}

TEST_F(Direct, FastMcp2AsksTheJwksAtOnce) {
    behaviour_.wire.generation = Generation::F2;
    fleet_.transport.remove("keycloak.arpa");
    fleet_.run("searxng-mcp", jwt_env());
    EXPECT_EQ(list(token()).error().status(), 401);
    fleet_.transport.at("keycloak.arpa", fleet_.issuer);
    EXPECT_TRUE(list(token()));
}

TEST_F(Direct, AForeignKeyStartsTheLockButGarbageDoesNot) {
    fleet_.run("searxng-mcp", jwt_env());
    knock(kUrl, true);
    EXPECT_EQ(fleet_.issuer.fetches, 0);
    ASSERT_TRUE(list(token()));
    EXPECT_EQ(fleet_.issuer.fetches, 1);

    fleet_.issuer.kid = "key-2";
    EXPECT_EQ(list(token()).error().status(), 401);
    fleet_.sim.advance(seconds(30));
    EXPECT_TRUE(list(token()));
    EXPECT_EQ(fleet_.issuer.fetches, 2);
}

TEST_F(Direct, AKnownKeySurvivesAnOutageOfTheJwks) {
    fleet_.run("searxng-mcp", jwt_env());
    ASSERT_TRUE(list(token()));
    fleet_.transport.remove("keycloak.arpa");
    fleet_.sim.advance(minutes(50));
    EXPECT_TRUE(list(token()));
}

TEST_F(Direct, ThePrincipalComesByHeaderWhateverTheTokenSays) {
    fleet_.allow_multiplexer();
    fleet_.run("searxng-mcp", policed_env(jwt_env()));
    EXPECT_EQ(list(token(), "mcp-multiplexer")->tools.size(), 3U);
    EXPECT_TRUE(list(token())->tools.empty());
}

TEST_F(Direct, ALaterGenerationBelievesTheTokenAlone) {
    behaviour_.principal = PrincipalSource::Jwt;
    fleet_.allow_multiplexer();
    fleet_.run("searxng-mcp", policed_env(jwt_env()));
    EXPECT_EQ(list(token())->tools.size(), 3U);
    EXPECT_EQ(list(token(), "somebody-else")->tools.size(), 3U);
}

TEST_F(Direct, AnOpenServiceThatAsksThePolicyServerListsNothingToStrangers) {
    fleet_.allow_multiplexer();
    fleet_.run("searxng-mcp", policed_env({}));
    EXPECT_TRUE(list()->tools.empty());
    EXPECT_FALSE(list({}, "mcp-multiplexer")->tools.empty());
}

TEST_F(Direct, ADeadPolicyServerIsNotTheServicesFault) {
    fleet_.transport.remove("eunomia.arpa");
    fleet_.run("searxng-mcp", policed_env(jwt_env()));
    const auto listing = list(token(), "mcp-multiplexer");
    ASSERT_FALSE(listing);
    EXPECT_EQ(listing.error().kind(), ErrorKind::Unavailable);
    EXPECT_EQ(listing.error().status(), 200);
}

TEST_F(Direct, TheEnvDecidesWhetherItStartsAtAll) {
    auto half = jwt_env();
    half.erase("FASTMCP_SERVER_AUTH_JWT_ISSUER");
    EXPECT_EQ(fleet_.programs.plan(fleet_.spec("searxng-mcp", half)).exit_code, 1);
    EXPECT_FALSE(fleet_.programs.plan(fleet_.spec("searxng-mcp", jwt_env())).exit_code);
    EXPECT_FALSE(fleet_.programs.plan(fleet_.spec("searxng-mcp", {})).exit_code);

    behaviour_.wire.generation = Generation::Sdk;
    EXPECT_EQ(
        fleet_.programs.plan(fleet_.spec("searxng-mcp", {{"AUTH_TYPE", "none"}})).exit_code, 1);
    behaviour_.start = seconds(90);
    EXPECT_EQ(fleet_.programs.plan(fleet_.spec("searxng-mcp", jwt_env())).ready_after, seconds(90));
    behaviour_.rejected = "No such image";
    EXPECT_EQ(fleet_.programs.plan(fleet_.spec("searxng-mcp", {})).rejected, "No such image");
    EXPECT_FALSE(fleet_.programs.plan(fleet_.spec("postgres", {})).exit_code);
}

TEST_F(Direct, ThePathsBesideMcpNeedNoToken) {
    fleet_.run("searxng-mcp", jwt_env());
    EXPECT_EQ(fleet_.sim.run(fleet_.client.health("http://searxng-mcp.arpa/health")).value(), 200);
    EXPECT_EQ(fleet_.sim.run(fleet_.client.health("http://searxng-mcp.arpa/metrics")).value(), 200);
    fleet_.stop("searxng-mcp");
    EXPECT_EQ(fleet_.sim.run(fleet_.client.health("http://searxng-mcp.arpa/health")).value(), 502);
}

TEST_F(Direct, AListComesPageByPage) {
    behaviour_.wire.page_size = 2;
    fleet_.run("searxng-mcp", {});
    EXPECT_EQ(list()->tools.size(), 3U);
}

TEST_F(Direct, TheAnswerIsFoundAmongWhateverElseIsSent) {
    auto& wire = behaviour_.wire;
    wire.notify_before = wire.ping = wire.wrong_id_first = true;
    fleet_.run("searxng-mcp", {});
    EXPECT_EQ(list()->tools.size(), 3U);
    wire.split = true;
    EXPECT_EQ(list()->tools.size(), 3U);
}

TEST_F(Direct, AStreamThatNeverEndsIsLeftAfterTheAnswer) {
    behaviour_.wire.never_close = true;
    fleet_.run("searxng-mcp", {});
    const auto before = fleet_.sim.clock.now();
    EXPECT_EQ(list()->tools.size(), 3U);
    EXPECT_EQ(fleet_.sim.clock.now(), before);
    behaviour_.wire.split = true;
    EXPECT_EQ(list()->tools.size(), 3U);
}

TEST_F(Direct, ANotificationMayBeAnsweredByAStreamThatStaysOpen) {
    behaviour_.wire.stream_notified = true;
    fleet_.run("searxng-mcp", {});
    const auto before = fleet_.sim.clock.now();
    EXPECT_EQ(list()->tools.size(), 3U);
    EXPECT_EQ(fleet_.sim.clock.now(), before);
}

TEST_F(Direct, ACursorThatRepeatsEndsTheList) {
    behaviour_.wire.stuck_cursor = true;
    fleet_.run("searxng-mcp", {});
    const auto sent = fleet_.transport.sent();
    EXPECT_EQ(list()->tools.size(), 3U);
    EXPECT_LE(fleet_.transport.sent() - sent, 6U);
}

TEST_F(Direct, AServiceMayRefuseTheHostThatWeSend) {
    behaviour_.wire.allowed_host = "elsewhere.arpa";
    fleet_.run("searxng-mcp", {});
    const auto listing = list();
    ASSERT_FALSE(listing);
    EXPECT_EQ(listing.error().kind(), ErrorKind::Invalid);
    EXPECT_EQ(listing.error().status(), 421);
}

TEST_F(Direct, AnAnswerOverTheLimitIsRefused) {
    behaviour_.wire.huge = true;
    fleet_.run("searxng-mcp", {});
    const auto listing = list();
    ASSERT_FALSE(listing);
    EXPECT_EQ(listing.error().kind(), ErrorKind::Protocol);
}

TEST_F(Direct, JsonAnswersAndStatelessServersDoAsWell) {
    behaviour_.wire.json_answers = true;
    behaviour_.wire.stateless = true;
    fleet_.run("searxng-mcp", {});
    EXPECT_EQ(list()->tools.size(), 3U);
}

TEST_F(Direct, ALostSessionIsToldFromAnEndpointThatIsNotThere) {
    behaviour_.wire.lose_sessions = true;
    fleet_.run("searxng-mcp", {});
    EXPECT_EQ(list().error().kind(), ErrorKind::Conflict);
}

TEST_F(Direct, TheFleetsRateLimitAsksForPatience) {
    behaviour_.wire.rate = sandbox::RateLimit{};
    fleet_.run("searxng-mcp", {});
    Result<McpListing> listing = list();
    for (int i = 0; i < 20 && listing; ++i) {
        listing = list();
    }
    ASSERT_FALSE(listing);
    EXPECT_EQ(listing.error().kind(), ErrorKind::Throttled);
    fleet_.sim.advance(seconds(1));
    EXPECT_TRUE(list());
}

/// Counts what a client does with its sessions.
class Ledger final : public Transport {
  public:
    explicit Ledger(Transport& inner) : inner_(inner) {}
    Task<HttpResponse> send(HttpRequest request) override {
        opened += request.body.find("\"initialize\"") != std::string::npos ? 1 : 0;
        closed += request.method == "DELETE" ? 1 : 0;
        return inner_.send(std::move(request));
    }
    int opened = 0;
    int closed = 0;

  private:
    Transport& inner_;
};

TEST_F(Direct, EverySessionEndsByDeleteWhateverCameOfIt) {
    Ledger ledger(fleet_.transport);
    mcp::Client client(ledger);
    fleet_.run("searxng-mcp", {});
    ASSERT_TRUE(fleet_.sim.run(client.list_tools(Fleet::endpoint(kUrl, {}, {}))));
    EXPECT_EQ(ledger.closed, 1);

    fleet_.transport.remove("eunomia.arpa");
    fleet_.run("searxng-mcp", policed_env({}));
    ASSERT_FALSE(fleet_.sim.run(client.list_tools(Fleet::endpoint(kUrl, {}, {}))));
    EXPECT_EQ(ledger.closed, 2);
    EXPECT_EQ(ledger.opened, 2);
}

}  // namespace
}  // namespace wavegate
