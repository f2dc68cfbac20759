#include "operator/formats/jwt.hpp"
#include "operator/ports/http.hpp"
#include "tests/contract/keycloak/bench.hpp"
#include "tests/support/tape.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using sandbox::AdminRole;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> methods(const sandbox::Keycloak& site) {
    std::vector<std::string> all;
    for (const auto& write : site.writes()) {
        all.push_back(write.method);
    }
    return all;
}

class KeycloakContract : public ::testing::Test {
  protected:
    /// A client of ours that is as it should be.
    void create() { ASSERT_TRUE(bench_.apply(wanted_client())); }
    ClientEdit update(bool mapper_only = false) {
        auto edit = wanted_client();
        edit.create = false;
        edit.uuid = bench_.site.client("mcp-multiplexer")->id();
        edit.mapper_only = mapper_only;
        return edit;
    }
    json::object claims(const std::string& client_id, const std::string& secret) {
        const auto token = bench_.mint(client_id, secret);
        EXPECT_TRUE(token) << token.error().message();
        const auto jwt = token->value->reveal(
            [&](std::string_view text) { return formats::verify_jwt(text, bench_.site.jwks()); });
        EXPECT_TRUE(jwt);
        return jwt->claims;
    }
    json::object own_claims() {
        return claims("mcp-multiplexer", bench_.site.client("mcp-multiplexer")->secret());
    }
    /// As curl would, with the operator's token.
    HttpResponse raw(const std::string& method, const std::string& path, const std::string& body) {
        HttpRequest request(method, std::string(kBase) + "/admin/realms/fleet" + path);
        const auto token = bench_.mint("operator", kOperatorSecret);
        request.headers.add("Authorization", token->value->reveal([](std::string_view text) {
            return "Bearer " + std::string(text);
        }));
        request.headers.add("Content-Type", "application/json");
        request.body = body;
        return bench_.sim.run(bench_.site.answer(request));
    }

    KeycloakBench bench_;
};

TEST_F(KeycloakContract, AMissingClientIsNoClientAndNoError) {
    const auto seen = bench_.see("mcp-multiplexer");
    ASSERT_TRUE(seen);
    EXPECT_FALSE(seen->has_value());
}

TEST_F(KeycloakContract, CreatesAConfidentialClientThatOnlyMints) {
    create();
    const auto seen = bench_.see("mcp-multiplexer");
    ASSERT_TRUE(seen && *seen);
    const auto& client = **seen;
    EXPECT_TRUE(client.enabled && client.service_accounts);
    EXPECT_FALSE(
        client.public_client || client.standard_flow || client.direct_access || client.full_scope);
    EXPECT_EQ(client.attributes.at("access.token.lifespan"), "300");
    EXPECT_EQ(client.attributes.at("wavegate.owner"), "homelab");
    ASSERT_EQ(client.mappers.size(), 1U);
    EXPECT_EQ(client.mappers.front().name, "wavegate-aud-agent-services");
    EXPECT_EQ(client.mappers.front().config.size(), 5U);
    ASSERT_NE(client.secret, nullptr);
    EXPECT_EQ(client.secret->size(), 86U);
}

TEST_F(KeycloakContract, ItsTokensCarryTheAudienceAndTheIssuerOfTheHost) {
    create();
    const auto claims = own_claims();
    EXPECT_EQ(claims.at("aud").as_string(), "agent-services");
    EXPECT_EQ(claims.at("azp").as_string(), "mcp-multiplexer");
    EXPECT_EQ(claims.at("iss").as_string(), "http://keycloak.test:8080/realms/fleet");
    EXPECT_EQ(claims.at("exp").as_int64() - claims.at("iat").as_int64(), 300);
}

TEST_F(KeycloakContract, AHostnameFixesTheIssuerAndTokensCountOnEveryHost) {
    bench_.site.set_hostname("https://keycloak.arpa");
    create();
    EXPECT_EQ(own_claims().at("iss").as_string(), "https://keycloak.arpa/realms/fleet");
    EXPECT_TRUE(bench_.see("mcp-multiplexer"));
}

