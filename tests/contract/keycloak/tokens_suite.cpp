// Tokens: what is in them, how long they live, where they count, and how a mint is refused.
#include "operator/base/text.hpp"
#include "tests/contract/keycloak/suite.hpp"

#include <gmock/gmock.h>

namespace wavegate::testing {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using ::testing::AnyOf;
using ::testing::HasSubstr;

class KeycloakTokens : public KeycloakSuite {
  protected:
    void expect_refusal(
        const HttpResponse& answer,
        int status,
        const std::string& error,
        const std::string& description = {}) {
        EXPECT_EQ(answer.status, status) << error;
        const auto body = json_of(answer);
        ASSERT_TRUE(body.is_object()) << error;
        EXPECT_EQ(text(body, "error"), error);
        if (!description.empty()) {
            EXPECT_EQ(text(body, "error_description"), description);
        }
    }
    std::string form(const std::string& client_id, const std::string& secret) {
        return "grant_type=client_credentials&client_id=" + client_id +
               "&client_secret=" + percent_encode(secret);
    }
};

TEST_F(KeycloakTokens, CarryTheAudienceAndTheIssuerOfTheHost) {
    create();
    const auto claims = own_claims();
    EXPECT_EQ(claims.at("aud"), "agent-services");
    EXPECT_EQ(claims.at("azp"), kMux);
    EXPECT_EQ(text(claims, "iss"), realm_url());
    EXPECT_EQ(claims.at("exp").as_int64() - claims.at("iat").as_int64(), 300);
    EXPECT_EQ(claims.at("typ"), "Bearer");
    EXPECT_EQ(claims.at("client_id"), kMux);
    EXPECT_EQ(claims.at("preferred_username"), "service-account-mcp-multiplexer");
    EXPECT_FALSE(text(claims, "sub").empty());
    EXPECT_FALSE(claims.contains("realm_access"));
    EXPECT_FALSE(claims.contains("resource_access"));
}

TEST_F(KeycloakTokens, HaveAListOfAudiencesWhenThereAreMore) {
    auto edit = mux_client();
    edit.audiences = {"agent-services", "reports"};
    ASSERT_TRUE(apply(edit));
    const auto claims = own_claims();
    std::set<std::string> audiences;
    for (const auto& audience : claims.at("aud").as_array()) {
        audiences.emplace(std::string_view(audience.as_string()));
    }
    EXPECT_EQ(audiences, (std::set<std::string>{"agent-services", "reports"}));
}

TEST_F(KeycloakTokens, WithFullScopeNameTheAccount) {
    add(
        {{"clientId", "wide"},
         {"publicClient", false},
         {"serviceAccountsEnabled", true},
         {"secret", "s"}});
    const auto token = mint("wide", "s");
    ASSERT_TRUE(token);
    const auto keys = jwks();
    const auto jwt = token->value->reveal(
        [&](std::string_view value) { return formats::verify_jwt(value, *keys); });
    EXPECT_EQ(jwt->claims.at("aud"), "account");
    EXPECT_TRUE(jwt->claims.at("resource_access").as_object().contains("account"));
}

TEST_F(KeycloakTokens, AreSignedByTheKeyThatTheKeySetNames) {
    create();
    const auto keys = jwks();
    ASSERT_TRUE(keys);
    int signing = 0;
    const auto set = json::parse(*keys);
    for (const auto& key : set.at("keys").as_array()) {
        signing += key.at("use") == "sig" ? 1 : 0;
        EXPECT_EQ(key.at("kty"), "RSA");
    }
    EXPECT_EQ(signing, 1);
    static_cast<void>(own_claims());
}

TEST_F(KeycloakTokens, AreFetchedOnceMoreWhenTheKeysWereReplaced) {
    ASSERT_TRUE(see());
    backend_->replace_keys();
    const auto made = apply(mux_client());
    EXPECT_TRUE(made) << made.error().message();
    static_cast<void>(own_claims());
}

TEST_F(KeycloakTokens, OfAnotherHostAreRefused) {
    create();
    HttpRequest request(
        "GET", backend_->other_url() + "/admin/realms/" + backend_->realm() + "/clients");
    request.headers.add("Authorization", bearer("operator"));
    EXPECT_EQ(backend_->driver().ask(backend_->transport(), std::move(request)).status, 401);
}

/// A busy server may count what is left a second after it set the end.
auto is_lifespan(std::chrono::seconds whole) {
    return AnyOf(whole, whole - 1s);
}

TEST_F(KeycloakTokens, LiveAsTheRealmSaysUnlessTheClientDoesAndNeverOverTenHours) {
    auto edit = mux_client();
    edit.token_lifespan = 0s;
    ASSERT_TRUE(apply(edit));
    const auto secret = secret_of(kMux);
    EXPECT_THAT(mint(kMux, secret)->expires_in, is_lifespan(300s));
    backend_->set_token_lifespan(60s);
    EXPECT_THAT(mint(kMux, secret)->expires_in, is_lifespan(60s));
    edit = update();
    edit.token_lifespan = 20h;
    ASSERT_TRUE(apply(edit));
    EXPECT_THAT(mint(kMux, secret)->expires_in, is_lifespan(10h));
}

TEST_F(KeycloakTokens, CannotBeMintedUnderALifespanThatIsNoNumber) {
    create();
    put(kMux, {{"attributes", json::object{{"access.token.lifespan", "soon"}}}});
    const auto failed = mint(kMux, secret_of(kMux));
    EXPECT_EQ(failed.error().kind(), ErrorKind::Unavailable);
    EXPECT_EQ(failed.error().status(), 500);
}

TEST_F(KeycloakTokens, ThatRanOutAreRefusedAndTheOperatorFetchesAnother) {
    backend_->set_token_lifespan(5s);
    ASSERT_TRUE(see());
    const auto old_token = bearer("operator");
    backend_->driver().wait(7s);
    HttpRequest request("GET", backend_->url() + "/admin/realms/" + backend_->realm() + "/clients");
    request.headers.add("Authorization", old_token);
    EXPECT_EQ(backend_->driver().ask(backend_->transport(), std::move(request)).status, 401);
    EXPECT_TRUE(see());
}

TEST_F(KeycloakTokens, AreNotMintedWithAWrongSecret) {
    credentials_.set("env:KC_SECRET", "wrong");
    const auto seen = see();
    EXPECT_EQ(seen.error().kind(), ErrorKind::Denied);
    EXPECT_THAT(seen.error().message(), HasSubstr("secret is refused"));
}

TEST_F(KeycloakTokens, AreRefusedInTheServersWords) {
    create();
    const auto secret = secret_of(kMux);
    constexpr const char* kBad = "Invalid client or Invalid client credentials";
    EXPECT_EQ(token_request(form(kMux, secret)).status, 200);
    expect_refusal(token_request(form("nobody", secret)), 401, "invalid_client", kBad);
    expect_refusal(token_request(form(kMux, "wrong")), 401, "unauthorized_client", kBad);
    expect_refusal(token_request("grant_type=client_credentials"), 401, "invalid_client");
    expect_refusal(token_request("client_id=x"), 400, "invalid_request");
    expect_refusal(
        token_request("grant_type=magic&client_id=mcp-multiplexer&client_secret=" + secret),
        400,
        "unsupported_grant_type");
    expect_refusal(token_request(form(kMux, secret) + "&scope=nonsense"), 400, "invalid_scope");
    expect_refusal(
        token_request(form(kMux, secret) + "&grant_type=client_credentials"),
        400,
        "invalid_request");
    // operator:a%b
    expect_refusal(
        token_request("grant_type=client_credentials", "b3BlcmF0b3I6YSVi"),
        400,
        "unauthorized_client");
}

TEST_F(KeycloakTokens, AreRefusedToClientsWithoutServiceAccount) {
    add({{"clientId", "plain"}, {"publicClient", false}, {"secret", "s"}});
    EXPECT_THAT(mint("plain", "s").error().message(), HasSubstr("service accounts are off"));
    add({{"clientId", "open"}, {"publicClient", true}, {"protocol", "openid-connect"}});
    EXPECT_THAT(mint("open", "s").error().message(), HasSubstr("the client is public"));
}

TEST_F(KeycloakTokens, OfARealmThatIsNotThereAreNotFound) {
    HttpRequest request("POST", backend_->url() + "/realms/none/protocol/openid-connect/token");
    request.headers.add("Content-Type", "application/x-www-form-urlencoded");
    request.body = "grant_type=client_credentials";
    const auto answer = backend_->driver().ask(backend_->transport(), std::move(request));
    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ(json_of(answer).at("error"), "Realm does not exist");
}

}  // namespace
}  // namespace wavegate::testing
