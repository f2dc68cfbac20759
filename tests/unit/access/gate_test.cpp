#include "operator/access/gate.hpp"

#include "operator/access/gated_transport.hpp"
#include "operator/access/refusals.hpp"
#include "tests/support/simulation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::access {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Gate gate() {
    settings::AccessRules rules;
    rules.references = settings::parse_rules(
                           "env:KC@https://keycloak.arpa|http://keycloak.arpa:8080,"
                           "env:VAULT@https://keycloak.arpa,"
                           "file:/run/secrets/*@https://portainer.arpa,"
                           "env:VALUE@service:a-mcp")
                           .value();
    rules.keycloak_token = settings::parse_origins("https://openbao.arpa").value();
    rules.probes = settings::parse_origins("http://*.arpa").value();
    rules.clients = settings::parse_clients("mux@stack:mux-stack|path:mux/oidc").value();
    rules.env = settings::parse_env_rules("a-mcp@NO_PROXY").value();
    rules.own = {"file:/run/secrets/git", "env:OWN"};
    return Gate(std::move(rules));
}

bool may(const Credential& credential, const std::string& url) {
    return gate().may_send(credential, url).has_value();
}
bool may_given(const std::string& reference, const std::string& url) {
    return may(Credential::given(reference), url);
}

TEST(AccessGate, LetsAReferenceGoToTheOriginsThatAreNamedForIt) {
    EXPECT_TRUE(may_given("env:KC", "https://keycloak.arpa/realms/master"));
    EXPECT_TRUE(may_given("env:KC", "http://keycloak.arpa:8080/"));
    EXPECT_TRUE(may_given("file:/run/secrets/portainer", "https://portainer.arpa/api"));
    EXPECT_FALSE(may_given("env:KC", "https://portainer.arpa"));
    EXPECT_FALSE(may_given("env:KC", "http://keycloak.arpa"));
    EXPECT_FALSE(may_given("env:UNKNOWN", "https://keycloak.arpa"));
}

TEST(AccessGate, SendsAValueForAServicesEnvNowhere) {
    EXPECT_FALSE(may_given("env:VALUE", "https://keycloak.arpa"));
}

TEST(AccessGate, TakesAFileByItsPlainNameAlone) {
    for (const auto* name :
         {"file:/run/secrets/../portainer",
          "file:/run/secrets/./portainer",
          "file:/run/secrets//portainer",
          "file:/run/secrets//git",
          "file:/run/secrets/sub/../git"}) {
        EXPECT_FALSE(may_given(name, "https://portainer.arpa")) << name;
    }
}

TEST(AccessGate, KeepsTheOperatorsOwnWhateverPatternFits) {
    const auto refused =
        gate().may_send(Credential::given("file:/run/secrets/git"), "https://portainer.arpa");
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message(), HasSubstr("the operator's own"));
}

TEST(AccessGate, HasRulesOfTheirOwnForWhatIsMinted) {
    EXPECT_TRUE(may(Credential::login_token(), "https://openbao.arpa/v1/auth/jwt/login"));
    EXPECT_FALSE(may(Credential::login_token(), "https://keycloak.arpa"));
    EXPECT_TRUE(may(Credential::probe(), "http://a-mcp.arpa/mcp"));
    EXPECT_FALSE(may(Credential::probe(), "http://evil.example/mcp"));
    EXPECT_FALSE(may(Credential::probe(), "https://openbao.arpa"));
}

TEST(AccessGate, NamesWhereAClientsSecretMayGo) {
    EXPECT_TRUE(gate().may_hold("mux", "mux-stack"));
    EXPECT_FALSE(gate().may_hold("mux", "evil"));
    EXPECT_FALSE(gate().may_hold("other", "mux-stack"));
    EXPECT_TRUE(gate().may_keep("mux", "mux/oidc"));
    EXPECT_FALSE(gate().may_keep("mux", "evil/oidc"));
    EXPECT_FALSE(gate().may_keep("other", "mux/oidc"));
}