TEST_F(KeycloakContract, ATokenOfAnotherHostIsRefusedWhereTheIssuerFollowsTheHost) {
    HttpRequest request("GET", std::string(kBase) + "/admin/realms/fleet/clients");
    const auto token = bench_.mint("operator", kOperatorSecret);
    request.headers.add("Host", "localhost:8080");
    request.headers.add("Authorization", token->value->reveal([](std::string_view text) {
        return "Bearer " + std::string(text);
    }));
    EXPECT_EQ(bench_.sim.run(bench_.site.answer(request)).status, 401);
}

TEST_F(KeycloakContract, EveryAudienceGetsItsMapperAndItsPlaceInTheToken) {
    auto edit = wanted_client();
    edit.audiences = {"agent-services", "reports"};
    ASSERT_TRUE(bench_.apply(edit));
    EXPECT_EQ(own_claims().at("aud"), json::value({"agent-services", "reports"}));
}

TEST_F(KeycloakContract, ASecondCreateIsAConflictAndChangesNothing) {
    create();
    const auto secret = bench_.site.client("mcp-multiplexer")->secret();
    const auto again = bench_.apply(wanted_client());
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().kind(), ErrorKind::Conflict);
    EXPECT_EQ(again.error().effect(), Effect::None);
    EXPECT_EQ(bench_.site.client("mcp-multiplexer")->secret(), secret);
    EXPECT_THAT(methods(bench_.site), ElementsAre("POST"));
}

TEST_F(KeycloakContract, AnUpdateChangesManagedSettingsAndNothingElse) {
    bench_.site.add_client(
        {{"clientId", "mcp-multiplexer"},
         {"publicClient", false},
         {"serviceAccountsEnabled", false},
         {"description", "by hand"},
         {"secret", "kept"},
         {"authorizationServicesEnabled", true},
         {"redirectUris", json::array{"https://app.arpa/*"}},
         {"attributes", json::object{{"team", "blue"}}},
         {"protocolMappers",
          json::array{json::object{
              {"name", "theirs"},
              {"protocol", "openid-connect"},
              {"protocolMapper", "oidc-sub-mapper"},
              {"config", json::object()}}}}});
    ASSERT_TRUE(bench_.apply(update()));
    const auto* client = bench_.site.client("mcp-multiplexer");
    EXPECT_EQ(client->secret(), "kept");
    EXPECT_EQ(client->attribute("team"), "blue");
    EXPECT_EQ(client->attribute("wavegate.owner"), "homelab");
    EXPECT_EQ(client->shown.at("description").as_string(), "by hand");
    EXPECT_EQ(client->shown.at("redirectUris").as_array().size(), 1U);
    EXPECT_TRUE(client->flag("serviceAccountsEnabled"));
    EXPECT_TRUE(client->flag("standardFlowEnabled")) << "not ours";
    EXPECT_TRUE(client->flag("authorizationServicesEnabled")) << "a PUT without it switches it off";
    EXPECT_EQ(client->mappers().size(), 2U);
}

TEST_F(KeycloakContract, AnUpdateIsIdempotent) {
    create();
    ASSERT_TRUE(bench_.apply(update()));
    const auto before = bench_.site.client("mcp-multiplexer")->shown;
    ASSERT_TRUE(bench_.apply(update()));
    EXPECT_EQ(bench_.site.client("mcp-multiplexer")->shown, before);
}

TEST_F(KeycloakContract, NoRequestOfAnUpdateHoldsASecret) {
    create();
    const auto secret = bench_.site.client("mcp-multiplexer")->secret();
    bench_.site.remove_mapper("mcp-multiplexer", "wavegate-aud-agent-services");
    ASSERT_TRUE(bench_.apply(update()));
    for (const auto& write : bench_.site.writes()) {
        EXPECT_THAT(json::serialize(write.body), Not(HasSubstr(secret)));
        EXPECT_FALSE(write.body.as_object().contains("secret"));
    }
}

