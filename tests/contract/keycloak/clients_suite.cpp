// What the operator's writes do to clients, their mappers and secrets.
#include "operator/model/client_rules.hpp"
#include "tests/contract/keycloak/suite.hpp"

#include <gmock/gmock.h>

namespace wavegate::testing {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using ::testing::HasSubstr;
using Clients = KeycloakSuite;

json::value flags_of(const json::value& client, std::initializer_list<const char*> names) {
    json::object out;
    for (const auto* name : names) {
        const auto* value = client.as_object().if_contains(name);
        out[name] = value == nullptr ? json::value() : *value;
    }
    return out;
}

TEST_F(Clients, ThatAreMissingAreNoClientAndNoError) {
    const auto seen = see();
    ASSERT_TRUE(seen) << seen.error().message();
    EXPECT_FALSE(seen->has_value());
}

TEST_F(Clients, AreMadeConfidentialAndOnlyToMint) {
    create();
    const auto seen = see();
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

TEST_F(Clients, MadeTwiceAreAConflictThatChangesNothing) {
    create();
    const auto secret = secret_of(kMux);
    const auto again = apply(mux_client());
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().kind(), ErrorKind::Conflict);
    EXPECT_EQ(again.error().effect(), Effect::None);
    EXPECT_EQ(secret_of(kMux), secret);
}

TEST_F(Clients, KeepAllThatIsNotManagedOverAnUpdate) {
    add(
        {{"clientId", kMux},
         {"publicClient", false},
         {"serviceAccountsEnabled", true},
         {"description", "by hand"},
         {"secret", "kept"},
         {"authorizationServicesEnabled", true},
         {"attributes", json::object{{"team", "blue"}, {"wavegate.owner", "homelab"}}},
         {"protocolMappers",
          json::array{json::object{
              {"name", "theirs"},
              {"protocol", "openid-connect"},
              {"protocolMapper", "oidc-hardcoded-claim-mapper"},
              {"config",
               json::object{
                   {"claim.name", "team"},
                   {"claim.value", "blue"},
                   {"jsonType.label", "String"},
                   {"access.token.claim", "true"}}}}}}});
    const auto done = apply(update());
    ASSERT_TRUE(done) << done.error().message();
    const auto client = stored(kMux);
    EXPECT_EQ(secret_of(kMux), "kept");
    EXPECT_EQ(client.at("attributes").at("team"), "blue");
    EXPECT_EQ(client.at("attributes").at("wavegate.owner"), "homelab");
    EXPECT_EQ(client.at("description"), "by hand");
    EXPECT_EQ(
        flags_of(client, {"serviceAccountsEnabled", "authorizationServicesEnabled"}),
        (json::value{{"serviceAccountsEnabled", true}, {"authorizationServicesEnabled", true}}));
    EXPECT_EQ(client.at("protocolMappers").as_array().size(), 2U);
}

TEST_F(Clients, LoseEachWayInThatSomebodyOpened) {
    create();
    const auto secret = secret_of(kMux);
    put(kMux,
        {{"standardFlowEnabled", true},
         {"implicitFlowEnabled", true},
         {"directAccessGrantsEnabled", true},
         {"consentRequired", true},
         {"fullScopeAllowed", true},
         {"clientAuthenticatorType", "client-jwt"},
         {"redirectUris", json::array{"https://attacker.example/*"}},
         {"webOrigins", json::array{"https://attacker.example"}},
         {"attributes",
          json::object{
              {"oauth2.device.authorization.grant.enabled", "true"},
              {"oidc.ciba.grant.enabled", "true"}}}});
    const auto seen = see();
    ASSERT_TRUE(seen && *seen);
    const auto& open = **seen;
    EXPECT_TRUE(open.standard_flow && open.implicit_flow && open.direct_access);
    EXPECT_TRUE(open.consent_required && open.full_scope);
    EXPECT_EQ(open.authenticator, "client-jwt");
    EXPECT_EQ(open.redirect_uris, std::vector<std::string>{"https://attacker.example/*"});
    EXPECT_EQ(open.web_origins, std::vector<std::string>{"https://attacker.example"});
    EXPECT_EQ(open.attributes.at("oidc.ciba.grant.enabled"), "true");

    const auto done = apply(update());
    ASSERT_TRUE(done) << done.error().message();
    const auto mended = see();
    ASSERT_TRUE(mended && *mended);
    for (const auto& one : kClientSwitches) {
        EXPECT_EQ((**mended).*one.seen, one.wanted) << one.field;
    }
    for (const auto* name : kClosedAttributes) {
        const auto& attributes = (*mended)->attributes;
        EXPECT_TRUE(!attributes.contains(name) || attributes.at(name) == "false") << name;
    }
    EXPECT_EQ((*mended)->authenticator, "client-secret");
    EXPECT_TRUE((*mended)->redirect_uris.empty() && (*mended)->web_origins.empty());
    EXPECT_EQ(secret_of(kMux), secret);
    EXPECT_TRUE(mint(kMux, secret));
}

TEST_F(Clients, AreTheSameAfterTheSameUpdate) {
    create();
    ASSERT_TRUE(apply(update()));
    const auto before = stored(kMux);
    ASSERT_TRUE(apply(update()));
    EXPECT_EQ(stored(kMux), before);
}

TEST_F(Clients, GetAMapperBackThatWasRemovedByHand) {
    create();
    remove_mapper();
    EXPECT_FALSE(own_claims().contains("aud"));
    ASSERT_TRUE(apply(update(true)));
    EXPECT_EQ(own_claims().at("aud"), "agent-services");
}

TEST_F(Clients, GetAMapperMendedThatWasBentByHand) {
    create();
    put(kMux,
        {{"protocolMappers",
          json::array{json::object{
              {"name", "wavegate-aud-agent-services"},
              {"protocol", "openid-connect"},
              {"protocolMapper", "oidc-audience-mapper"},
              {"config",
               json::object{
                   {"included.client.audience", "elsewhere"},
                   {"included.custom.audience", "agent-services"},
                   {"access.token.claim", "true"}}}}}}});
    EXPECT_EQ(own_claims().at("aud"), "elsewhere") << "the client audience wins";
    const auto before = stored(kMux).at("protocolMappers").at(0).at("id");
    ASSERT_TRUE(apply(update(true)));
    EXPECT_EQ(own_claims().at("aud"), "agent-services");
    EXPECT_EQ(stored(kMux).at("protocolMappers").as_array().size(), 1U);
    EXPECT_EQ(stored(kMux).at("protocolMappers").at(0).at("id"), before) << "in its place";
}

TEST_F(Clients, OfAnotherFleetAreLeftAlone) {
    create();
    put(kMux, {{"attributes", json::object{{"wavegate.owner", "other"}}}});
    const auto before = stored(kMux);
    const auto done = apply(update());
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind(), ErrorKind::Conflict);
    EXPECT_EQ(stored(kMux), before);
}

