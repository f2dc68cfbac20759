#include "operator/access/vault_login.hpp"

#include "operator/base/digest.hpp"
#include "tests/support/fixed_credentials.hpp"
#include "tests/support/simulation.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::access {
namespace {

namespace json = boost::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kVault = "https://openbao.arpa";

FleetSpec fleet() {
    FleetSpec fleet;
    fleet.keycloak = {"https://keycloak.arpa", "master", "wavegate", {"env:KC", {}}};
    fleet.openbao.url = kVault;
    fleet.openbao.jwt_login = JwtLogin{"jwt", "wavegate", "wavegate-vault", {"env:VAULT", {}}};
    fleet.jwt.audience = "agent-services";
    return fleet;
}

/// As Keycloak 26 mints it for a client without full scope and one audience mapper.
json::object good_claims() {
    return {
        {"iss", "https://keycloak.arpa/realms/master"},
        {"aud", "openbao"},
        {"sub", "0c2781ff"},
        {"typ", "Bearer"},
        {"azp", "wavegate-vault"},
        {"scope", "profile email"},
        {"client_id", "wavegate-vault"}};
}

/// Its signature is nobody's: Keycloak's own hand gave it, and the vault will ask.
std::string token_of(const json::object& claims) {
    return base64url_encode(R"({"alg":"RS256"})") + "." +
           base64url_encode(json::serialize(claims)) + "." + base64url_encode("signature");
}

/// What is wrong with a token in which this is changed; empty: nothing. A null takes a claim out.
std::string fault_with(const json::object& changes) {
    auto claims = good_claims();
    for (const auto& [name, value] : changes) {
        claims[name] = value;
        if (value.is_null()) {
            claims.erase(name);
        }
    }
    const auto fit = fit_for_login(token_of(claims), fleet());
    EXPECT_TRUE(fit || fit.error().kind() == ErrorKind::Denied);
    return fit ? std::string() : fit.error().message();
}

json::object roles(std::initializer_list<json::value_ref> names) {
    return {{"roles", json::array(names)}};
}

TEST(TokenForAVault, IsForItsAudienceAlone) {
    EXPECT_EQ(fault_with({}), "");
    EXPECT_EQ(fault_with({{"aud", json::array{"openbao"}}}), "");
    const auto many = fault_with({{"aud", json::array{"openbao", "account"}}});
    EXPECT_THAT(many, HasSubstr("client wavegate-vault is not sent to the vault: it is not for "));
    EXPECT_THAT(many, HasSubstr("exactly one audience; give the client one audience mapper"));
    EXPECT_THAT(fault_with({{"aud", nullptr}}), HasSubstr("exactly one audience"));
    EXPECT_THAT(fault_with({{"aud", json::array()}}), HasSubstr("exactly one audience"));
    EXPECT_THAT(fault_with({{"aud", 1}}), HasSubstr("exactly one audience"));
}

TEST(TokenForAVault, IsForNoAudienceThatAnybodyElseListensTo) {
    EXPECT_THAT(fault_with({{"aud", "agent-services"}}), HasSubstr("the fleet's services"));
    for (const auto* own : {"account", "realm-management", "master-realm", "wavegate"}) {
        EXPECT_THAT(fault_with({{"aud", own}}), HasSubstr("its audience is Keycloak itself"))
            << own;
    }
}

TEST(TokenForAVault, IsTheLoginClientsOwn) {
    EXPECT_THAT(fault_with({{"azp", "wavegate"}}), HasSubstr("it is another client's (azp)"));
    EXPECT_THAT(fault_with({{"azp", nullptr}}), HasSubstr("(azp)"));
}

TEST(TokenForAVault, CarriesNoRoleNotEvenADefaultOne) {
    EXPECT_EQ(fault_with({{"realm_access", json::object()}}), "");
    const auto defaults = fault_with({{"realm_access", roles({"default-roles-master"})}});
    EXPECT_THAT(defaults, HasSubstr("it carries roles; turn \"Full scope allowed\" off"));
    const json::object clients{{"master-realm", roles({"manage-clients"})}};
    EXPECT_THAT(fault_with({{"resource_access", clients}}), HasSubstr("it carries roles"));
    EXPECT_THAT(fault_with({{"resource_access", "all"}}), HasSubstr("it carries roles"));
}

TEST(TokenForAVault, IsOneThatCanBeRead) {
    const auto fit = fit_for_login("opaque-s3cret", fleet());
    ASSERT_FALSE(fit);
    EXPECT_THAT(fit.error().message(), HasSubstr("not a JWT"));
    EXPECT_THAT(fit.error().message(), Not(HasSubstr("s3cret")));
}

/// Mints what it is told to, and notes what it was asked.
class Keycloak final : public Identity {
  public:
    Task<std::optional<ClientView>> client(std::string /*client_id*/) override {
        co_return std::optional<ClientView>();
    }
    Task<Token> mint(std::string client_id, SecretValue secret) override {
        asked.push_back("mint " + client_id + " by " + secret->reveal([](std::string_view text) {
            return std::string(text);
        }));
        Token token;
        token.value = make_secret(token_of(claims));
        co_return token;
    }
    Task<bool> administers() {
        asked.emplace_back("administers");
        if (down) {
            co_return Error(ErrorKind::Unavailable, "nobody answers");
        }
        co_return opens;
    }
    Task<std::string> jwks(std::string /*uri*/) override { co_return std::string(); }
    Task<Receipt> apply(Permit /*permit*/) override { co_return Receipt(); }