TEST_F(KeycloakContract, AMapperRemovedByHandIsAddedAgainWithoutTouchingSettings) {
    create();
    bench_.site.remove_mapper("mcp-multiplexer", "wavegate-aud-agent-services");
    EXPECT_FALSE(own_claims().contains("aud"));
    ASSERT_TRUE(bench_.apply(update(true)));
    EXPECT_EQ(own_claims().at("aud").as_string(), "agent-services");
    EXPECT_THAT(methods(bench_.site), ElementsAre("POST", "POST"));
}

TEST_F(KeycloakContract, AMapperBentByHandIsMendedInItsPlace) {
    create();
    const json::array mappers{json::object{
        {"name", "wavegate-aud-agent-services"},
        {"protocol", "openid-connect"},
        {"protocolMapper", "oidc-audience-mapper"},
        {"config",
         json::object{
             {"included.client.audience", "elsewhere"},
             {"included.custom.audience", "agent-services"},
             {"access.token.claim", "true"}}}}};
    bench_.site.change_client("mcp-multiplexer", {{"protocolMappers", mappers}});
    EXPECT_EQ(own_claims().at("aud").as_string(), "elsewhere") << "the client audience wins";
    ASSERT_TRUE(bench_.apply(update(true)));
    EXPECT_EQ(own_claims().at("aud").as_string(), "agent-services");
    EXPECT_THAT(methods(bench_.site), ElementsAre("POST", "PUT"));
}

TEST_F(KeycloakContract, AClientOfAnotherFleetIsLeftAlone) {
    create();
    bench_.site.change_client(
        "mcp-multiplexer", {{"attributes", json::object{{"wavegate.owner", "other"}}}});
    const auto done = bench_.apply(update());
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind(), ErrorKind::Conflict);
    EXPECT_THAT(methods(bench_.site), ElementsAre("POST"));
}

TEST_F(KeycloakContract, AnUpdateOfADeletedClientWritesNothing) {
    create();
    const auto edit = update();
    bench_.site.delete_client("mcp-multiplexer");
    const auto done = bench_.apply(edit);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind(), ErrorKind::NotFound);
    EXPECT_EQ(done.error().effect(), Effect::None);
}

TEST_F(KeycloakContract, UpdatesPassUnderARotationPolicyThatRefusesAPutWithoutAttributes) {
    create();
    bench_.site.set_rotation_policy(sandbox::RotationPolicy());
    const auto* client = bench_.site.client("mcp-multiplexer");
    EXPECT_EQ(raw("PUT", "/clients/" + client->id(), R"({"description":"x"})").status, 500);
    EXPECT_TRUE(bench_.apply(update()));
}

TEST_F(KeycloakContract, BothSecretsMintWhileARotatedOneLives) {
    create();
    bench_.site.set_rotation_policy(sandbox::RotationPolicy{30 * 24h, 1h});
    const auto old_secret = bench_.site.client("mcp-multiplexer")->secret();
    const auto new_secret = bench_.site.regenerate_secret("mcp-multiplexer");
    EXPECT_TRUE(bench_.mint("mcp-multiplexer", old_secret));
    EXPECT_TRUE(bench_.mint("mcp-multiplexer", new_secret));
    bench_.sim.advance(2h);
    EXPECT_FALSE(bench_.mint("mcp-multiplexer", old_secret));
    EXPECT_TRUE(bench_.mint("mcp-multiplexer", new_secret));
    const auto seen = bench_.see("mcp-multiplexer");
    EXPECT_FALSE((*seen)->attributes.contains("client.secret.rotated")) << "the old one in clear";
}

