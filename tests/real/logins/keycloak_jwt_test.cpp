// Wavegate's own client of a real Keycloak logs in to a real OpenBao.
#include "operator/backends/keycloak/client.hpp"
#include "operator/backends/openbao/client.hpp"
#include "operator/net/curl_transport.hpp"
#include "operator/sandbox/openbao/tokens.hpp"
#include "tests/real/support/keycloak_server.hpp"
#include "tests/real/support/openbao_server.hpp"
#include "tests/support/driver.hpp"
#include "tests/support/fixed_credentials.hpp"
#include "tests/support/permits.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace wavegate::testing {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;

constexpr const char* kSecret = "wavegate's own";

/// A client that mints, with an audience mapper for `audience` unless it is empty.
void add_client(KeycloakServer& keycloak, const std::string& client_id, const char* audience) {
    json::array mappers;
    if (*audience != '\0') {
        mappers.push_back(json::object{
            {"name", "vault"},
            {"protocol", "openid-connect"},
            {"protocolMapper", "oidc-audience-mapper"},
            {"config",
             json::object{
                 {"included.custom.audience", audience}, {"access.token.claim", "true"}}}});
    }
    const json::object client{
        {"clientId", client_id},
        {"publicClient", false},
        {"serviceAccountsEnabled", true},
        {"fullScopeAllowed", false},
        {"secret", kSecret},
        {"protocolMappers", mappers}};
    ASSERT_EQ(keycloak.as_admin("POST", "realms/fleet/clients", client).status, 201);
}

json::string policy() {
    json::object paths;
    for (const auto& rule : sandbox::operator_policy("secret", "fleet")) {
        paths[rule.path] = json::object{
            {"capabilities", json::array(rule.capabilities.begin(), rule.capabilities.end())}};
    }
    return json::string(json::serialize(json::object{{"path", std::move(paths)}}));
}

class KeycloakJwt : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        if (!installed("keycloak") || !installed("openbao")) {
            return;
        }
        keycloak_ = std::make_unique<KeycloakServer>();
        openbao_ = std::make_unique<OpenBaoServer>(OpenBaoServer::Storage::Dev);
        ASSERT_TRUE(keycloak_->start() && openbao_->start());
        ASSERT_TRUE(keycloak_->add_realm("fleet"));
        add_client(*keycloak_, "wavegate", "openbao");
        add_client(*keycloak_, "elsewhere", "agent-services");
        const auto issuer = keycloak_->url() + "/realms/fleet";
        const auto& bao = *openbao_;
        const json::object config{{"oidc_discovery_url", issuer}, {"bound_issuer", issuer}};
        const json::object role{
            {"role_type", "jwt"},
            {"user_claim", "azp"},
            {"bound_audiences", json::array{"openbao"}},
            {"bound_claims", json::object{{"azp", "wavegate"}}},
            {"token_policies", json::array{"fleet"}},
            {"token_ttl", "20m"}};
        ASSERT_EQ(bao.as_root("POST", "sys/auth/jwt", {{"type", "jwt"}}).status, 204);
        ASSERT_EQ(bao.as_root("POST", "auth/jwt/config", config).status, 204);
        ASSERT_EQ(bao.as_root("POST", "auth/jwt/role/wavegate", role).status, 204);
        const json::object rules{{"policy", policy()}};
        ASSERT_EQ(bao.as_root("PUT", "sys/policies/acl/fleet", rules).status, 204);
    }
    static void TearDownTestSuite() {
        keycloak_.reset();
        openbao_.reset();
    }
    void SetUp() override {
        if (!keycloak_) {
            GTEST_SKIP() << "skipped: keycloak or openbao not installable here";
        }
        credentials_.set("env:KC", kSecret);
    }

    /// The vault's client, with tokens that this Keycloak client mints.
    openbao::Client vault_of(const std::string& client_id) {
        KeycloakSpec at_keycloak;
        at_keycloak.url = keycloak_->url();
        at_keycloak.realm = "fleet";
        at_keycloak.client_id = client_id;
        at_keycloak.client_secret = Reference{"env:KC", {}};
        identity_ = std::make_unique<keycloak::Client>(
            transport_, credentials_, driver_->clock(), at_keycloak);
        OpenBaoSpec at_openbao;
        at_openbao.url = openbao_->url();
        at_openbao.mount = "secret";
        at_openbao.jwt_login = JwtLogin{"jwt", "wavegate"};
        return {transport_, credentials_, driver_->clock(), at_openbao, [this, client_id] {
                    return minted(*identity_, client_id);
                }};
    }
    static Task<SecretValue> minted(Identity& identity, std::string client_id) {
        auto token = co_await identity.mint(std::move(client_id), make_secret(kSecret));
        if (!token) {
            co_return token.take_error();
        }
        co_return std::move(token->value);
    }
    Result<std::optional<VaultEntry>> read(openbao::Client& vault) {
        return driver_->run(vault.read("fleet/oidc"));
    }

    static std::unique_ptr<KeycloakServer> keycloak_;
    static std::unique_ptr<OpenBaoServer> openbao_;
    std::unique_ptr<Driver> driver_ = live_driver();
    net::CurlTransport transport_{driver_->executor()};
    FixedCredentials credentials_;
    std::unique_ptr<keycloak::Client> identity_;
};
std::unique_ptr<KeycloakServer> KeycloakJwt::keycloak_;
std::unique_ptr<OpenBaoServer> KeycloakJwt::openbao_;

TEST_F(KeycloakJwt, OpensTheVault) {
    auto vault = vault_of("wavegate");
    SecretEdit edit;
    edit.path = "fleet/oidc";
    edit.owner = "homelab";
    edit.mark_first = true;
    edit.data["OIDC_CLIENT_SECRET"] = make_secret("s3cret");
    Edit whole;
    whole.body = std::move(edit);
    const auto done = driver_->run(vault.apply(permit(std::move(whole), Live())));
    ASSERT_TRUE(done) << done.error().message();
    const auto seen = read(vault);
    ASSERT_TRUE(seen && *seen);
    EXPECT_EQ(*(*seen)->data.at("OIDC_CLIENT_SECRET"), Secret::copy_of("s3cret"));
}

TEST_F(KeycloakJwt, OpensTheVaultAfterKeycloakWasRestarted) {
    keycloak_->stop();
    auto vault = vault_of("wavegate");
    EXPECT_EQ(read(vault).error().kind(), ErrorKind::Unavailable);
    ASSERT_TRUE(keycloak_->start());
    const auto seen = read(vault);
    EXPECT_TRUE(seen) << seen.error().message();
}

TEST_F(KeycloakJwt, ForAnotherAudienceIsDenied) {
    auto vault = vault_of("elsewhere");
    const auto seen = read(vault);
    ASSERT_FALSE(seen);
    EXPECT_EQ(seen.error().kind(), ErrorKind::Denied);
    EXPECT_THAT(seen.error().message(), HasSubstr("audience"));
}

TEST_F(KeycloakJwt, OfAClientThatDoesNotMintSaysWhoRefused) {
    auto vault = vault_of("nobody");
    const auto seen = read(vault);
    ASSERT_FALSE(seen);
    EXPECT_EQ(seen.error().kind(), ErrorKind::Denied);
    EXPECT_THAT(seen.error().message(), HasSubstr("login: keycloak: mint: the client is unknown"));
}

}  // namespace
}  // namespace wavegate::testing