TEST(AccessGate, SaysTheLineThatAPersonWouldWrite) {
    const auto said = [](const Credential& credential, const std::string& url) {
        return gate().may_send(credential, url).error().message();
    };
    EXPECT_THAT(
        said(Credential::given("env:KC"), "http://10.0.0.5:8080/x"),
        AllOf(
            HasSubstr("https://keycloak.arpa"),
            HasSubstr("{ ref: \"env:KC\", to: [ \"http://10.0.0.5:8080\" ] }")));
    EXPECT_THAT(
        said(Credential::probe(), "http://a.example/mcp"),
        HasSubstr("probes: [ \"http://a.example\" ]"));
    EXPECT_THAT(
        gate().may_hold("mux", "evil").error().message(),
        HasSubstr("clients: { mux: { stacks: [ evil ] } }"));
}

/// Counts what comes through.
class Wire final : public Transport {
  public:
    Task<HttpResponse> send(HttpRequest request) override {
        sent.push_back(request.url);
        co_return HttpResponse(200);
    }
    std::vector<std::string> sent;
};

class GatedTransportTest : public ::testing::Test {
  protected:
    Result<HttpResponse> send(HttpRequest request) {
        return sim_.run(transport_.send(std::move(request)));
    }

    wavegate::testing::Simulation sim_;
    Wire wire_;
    Gate gate_ = gate();
    GatedTransport transport_{wire_, gate_};
};

TEST_F(GatedTransportTest, SendsNothingThatCarriesACredentialToAnotherOrigin) {
    HttpRequest good("GET", "https://keycloak.arpa/");
    good.add_secret("Authorization", make_secret("a"), Credential::given("env:KC"));
    HttpRequest bad = good;
    bad.url = "http://keycloak.arpa/";
    HttpRequest body("POST", "https://evil.example/v1/auth/jwt/login");
    body.body = "a token";
    body.credentials = {Credential::login_token()};

    EXPECT_TRUE(send(good));
    EXPECT_EQ(send(bad).error().kind(), ErrorKind::Denied);
    EXPECT_EQ(send(body).error().kind(), ErrorKind::Denied);
    EXPECT_EQ(send(body).error().effect(), Effect::None);
    EXPECT_THAT(wire_.sent, ElementsAre("https://keycloak.arpa/"));
}

TEST_F(GatedTransportTest, SendsNoSecretWhoseNameNobodySaid) {
    HttpRequest request("GET", "https://keycloak.arpa/");
    request.secret_headers.emplace_back("Authorization", make_secret("a"));

    EXPECT_EQ(send(request).error().kind(), ErrorKind::Internal);
    EXPECT_THAT(wire_.sent, IsEmpty());
    EXPECT_TRUE(send(HttpRequest("GET", "http://anywhere.example/"))) << "it carries none";
}

DesiredState good_state() {
    DesiredState state;
    auto& fleet = state.fleet;
    fleet.name = "homelab";
    fleet.portainer = {"https://portainer.arpa", "swarm", {"file:/run/secrets/portainer", {}}};
    fleet.keycloak = {"https://keycloak.arpa", "master", "wavegate", {"env:KC", {}}};
    fleet.openbao.url = "https://openbao.arpa";
    fleet.openbao.jwt_login = JwtLogin{"jwt", "wavegate", "wavegate-vault", {"env:VAULT", {}}};
    fleet.eunomia.url = "http://eunomia.arpa";
    fleet.jwt.issuer = "http://keycloak.arpa/realms/master";
    fleet.jwt.jwks_uri = "https://keycloak.arpa/realms/master/certs";
    fleet.jwt.eunomia_url = "http://eunomia.arpa";
    fleet.multiplexer.url = "http://mux.arpa/mcp";
    fleet.multiplexer.stack = "mux-stack";
    fleet.multiplexer.client = "the-mux";
    OidcClientSpec client;
    client.name = "the-mux";
    client.client_id = "mux";
    client.secret_path = "mux/oidc";
    client.consumer_stacks = {"mux-stack"};
    state.clients.push_back(client);
    ServiceSpec service;
    service.name = "a-mcp";
    service.url = "http://a-mcp.arpa/mcp";
    service.health = "http://a-mcp.arpa/health";
    service.env = {{"LOG_LEVEL", "info"}, {"NO_PROXY", "eunomia.arpa"}};
    service.origin = {"services.yaml", 7, 1};
    state.services.push_back(service);
    return state;
}