TEST_F(KeycloakContract, WithoutAPolicyARegeneratedSecretKillsTheOldOneAtOnce) {
    create();
    const auto old_secret = bench_.site.client("mcp-multiplexer")->secret();
    bench_.site.regenerate_secret("mcp-multiplexer");
    const auto refused = bench_.mint("mcp-multiplexer", old_secret);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), ErrorKind::Denied);
    EXPECT_EQ(refused.error().status(), 401);
}

TEST_F(KeycloakContract, ADisabledClientMintsNothing) {
    create();
    const auto secret = bench_.site.client("mcp-multiplexer")->secret();
    bench_.site.change_client("mcp-multiplexer", {{"enabled", false}});
    EXPECT_THAT(
        bench_.mint("mcp-multiplexer", secret).error().message(), HasSubstr("unknown or disabled"));
}

TEST_F(KeycloakContract, ALifespanThatIsNoNumberBreaksEveryMint) {
    create();
    bench_.site.change_client(
        "mcp-multiplexer", {{"attributes", json::object{{"access.token.lifespan", "soon"}}}});
    const auto failed =
        bench_.mint("mcp-multiplexer", bench_.site.client("mcp-multiplexer")->secret());
    EXPECT_EQ(failed.error().kind(), ErrorKind::Unavailable);
    EXPECT_EQ(failed.error().status(), 500);
}

TEST_F(KeycloakContract, LifespansAreTheRealmsUnlessTheClientHasOneAndNeverOverTenHours) {
    auto edit = wanted_client();
    edit.token_lifespan = 0s;
    ASSERT_TRUE(bench_.apply(edit));
    const auto secret = bench_.site.client("mcp-multiplexer")->secret();
    EXPECT_EQ(bench_.mint("mcp-multiplexer", secret)->expires_in, 300s);
    bench_.site.set_token_lifespan(60s);
    EXPECT_EQ(bench_.mint("mcp-multiplexer", secret)->expires_in, 60s);
    edit = update();
    edit.token_lifespan = 20h;
    ASSERT_TRUE(bench_.apply(edit));
    EXPECT_EQ(bench_.mint("mcp-multiplexer", secret)->expires_in, 10h);
}

TEST_F(KeycloakContract, OneTokenServesUntilFourFifthsOfItsLife) {
    ASSERT_TRUE(bench_.see("x"));
    ASSERT_TRUE(bench_.see("x"));
    EXPECT_EQ(bench_.transport.sent(), 3U) << "one mint, two reads";
    bench_.sim.advance(239s);
    ASSERT_TRUE(bench_.see("x"));
    EXPECT_EQ(bench_.transport.sent(), 4U);
    bench_.sim.advance(2s);
    ASSERT_TRUE(bench_.see("x"));
    EXPECT_EQ(bench_.transport.sent(), 6U);
}

TEST_F(KeycloakContract, ARefusedTokenIsFetchedOnceMoreAndTheCallRepeated) {
    ASSERT_TRUE(bench_.see("x"));
    bench_.site.rotate_keys(false);
    EXPECT_TRUE(bench_.apply(wanted_client()));
    EXPECT_THAT(methods(bench_.site), ElementsAre("POST")) << "the refused one did nothing";
}

TEST_F(KeycloakContract, KeysThatAreKeptAfterARotationStillCount) {
    ASSERT_TRUE(bench_.see("x"));
    bench_.site.rotate_keys(true);
    ASSERT_TRUE(bench_.see("x"));
    EXPECT_EQ(bench_.transport.sent(), 3U);
}

TEST_F(KeycloakContract, AServerThatRefusesEveryTokenIsDeniedAfterTwo) {
    testing::Tape tape;
    keycloak::Client client(tape, bench_.credentials, bench_.sim.clock, bench_.spec());
    const HttpResponse token(200, R"({"access_token":"t","expires_in":300,"token_type":"Bearer"})");
    tape.play(token);
    tape.play(HttpResponse(401));
    tape.play(token);
    tape.play(HttpResponse(401));
    const auto seen = bench_.sim.run(client.client("x"));
    EXPECT_EQ(seen.error().kind(), ErrorKind::Denied);
    EXPECT_EQ(tape.left(), 0U);
}