    json::object claims = good_claims();
    bool opens = false;
    bool down = false;
    std::vector<std::string> asked;
};

class VaultLoginTest : public ::testing::Test {
  protected:
    void SetUp() override { credentials_.set("env:VAULT", "vault-secret"); }

    Result<SecretValue> mint(const char* tokens_to = kVault) {
        settings::AccessRules rules;
        rules.keycloak_token = settings::parse_origins(tokens_to).value();
        const Gate gate(std::move(rules));
        const auto administers = [this](const SecretValue& /*token*/) {
            return keycloak_.administers();
        };
        VaultLogin login(gate, credentials_, keycloak_, administers, fleet());
        return sim_.run(login.mint());
    }

    wavegate::testing::Simulation sim_;
    wavegate::testing::FixedCredentials credentials_;
    Keycloak keycloak_;
};

TEST_F(VaultLoginTest, MintsForTheLoginsOwnClientWithASecretThatGoesToKeycloak) {
    const auto token = mint();
    ASSERT_TRUE(token) << token.error().message();
    EXPECT_EQ(**token, Secret::copy_of(token_of(good_claims())));
    EXPECT_THAT(credentials_.asked(), ElementsAre("env:VAULT for https://keycloak.arpa"));
    EXPECT_THAT(keycloak_.asked, ElementsAre("mint wavegate-vault by vault-secret", "administers"));
}

TEST_F(VaultLoginTest, MintsNothingForAVaultThatOperatorYamlDoesNotName) {
    const auto token = mint("https://another.arpa");
    ASSERT_FALSE(token);
    EXPECT_EQ(token.error().kind(), ErrorKind::Denied);
    EXPECT_THAT(
        token.error().message(),
        HasSubstr("tokens: { keycloak: ORIGINS } with ORIGINS: [ \"https://openbao.arpa\" ]"));
    EXPECT_THAT(keycloak_.asked, IsEmpty());
    EXPECT_THAT(credentials_.asked(), IsEmpty());
}

TEST_F(VaultLoginTest, GivesNoTokenOutThatOpensTheAdministrationWhateverItClaims) {
    keycloak_.opens = true;
    const auto token = mint();
    ASSERT_FALSE(token);
    EXPECT_EQ(token.error().kind(), ErrorKind::Denied);
    EXPECT_THAT(token.error().message(), HasSubstr("opens Keycloak's administration"));
}

TEST_F(VaultLoginTest, GivesNoTokenOutWhileNobodyCanSayWhatItOpens) {
    keycloak_.down = true;
    const auto token = mint();
    ASSERT_FALSE(token);
    EXPECT_EQ(token.error().kind(), ErrorKind::Unavailable);
}

TEST_F(VaultLoginTest, GivesNoTokenOutThatClaimsMore) {
    keycloak_.claims["aud"] = json::array{"openbao", "account"};
    const auto token = mint();
    ASSERT_FALSE(token);
    EXPECT_THAT(token.error().message(), HasSubstr("exactly one audience"));
}

TEST_F(VaultLoginTest, SaysWhichSecretIsMissing) {
    credentials_ = {};
    const auto token = mint();
    ASSERT_FALSE(token);
    EXPECT_THAT(token.error().message(), HasSubstr("openbao.jwtLogin.clientSecretRef: "));
}

}  // namespace
}  // namespace wavegate::access
