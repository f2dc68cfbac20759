#include "tests/real/mcp/keycloak_tokens.hpp"

#include "tests/real/keycloak/running.hpp"
#include "tests/real/support/http.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <chrono>
#include <stdexcept>

namespace wavegate::contract {
namespace {

namespace json = boost::json;

constexpr const char* kRealm = "services";
constexpr const char* kMultiplexer = "mcp-multiplexer";
constexpr const char* kElsewhere = "elsewhere";
constexpr const char* kBrief = "brief";

/// A client that mints for one audience, with tokens that live for so many seconds.
void add_client(const std::string& client_id, const std::string& audience, int lifespan) {
    const json::object mapper{
        {"name", "audience"},
        {"protocol", "openid-connect"},
        {"protocolMapper", "oidc-audience-mapper"},
        {"config", {{"included.custom.audience", audience}, {"access.token.claim", "true"}}}};
    const json::object client{
        {"clientId", client_id},
        {"publicClient", false},
        {"serviceAccountsEnabled", true},
        {"fullScopeAllowed", false},
        {"secret", "secret"},
        {"attributes", {{"access.token.lifespan", std::to_string(lifespan)}}},
        {"protocolMappers", json::array{mapper}}};
    const auto path = std::string("realms/") + kRealm + "/clients";
    const auto added = testing::running_keycloak()->as_admin("POST", path, client);
    if (added.status != 201) {
        throw std::runtime_error("keycloak takes no client");
    }
}

std::string mint(const std::string& token_url, const std::string& client_id) {
    HttpRequest request("POST", token_url);
    request.headers.add("Content-Type", "application/x-www-form-urlencoded");
    request.body = "grant_type=client_credentials&client_secret=secret&client_id=" + client_id;
    const auto answer = testing::body_of(testing::ask(std::move(request)));
    if (!answer.is_object() || !answer.as_object().contains("access_token")) {
        throw std::runtime_error("keycloak mints no token");
    }
    return std::string(answer.at("access_token").as_string());
}

/// Of the key that signs tokens; there is one for encryption beside it.
std::string signing_kid(const std::string& jwks_uri) {
    const auto keys = testing::body_of(testing::ask(HttpRequest("GET", jwks_uri))).at("keys");
    for (const auto& key : keys.as_array()) {
        if (key.at("use") == "sig") {
            return std::string(key.at("kid").as_string());
        }
    }
    throw std::runtime_error("keycloak has no signing key");
}

}  // namespace

KeycloakTokens::KeycloakTokens(testing::Driver& driver) : driver_(driver) {
    static bool made = false;
    auto& keycloak = *testing::running_keycloak();
    if (std::exchange(made, true)) {
        return;
    }
    if (!keycloak.add_realm(kRealm)) {
        throw std::runtime_error("keycloak makes no realm");
    }
    add_client(kMultiplexer, "agent-services", 120);
    add_client(kElsewhere, "another", 120);
    add_client(kBrief, "agent-services", 1);
}

std::string KeycloakTokens::issuer() const {
    return testing::running_keycloak()->url() + "/realms/" + kRealm;
}

std::string KeycloakTokens::endpoint(const std::string& name) const {
    return issuer() + "/protocol/openid-connect/" + name;
}

std::string KeycloakTokens::good() {
    return mint(token_url(), kMultiplexer);
}

std::string KeycloakTokens::for_another_audience() {
    return mint(token_url(), kElsewhere);
}

std::string KeycloakTokens::expired() {
    auto token = mint(token_url(), kBrief);
    auto& clock = driver_.clock();
    static_cast<void>(driver_.run(clock.sleep_until(clock.now().mono + std::chrono::seconds(3))));
    return token;
}

std::string KeycloakTokens::of_another_issuer() {
    const auto url = token_url();
    return mint("http://localhost" + url.substr(url.rfind(':')), kMultiplexer);
}

std::string KeycloakTokens::forged() {
    return forged_token(driver_.clock(), issuer(), signing_kid(jwks_uri()));
}

asio::awaitable<HttpResponse> JwksRelay::answer(HttpRequest /*request*/) {
    HttpRequest onward("GET", url_);
    auto answer = co_await transport_.send(std::move(onward));
    if (!answer) {
        co_return HttpResponse(502);
    }
    HttpResponse response(answer->status);
    response.body = std::move(answer->body);
    co_return response;
}

}  // namespace wavegate::contract