TEST_F(KeycloakContract, AWrongOperatorSecretIsDenied) {
    bench_.credentials.set("env:KC_SECRET", "wrong");
    const auto seen = bench_.see("x");
    EXPECT_EQ(seen.error().kind(), ErrorKind::Denied);
    EXPECT_THAT(seen.error().message(), HasSubstr("secret is refused"));
}

TEST_F(KeycloakContract, TheSecretIsAskedForTheHostItGoesTo) {
    ASSERT_TRUE(bench_.see("x"));
    EXPECT_THAT(bench_.credentials.asked(), ElementsAre("env:KC_SECRET for keycloak.test:8080"));
}

TEST_F(KeycloakContract, AViewerSeesClientsAndSecretsAndWritesNothing) {
    create();
    bench_.add_operator("viewer");
    bench_.site.grant("viewer", AdminRole::ViewClients);
    auto viewer = bench_.as("viewer");
    const auto seen = bench_.sim.run(viewer.client("mcp-multiplexer"));
    ASSERT_TRUE(seen && *seen);
    EXPECT_NE((*seen)->secret, nullptr);
    Edit edit;
    edit.body = update();
    const auto done = bench_.sim.run(viewer.apply(guard::Judge::sign(std::move(edit), Live())));
    EXPECT_EQ(done.error().kind(), ErrorKind::Denied);
    EXPECT_EQ(done.error().effect(), Effect::None);
}

TEST_F(KeycloakContract, WhoMayOnlyQuerySeesNoClientAndMeetsDenialWhenItCreates) {
    create();
    bench_.add_operator("asker");
    bench_.site.grant("asker", AdminRole::QueryClients);
    auto asker = bench_.as("asker");
    const auto seen = bench_.sim.run(asker.client("mcp-multiplexer"));
    ASSERT_TRUE(seen);
    EXPECT_FALSE(seen->has_value());
    Edit edit;
    edit.body = wanted_client();
    const auto done = bench_.sim.run(asker.apply(guard::Judge::sign(std::move(edit), Live())));
    EXPECT_EQ(done.error().kind(), ErrorKind::Denied);
}

TEST_F(KeycloakContract, WithoutRolesOrWithoutFullScopeEverythingIsDenied) {
    bench_.add_operator("nobody");
    auto nobody = bench_.as("nobody");
    EXPECT_EQ(bench_.sim.run(nobody.client("x")).error().kind(), ErrorKind::Denied);
    bench_.add_operator("narrow");
    bench_.site.grant("narrow", AdminRole::ManageClients);
    bench_.site.change_client("narrow", {{"fullScopeAllowed", false}});
    auto narrow = bench_.as("narrow");
    EXPECT_EQ(bench_.sim.run(narrow.client("x")).error().kind(), ErrorKind::Denied);
}

TEST_F(KeycloakContract, ARoleReachesOnlyTokensFetchedAfterwards) {
    bench_.add_operator("late");
    auto late = bench_.as("late");
    EXPECT_FALSE(bench_.sim.run(late.client("x")));
    bench_.site.grant("late", AdminRole::ViewClients);
    EXPECT_FALSE(bench_.sim.run(late.client("x")));
    bench_.sim.advance(5min);
    EXPECT_TRUE(bench_.sim.run(late.client("x")));
}

TEST_F(KeycloakContract, ASkewedServerIssuesTokensFromTheFuture) {
    create();
    bench_.site.set_skew(1h);
    const auto issued = own_claims().at("iat").as_int64();
    const auto here = std::chrono::floor<std::chrono::seconds>(bench_.sim.clock.now().wall);
    EXPECT_EQ(issued - here.time_since_epoch().count(), 3600);
}

