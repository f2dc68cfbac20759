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

// Beside the *_suite.cpp, which hold for the real server too: what needs a fault, a scripted answer
// or a look behind the server.
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
    KeycloakBench bench_;
};

TEST_F(KeycloakContract, AHostnameFixesTheIssuerAndTokensCountOnEveryHost) {
    bench_.site.set_hostname("https://keycloak.arpa");
    create();
    EXPECT_EQ(own_claims().at("iss").as_string(), "https://keycloak.arpa/realms/fleet");
    EXPECT_TRUE(bench_.see("mcp-multiplexer"));
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

TEST_F(KeycloakContract, TheSecretIsAskedForTheServerItGoesTo) {
    ASSERT_TRUE(bench_.see("x"));
    EXPECT_THAT(
        bench_.credentials.asked(), ElementsAre("env:KC_SECRET for http://keycloak.test:8080"));
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
    const auto done = bench_.sim.run(client.apply(client_permit(wanted_client())));
    EXPECT_EQ(done.error().effect(), Effect::Maybe);
    EXPECT_EQ(tape.asked().size(), 2U);
}

TEST_F(KeycloakContract, ARefusalAfterTheSettingsWereWrittenIsMaybe) {
    testing::Tape tape;
    keycloak::Client client(tape, bench_.credentials, bench_.sim.clock, bench_.spec());
    tape.play(HttpResponse(200, R"({"access_token":"t","expires_in":9,"token_type":"Bearer"})"));
    tape.play(HttpResponse(
        200,
        R"({"id":"1","clientId":"mcp-multiplexer","attributes":{"wavegate.owner":"homelab"}})"));
    tape.play(HttpResponse(204));
    tape.play(HttpResponse(403));
    create();
    auto body = update();
    body.uuid = "1";
    const auto done = bench_.sim.run(client.apply(client_permit(body)));
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

}  // namespace
}  // namespace wavegate