TEST_F(Clients, WhoseMarkIsGoneByNowAreNobodysToChange) {
    create();
    auto write = body_of(update());
    put(kMux, {{"attributes", json::object{{"wavegate.owner", ""}}}});
    const auto before = stored(kMux);
    const auto done = send(*client_, std::move(write));
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind(), ErrorKind::Conflict);
    EXPECT_EQ(done.error().effect(), Effect::None);
    EXPECT_EQ(stored(kMux), before);
}

/// That a document and a person say so is the guard's question.
TEST_F(Clients, WithoutAMarkGetItWithTheirSettings) {
    add(
        {{"clientId", kMux},
         {"publicClient", false},
         {"serviceAccountsEnabled", true},
         {"description", "of another team"}});
    const auto done = apply(update());
    ASSERT_TRUE(done) << done.error().message();
    const auto after = see();
    ASSERT_TRUE(after && *after);
    EXPECT_EQ((*after)->attributes.at("wavegate.owner"), "homelab");
    EXPECT_FALSE((*after)->standard_flow);
    EXPECT_EQ(stored(kMux).at("description").as_string(), "of another team");
}

TEST_F(Clients, ThatWereDeletedMeanwhileAreNotFound) {
    create();
    const auto edit = update();
    ASSERT_EQ(raw("DELETE", "/clients/" + edit.uuid).status, 204);
    const auto done = apply(edit);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind(), ErrorKind::NotFound);
    EXPECT_EQ(done.error().effect(), Effect::None);
    EXPECT_EQ(raw("DELETE", "/clients/" + edit.uuid).status, 404);
}