TEST_F(KeycloakContract, AMaskedSecretIsNoSecret) {
    testing::Tape tape;
    keycloak::Client client(tape, bench_.credentials, bench_.sim.clock, bench_.spec());
    tape.play(HttpResponse(200, R"({"access_token":"t","expires_in":9,"token_type":"Bearer"})"));
    tape.play(HttpResponse(200, R"([{"id":"1","clientId":"x","secret":"**********"}])"));
    const auto seen = bench_.sim.run(client.client("x"));
    ASSERT_TRUE(seen && *seen);
    EXPECT_EQ((*seen)->secret, nullptr);
}

TEST_F(KeycloakContract, AnAnswerThatIsNoJsonIsAProtocolErrorAndIsNotQuoted) {
    testing::Tape tape;
    keycloak::Client client(tape, bench_.credentials, bench_.sim.clock, bench_.spec());
    tape.play(HttpResponse(200, "<html>s3cret page</html>"));
    const auto seen = bench_.sim.run(client.client("x"));
    EXPECT_EQ(seen.error().kind(), ErrorKind::Protocol);
    EXPECT_THAT(seen.error().message(), Not(HasSubstr("s3cret")));
    tape.play(HttpResponse(200, "<html>s3cret page</html>"));
    EXPECT_EQ(
        bench_.sim.run(client.jwks("http://kc.test/certs")).error().kind(), ErrorKind::Protocol);
}

TEST_F(KeycloakContract, AnotherClientThanAskedForIsAProtocolError) {
    testing::Tape tape;
    keycloak::Client client(tape, bench_.credentials, bench_.sim.clock, bench_.spec());
    tape.play(HttpResponse(200, R"({"access_token":"t","expires_in":9,"token_type":"Bearer"})"));
    tape.play(HttpResponse(200, R"([{"id":"1","clientId":"y"}])"));
    EXPECT_EQ(bench_.sim.run(client.client("x")).error().kind(), ErrorKind::Protocol);
}

TEST_F(KeycloakContract, ALostAnswerToAWriteIsMaybeAndTheWriteIsNotRepeated) {
    testing::Tape tape;
    keycloak::Client client(tape, bench_.credentials, bench_.sim.clock, bench_.spec());
    tape.play(HttpResponse(200, R"({"access_token":"t","expires_in":9,"token_type":"Bearer"})"));
    tape.fail(Error(ErrorKind::Unavailable, "cut", Effect::Maybe));
    Edit edit;
    edit.body = wanted_client();
    const auto done = bench_.sim.run(client.apply(guard::Judge::sign(std::move(edit), Live())));
    EXPECT_EQ(done.error().effect(), Effect::Maybe);
    EXPECT_EQ(tape.asked().size(), 2U);
}

TEST_F(KeycloakContract, ARefusalAfterTheSettingsWereWrittenIsMaybe) {
    testing::Tape tape;
    keycloak::Client client(tape, bench_.credentials, bench_.sim.clock, bench_.spec());
    tape.play(HttpResponse(200, R"({"access_token":"t","expires_in":9,"token_type":"Bearer"})"));
    tape.play(HttpResponse(200, R"({"id":"1","clientId":"mcp-multiplexer"})"));
    tape.play(HttpResponse(204));
    tape.play(HttpResponse(403));
    create();
    auto body = update();
    body.uuid = "1";
    Edit edit;
    edit.body = body;
    const auto done = bench_.sim.run(client.apply(guard::Judge::sign(std::move(edit), Live())));
    EXPECT_EQ(done.error().kind(), ErrorKind::Denied);
    EXPECT_EQ(done.error().effect(), Effect::Maybe);
}

TEST_F(KeycloakContract, ABusyServerSaysHowLongToWait) {
    testing::Tape tape;
    keycloak::Client client(tape, bench_.credentials, bench_.sim.clock, bench_.spec());
    HttpResponse busy(429);
    busy.headers.add("Retry-After", "7");
    tape.play(busy);
    const auto seen = bench_.sim.run(client.client("x"));
    EXPECT_EQ(seen.error().kind(), ErrorKind::Throttled);
    EXPECT_EQ(seen.error().retry_after(), Duration(7s));
}

