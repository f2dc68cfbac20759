// A client with no other purpose logs in to a real OpenBao with tokens of a real Keycloak.
//
// What a token opens, measured on Keycloak 26.7.3, realm `fleet` and master alike; each client has
// an audience mapper for `openbao`:
// - A client's own token can't be narrowed by asking. `scope=` only adds: `aud`, `realm_access` and
//   `resource_access` stay as they are. Standard token exchange (the client switched on for it)
//   refuses `audience=openbao` (400 "Audience not found", it must be a client) and its own id
//   (400); `audience=account` leaves `account` alone in `aud` and its roles alone in
//   `resource_access`, and that token still reads and makes clients: the admin API asks for the
//   roles of the service account within the client's scope, not for what the token claims.
// - So roles that no claim shows count: full scope without the client scope `roles`
//   (`aud: "openbao"`, no `realm_access`), lightweight tokens (no `aud` but by a mapper for them),
//   and a scope mapping without full scope. Dynamic registration takes such tokens too.
// - A second client without roles: with full scope and the default client scopes `aud` is
//   ["openbao", "account"], with `default-roles-…`, `offline_access`, `uma_authorization` and three
//   roles of `account`; without full scope, or without scope `roles`, `aud` is "openbao" and there
//   are none. `azp` is the client each time. Without full scope the admin API answers 403 even
//   where the service account has `manage-clients`.
// - GET /admin/realms/REALM is 200 for each role of the administration alone (in master for a role
//   of another realm too) but `impersonation`, and 403 without any.
#include "operator/access/vault_login.hpp"
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
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* kSecret = "the login's own";

json::object mapper(const char* audience) {
    return {
        {"name", audience},
        {"protocol", "openid-connect"},
        {"protocolMapper", "oidc-audience-mapper"},
        {"config",
         json::object{
             {"included.custom.audience", audience},
             {"access.token.claim", "true"},
             {"lightweight.claim", "true"}}}};
}

/// A client that mints for one audience and may do nothing, but for `changes`.
void add_client(
    KeycloakServer& keycloak,
    const std::string& client_id,
    const char* audience,
    const json::object& changes = {}) {
    json::object client{
        {"clientId", client_id},
        {"publicClient", false},
        {"serviceAccountsEnabled", true},
        {"fullScopeAllowed", false},
        {"secret", kSecret},
        {"protocolMappers", json::array{mapper(audience)}}};
    for (const auto& [field, value] : changes) {
        client[field] = value;
    }
    ASSERT_EQ(keycloak.as_admin("POST", "realms/fleet/clients", client).status, 201) << client_id;
}

/// Keycloak's id of a client.
std::string id_of(KeycloakServer& keycloak, const std::string& client_id) {
    const auto found =
        body_of(keycloak.as_admin("GET", "realms/fleet/clients?clientId=" + client_id));
    return std::string(std::string_view(found.as_array().at(0).at("id").as_string()));
}

/// Lets a client's service account write clients.
void make_administrator(KeycloakServer& keycloak, const std::string& client_id) {
    const auto client = "realms/fleet/clients/" + id_of(keycloak, client_id);
    const auto management = id_of(keycloak, "realm-management");
    const auto role = body_of(
        keycloak.as_admin("GET", "realms/fleet/clients/" + management + "/roles/manage-clients"));
    const auto user = body_of(keycloak.as_admin("GET", client + "/service-account-user"));
    const auto mappings = "realms/fleet/users/" +
                          std::string(std::string_view(user.at("id").as_string())) +
                          "/role-mappings/clients/" + management;
    ASSERT_EQ(keycloak.as_admin("POST", mappings, json::array{role}).status, 204);
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
        add_client(*keycloak_, "wavegate-vault", "openbao");
        const auto issuer = keycloak_->url() + "/realms/fleet";
        const auto& bao = *openbao_;
        const json::object config{{"oidc_discovery_url", issuer}, {"bound_issuer", issuer}};
        const json::object role{
            {"role_type", "jwt"},
            {"user_claim", "azp"},
            {"bound_audiences", json::array{"openbao"}},
            {"bound_claims", json::object{{"azp", "wavegate-vault"}}},
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
        credentials_.set("env:VAULT", kSecret);
    }

    /// The vault's client, with tokens that this Keycloak client mints.
    std::unique_ptr<openbao::Client> vault_of(const std::string& client_id) {
        FleetSpec fleet;
        fleet.keycloak.url = keycloak_->url();
        fleet.keycloak.realm = "fleet";
        fleet.keycloak.client_id = "wavegate";
        fleet.keycloak.client_secret = Reference{"env:KC", {}};
        fleet.openbao.url = openbao_->url();
        fleet.openbao.mount = "secret";
        fleet.openbao.jwt_login = JwtLogin{"jwt", "wavegate", client_id, {"env:VAULT", {}}};
        fleet.jwt.audience = "agent-services";
        settings::AccessRules rules;
        rules.keycloak_token = settings::parse_origins(openbao_->url()).value();
        gate_ = std::make_unique<access::Gate>(std::move(rules));
        identity_ = std::make_unique<keycloak::Client>(
            transport_, credentials_, driver_->clock(), fleet.keycloak);
        auto administers = [this](SecretValue token) {
            return identity_->administers(std::move(token));
        };
        login_ = std::make_unique<access::VaultLogin>(
            *gate_, credentials_, *identity_, std::move(administers), fleet);
        return std::make_unique<openbao::Client>(
            transport_, credentials_, driver_->clock(), fleet.openbao, [this] {
                return login_->mint();
            });
    }
    Result<std::optional<VaultEntry>> read(openbao::Client& vault) {
        return driver_->run(vault.read("fleet/oidc"));
    }
    /// Why no token of that client reaches the vault.
    std::string refusal_of(const std::string& client_id) {
        const auto vault = vault_of(client_id);
        const auto seen = read(*vault);
        EXPECT_FALSE(seen);
        EXPECT_EQ(seen.error().kind(), ErrorKind::Denied);
        return seen.error().message();
    }
    Result<Token> minted(const std::string& client_id) {
        return driver_->run(identity_->mint(client_id, make_secret(kSecret)));
    }
    /// Does it read Keycloak's clients?
    int reads_clients(const Secret& token) {
        return ask_json(
                   "GET",
                   keycloak_->url() + "/admin/realms/fleet/clients",
                   nullptr,
                   "Authorization: Bearer " +
                       token.reveal([](std::string_view text) { return std::string(text); }))
            .status;
    }

    static std::unique_ptr<KeycloakServer> keycloak_;
    static std::unique_ptr<OpenBaoServer> openbao_;
    std::unique_ptr<Driver> driver_ = live_driver();
    net::CurlTransport transport_{driver_->executor()};
    FixedCredentials credentials_;
    std::unique_ptr<access::Gate> gate_;
    std::unique_ptr<keycloak::Client> identity_;
    std::unique_ptr<access::VaultLogin> login_;
};
std::unique_ptr<KeycloakServer> KeycloakJwt::keycloak_;
std::unique_ptr<OpenBaoServer> KeycloakJwt::openbao_;