/// Another value in one place, and the field that is told of.
struct Theft {
    const char* field;
    void (*make)(DesiredState&);
};
void PrintTo(const Theft& theft, std::ostream* out) {
    *out << theft.field;
}

class Refusal : public ::testing::TestWithParam<Theft> {};

TEST_P(Refusal, IsToEachPlaceThatNothingNames) {
    auto state = good_state();
    ASSERT_THAT(refusals(gate(), state), IsEmpty());
    GetParam().make(state);
    const auto found = refusals(gate(), state);
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].field, GetParam().field);
}

constexpr const char* kEvil = "https://evil.example";

INSTANTIATE_TEST_SUITE_P(
    All,
    Refusal,
    ::testing::Values(
        Theft{"spec.portainer.url", [](DesiredState& s) { s.fleet.portainer.url = kEvil; }},
        Theft{
            "spec.portainer.url",
            [](DesiredState& s) { s.fleet.portainer.url = "http://portainer.arpa"; }},
        Theft{
            "spec.portainer.url",
            [](DesiredState& s) { s.fleet.portainer.token.text = "env:OWN"; }},
        Theft{
            "spec.keycloak.url",
            [](DesiredState& s) {
                s.fleet.openbao.jwt_login.reset();
                s.fleet.keycloak.url = kEvil;
            }},
        Theft{"spec.openbao.jwtLogin", [](DesiredState& s) { s.fleet.openbao.url = kEvil; }},
        Theft{
            "spec.openbao.jwtLogin.clientSecretRef",
            [](DesiredState& s) {
                s.fleet.openbao.jwt_login->client_secret.text = "file:/run/secrets/portainer";
            }},
        Theft{
            "spec.openbao.jwtLogin.clientSecretRef",
            [](DesiredState& s) { s.fleet.openbao.jwt_login->client_secret.text = "env:OWN"; }},
        Theft{
            "spec.grafana.url",
            [](DesiredState& s) {
                s.fleet.grafana = GrafanaSpec{"https://keycloak.arpa", {"env:OWN", {}}};
            }},
        Theft{"spec.jwt.issuer", [](DesiredState& s) { s.fleet.jwt.issuer = kEvil; }},
        Theft{
            "spec.jwt.issuer",
            [](DesiredState& s) { s.fleet.jwt.issuer = "http://keycloak.arpa:9999"; }},
        Theft{"spec.jwt.jwksUri", [](DesiredState& s) { s.fleet.jwt.jwks_uri = kEvil; }},
        Theft{"spec.jwt.eunomia.url", [](DesiredState& s) { s.fleet.jwt.eunomia_url = kEvil; }},
        Theft{"spec.multiplexer.url", [](DesiredState& s) { s.fleet.multiplexer.url = kEvil; }},
        Theft{
            "spec.multiplexer.stack",
            [](DesiredState& s) { s.fleet.multiplexer.stack = "evil"; }},
        Theft{"spec.url", [](DesiredState& s) { s.services[0].url = kEvil; }},
        Theft{"spec.health", [](DesiredState& s) { s.services[0].health = kEvil; }},
        Theft{
            "spec.env.HTTPS_PROXY",
            [](DesiredState& s) { s.services[0].env["HTTPS_PROXY"] = kEvil; }},
        Theft{
            "spec.env.http_proxy",
            [](DesiredState& s) { s.services[0].env["http_proxy"] = kEvil; }},
        Theft{
            "spec.env.LD_PRELOAD",
            [](DesiredState& s) { s.services[0].env["LD_PRELOAD"] = "x"; }},
        Theft{
            "spec.env.PYTHONPATH",
            [](DesiredState& s) { s.services[0].env["PYTHONPATH"] = "x"; }},
        Theft{
            "spec.env.SSL_CERT_FILE",
            [](DesiredState& s) { s.services[0].env["SSL_CERT_FILE"] = "x"; }},
        Theft{
            "spec.env.LOG_LEVEL",
            [](DesiredState& s) {
                s.services[0].name = "portainer-mcp";
                s.services[0].env = {{"LOG_LEVEL", "debug"}};
            }},
        Theft{
            "spec.env.LOG_LEVEL",
            [](DesiredState& s) {
                s.services[0].stack = "mux-stack";
                s.services[0].env["LOG_LEVEL"] = "debug";
            }},
        Theft{
            "spec.auth",
            [](DesiredState& s) {
                s.services[0].declared = true;
                s.fleet.auth_profile = {"custom", {{"LD_PRELOAD", "x", ""}}, {}, "LD_PRELOAD"};
            }},
        Theft{
            "spec.auth",
            [](DesiredState& s) {
                s.services[0].name = "portainer-mcp";
                s.services[0].env.clear();
                s.services[0].declared = true;
                s.fleet.auth_profile = {"custom", {{"GATE", "x", ""}}, {}, "GATE"};
            }},
        Theft{"spec.secret.path", [](DesiredState& s) { s.clients[0].secret_path = "evil"; }},
        Theft{"spec.consumers", [](DesiredState& s) {
                  s.clients[0].consumer_stacks.emplace_back("evil");
              }}));