// What the double itself is strict about, so that a careless request fails in tests too.
TEST_F(KeycloakContract, TheDoubleMakesAPublicClientWhenNobodySaysOtherwise) {
    EXPECT_EQ(
        raw("POST", "/clients", R"({"clientId":"p","protocol":"openid-connect"})").status, 201);
    EXPECT_TRUE(bench_.site.client("p")->flag("publicClient"));
    EXPECT_TRUE(bench_.site.client("p")->secret().empty());
}

TEST_F(KeycloakContract, TheDoubleSwitchesAuthorizationOffAndReplacesMappersAsThePutSays) {
    create();
    const auto path = "/clients/" + bench_.site.client("mcp-multiplexer")->id();
    bench_.site.change_client("mcp-multiplexer", {{"authorizationServicesEnabled", true}});
    EXPECT_EQ(raw("PUT", path, R"({"protocolMappers":[],"attributes":{"a":"1"}})").status, 204);
    const auto* client = bench_.site.client("mcp-multiplexer");
    EXPECT_FALSE(client->flag("authorizationServicesEnabled"));
    EXPECT_TRUE(client->mappers().empty());
    EXPECT_EQ(client->attribute("wavegate.owner"), "homelab") << "attributes merge by key";
    EXPECT_EQ(raw("PUT", path, R"({"attributes":{"wavegate.owner":""}})").status, 204);
    EXPECT_FALSE(client->attribute("wavegate.owner"));
}

TEST_F(KeycloakContract, TheDoubleGivesANewUserAndSecretWhereTheServerDoes) {
    create();
    const auto user = bench_.site.client("mcp-multiplexer")->service_user;
    const auto secret = bench_.site.client("mcp-multiplexer")->secret();
    bench_.site.change_client("mcp-multiplexer", {{"serviceAccountsEnabled", false}});
    bench_.site.change_client("mcp-multiplexer", {{"serviceAccountsEnabled", true}});
    EXPECT_NE(bench_.site.client("mcp-multiplexer")->service_user, user);
    bench_.site.change_client("mcp-multiplexer", {{"publicClient", true}});
    bench_.site.change_client("mcp-multiplexer", {{"publicClient", false}});
    EXPECT_NE(bench_.site.client("mcp-multiplexer")->secret(), secret);
    EXPECT_FALSE(bench_.site.client("mcp-multiplexer")->secret().empty());
}

TEST_F(KeycloakContract, TheDoubleRefusesWhatTheServerRefuses) {
    EXPECT_EQ(raw("GET", "/clients?q=wavegate.owner:homelab", "").status, 400);
    EXPECT_EQ(raw("POST", "/clients", R"({"clientId":"x","nonsense":1})").status, 400);
    EXPECT_EQ(raw("POST", "/clients", "").status, 500);
    EXPECT_EQ(raw("DELETE", "/clients", "").status, 405);
    EXPECT_EQ(raw("GET", "/users", "").status, 404);
    EXPECT_TRUE(bench_.site.writes().empty());
}

TEST_F(KeycloakContract, TheDoubleTakesTheHostOfTheRequestIntoLocation) {
    const auto made = raw("POST", "/clients", R"({"id":"fixed","clientId":"x"})");
    EXPECT_EQ(
        made.headers.get("Location"), "http://keycloak.test:8080/admin/realms/fleet/clients/fixed");
}

TEST_F(KeycloakContract, TheDoubleRefusesARawPercentInABasicHeader) {
    HttpRequest request("POST", std::string(kBase) + "/realms/fleet/protocol/openid-connect/token");
    request.headers.add("Content-Type", "application/x-www-form-urlencoded");
    request.headers.add("Authorization", "Basic b3BlcmF0b3I6YSVi");  // operator:a%b
    request.body = "grant_type=client_credentials";
    EXPECT_EQ(bench_.sim.run(bench_.site.answer(request)).status, 400);
}

}  // namespace
}  // namespace wavegate