TEST_F(KeycloakJwt, OpensTheVault) {
    const auto vault = vault_of("wavegate-vault");
    VaultWrite write;
    write.path = "fleet/oidc";
    write.marks = VaultMarks{{{"wavegate_owner", "homelab"}}, 0};
    write.data["OIDC_CLIENT_SECRET"] = make_secret("\"s3cret\"");
    const auto done = driver_->run(vault->apply(permit(std::move(write))));
    ASSERT_TRUE(done) << done.error().message();
    const auto seen = read(*vault);
    ASSERT_TRUE(seen && *seen);
    EXPECT_EQ(*(*seen)->data.at("OIDC_CLIENT_SECRET"), Secret::copy_of("s3cret"));
}

TEST_F(KeycloakJwt, OpensNothingElse) {
    const auto vault = vault_of("wavegate-vault");
    const auto token = driver_->run(login_->mint());
    ASSERT_TRUE(token) << token.error().message();
    EXPECT_EQ(reads_clients(**token), 403);
    make_administrator(*keycloak_, "wavegate-vault");
    EXPECT_EQ(reads_clients(**token), 403) << "outside the client's scope";
    EXPECT_TRUE(read(*vault));
}

TEST_F(KeycloakJwt, OpensTheVaultAfterKeycloakWasRestarted) {
    keycloak_->stop();
    const auto vault = vault_of("wavegate-vault");
    EXPECT_EQ(read(*vault).error().kind(), ErrorKind::Unavailable);
    ASSERT_TRUE(keycloak_->start());
    const auto seen = read(*vault);
    EXPECT_TRUE(seen) << seen.error().message();
}

TEST_F(KeycloakJwt, OfFullScopeStaysAtHome) {
    add_client(*keycloak_, "wide", "openbao", {{"fullScopeAllowed", true}});
    EXPECT_THAT(refusal_of("wide"), HasSubstr("it carries roles; turn \"Full scope allowed\" off"));
}

TEST_F(KeycloakJwt, ThatHidesItsRolesStaysAtHome) {
    add_client(
        *keycloak_,
        "hidden",
        "openbao",
        {{"fullScopeAllowed", true}, {"defaultClientScopes", json::array{"basic"}}});
    make_administrator(*keycloak_, "hidden");
    EXPECT_THAT(refusal_of("hidden"), HasSubstr("it opens Keycloak's administration"));
    EXPECT_EQ(reads_clients(*minted("hidden")->value), 200) << "which the vault could have done";
}

TEST_F(KeycloakJwt, ThatIsLightweightStaysAtHome) {
    add_client(
        *keycloak_,
        "light",
        "openbao",
        {{"fullScopeAllowed", true},
         {"attributes", json::object{{"client.use.lightweight.access.token.enabled", "true"}}}});
    make_administrator(*keycloak_, "light");
    EXPECT_THAT(refusal_of("light"), HasSubstr("it opens Keycloak's administration"));
}

TEST_F(KeycloakJwt, ForMoreThanTheVaultStaysAtHome) {
    add_client(
        *keycloak_,
        "twice",
        "openbao",
        {{"protocolMappers", json::array{mapper("openbao"), mapper("another")}}});
    EXPECT_THAT(refusal_of("twice"), HasSubstr("not for exactly one audience"));
    add_client(*keycloak_, "nobodys", "openbao", {{"protocolMappers", json::array()}});
    EXPECT_THAT(refusal_of("nobodys"), HasSubstr("not for exactly one audience"));
    add_client(*keycloak_, "services", "agent-services");
    EXPECT_THAT(refusal_of("services"), HasSubstr("the fleet's services"));
}

TEST_F(KeycloakJwt, ForAnotherAudienceIsDeniedByTheVault) {
    add_client(*keycloak_, "elsewhere", "another-vault");
    EXPECT_THAT(
        refusal_of("elsewhere"),
        AllOf(HasSubstr("audience is none that the role is bound to"), HasSubstr("(aud) claim")));
}

TEST_F(KeycloakJwt, OfAClientThatDoesNotMintSaysWhoRefused) {
    EXPECT_THAT(
        refusal_of("nobody"),
        HasSubstr("login: keycloak: mint: the client is unknown or disabled: Invalid client"));
}

}  // namespace
}  // namespace wavegate::testing