TEST(RefusalText, IsToBothSecretsWhereAnotherKeycloakWouldGetThem) {
    auto state = good_state();
    state.fleet.keycloak.url = kEvil;
    std::vector<std::string> fields;
    for (const auto& found : refusals(gate(), state)) {
        fields.push_back(found.field);
    }
    EXPECT_THAT(fields, ElementsAre("spec.keycloak.url", "spec.openbao.jwtLogin.clientSecretRef"));
}

/// Where each of very many refusals comes from.
struct Crowd {
    const char* from;
    void (*make)(DesiredState&);
};
void PrintTo(const Crowd& crowd, std::ostream* out) {
    *out << crowd.from;
}

class RefusalsOfACrowd : public ::testing::TestWithParam<Crowd> {};

TEST_P(RefusalsOfACrowd, StopAtTwoHundredAndSaySo) {
    auto state = good_state();
    GetParam().make(state);
    const auto found = refusals(gate(), state);
    ASSERT_THAT(found, SizeIs(201));
    EXPECT_EQ(to_text(found.back()), "checking stopped at 200 errors; mend these first");
    EXPECT_THAT(to_text(found[199]), HasSubstr("to allow it, write "));
}

INSTANTIATE_TEST_SUITE_P(
    All,
    RefusalsOfACrowd,
    ::testing::Values(
        Crowd{
            "services",
            [](DesiredState& s) {
                s.services.resize(500, s.services[0]);
                for (auto& one : s.services) {
                    one.url = "https://evil.example";
                }
            }},
        Crowd{
            "variables",
            [](DesiredState& s) {
                for (int i = 0; i < 500; ++i) {
                    s.services[0].env["LD_" + std::to_string(i)] = "x";
                }
            }},
        Crowd{
            "clients",
            [](DesiredState& s) {
                s.clients[0].client_id = "other";
                s.clients.resize(500, s.clients[0]);
            }},
        Crowd{"consumers", [](DesiredState& s) {
                  for (int i = 0; i < 500; ++i) {
                      s.clients[0].consumer_stacks.push_back("evil-" + std::to_string(i));
                  }
              }}));

TEST(RefusalText, NamesThePlaceTheObjectAndTheCure) {
    auto state = good_state();
    state.services[0].url = kEvil;
    EXPECT_THAT(
        to_text(refusals(gate(), state).at(0)),
        AllOf(
            HasSubstr("services.yaml:7:1: McpService/a-mcp: spec.url: "),
            HasSubstr("probes: [ \"https://evil.example\" ]")));
    EXPECT_EQ(
        gate().may_set("a-mcp", false, "LD_PRELOAD").error().message(),
        "LD_PRELOAD of a-mcp is not the desired state's to set: it steers where secrets go; to "
        "allow it, write env: { a-mcp: [ LD_PRELOAD ] } into operator.yaml");
}

}  // namespace
}  // namespace wavegate::access