TEST_F(Clients, AreUpdatedUnderARotationPolicyThatRefusesAPutWithoutAttributes) {
    create();
    backend_->set_rotation_policy(sandbox::RotationPolicy());
    EXPECT_EQ(raw("PUT", "/clients/" + id_of(kMux), R"({"description":"x"})").status, 500);
    EXPECT_TRUE(apply(update()));
    EXPECT_TRUE(stored(kMux).at("attributes").as_object().contains("client.secret.expiration.time"))
        << "the first good PUT starts the clock";
}

TEST_F(Clients, MintWithBothSecretsWhileARotatedOneLives) {
    create();
    backend_->set_rotation_policy(sandbox::RotationPolicy{30 * 24h, 5s});
    const auto old_secret = secret_of(kMux);
    const auto new_secret = regenerate(kMux);
    EXPECT_NE(new_secret, old_secret);
    EXPECT_TRUE(mint(kMux, old_secret));
    EXPECT_TRUE(mint(kMux, new_secret));
    const auto rotated = raw("GET", "/clients/" + id_of(kMux) + "/client-secret/rotated");
    EXPECT_EQ(text(json_of(rotated), "value"), old_secret);
    const auto seen = see();
    ASSERT_TRUE(seen && *seen);
    EXPECT_FALSE((*seen)->attributes.contains("client.secret.rotated")) << "the old one in clear";
    backend_->driver().wait(7s);
    EXPECT_FALSE(mint(kMux, old_secret));
    EXPECT_TRUE(mint(kMux, new_secret));
}

TEST_F(Clients, LoseARotatedSecretWhenItsSlotIsCleared) {
    create();
    backend_->set_rotation_policy(sandbox::RotationPolicy());
    const auto old_secret = secret_of(kMux);
    const auto new_secret = regenerate(kMux);
    const auto slot = "/clients/" + id_of(kMux) + "/client-secret/rotated";
    EXPECT_EQ(raw("DELETE", slot).status, 204);
    EXPECT_EQ(raw("DELETE", slot).status, 204);
    const auto gone = raw("GET", slot);
    EXPECT_EQ(gone.status, 404);
    EXPECT_EQ(json_of(gone), (json::value{{"error", "Client does not have a rotated secret"}}));
    EXPECT_FALSE(mint(kMux, old_secret));
    EXPECT_TRUE(mint(kMux, new_secret));
}

TEST_F(Clients, WithoutAPolicyLoseTheOldSecretAtOnce) {
    create();
    const auto old_secret = secret_of(kMux);
    const auto new_secret = regenerate(kMux);
    const auto refused = mint(kMux, old_secret);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), ErrorKind::Denied);
    EXPECT_EQ(refused.error().status(), 401);
    EXPECT_TRUE(mint(kMux, new_secret));
    EXPECT_NE(regenerate(kMux), new_secret) << "every repeat makes another";
}

TEST_F(Clients, TakeASecretAsItIsGiven) {
    create();
    const auto old_secret = secret_of(kMux);
    put(kMux, {{"secret", "chosen"}});
    EXPECT_EQ(secret_of(kMux), "chosen");
    EXPECT_TRUE(mint(kMux, "chosen"));
    EXPECT_FALSE(mint(kMux, old_secret));
    put(kMux, {{"description", "x"}});
    EXPECT_EQ(secret_of(kMux), "chosen");
}

TEST_F(Clients, KeepIssuedTokensOverARotation) {
    create();
    const auto token = mint(kMux, secret_of(kMux));
    regenerate(kMux);
    const auto keys = jwks();
    ASSERT_TRUE(keys);
    EXPECT_TRUE(token->value->reveal(
        [&](std::string_view value) { return formats::verify_jwt(value, *keys).has_value(); }));
}

TEST_F(Clients, ThatAreDisabledMintNothing) {
    create();
    const auto secret = secret_of(kMux);
    put(kMux, {{"enabled", false}});
    EXPECT_THAT(mint(kMux, secret).error().message(), HasSubstr("unknown or disabled"));
    EXPECT_EQ(mint(kMux, secret).error().status(), 401);
    ASSERT_TRUE(apply(update()));
    EXPECT_TRUE(mint(kMux, secret)) << "an update enables it again";
}

}  // namespace
}  // namespace wavegate::testing
