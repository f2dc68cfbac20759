#pragma once

#include "operator/formats/jwt.hpp"
#include "operator/sandbox/eunomia/eunomia.hpp"
#include "operator/sandbox/keycloak/keys.hpp"
#include "operator/sandbox/mcp/service.hpp"
#include "operator/sandbox/multiplexer/multiplexer.hpp"
#include "tests/contract/mcp/exchanges.hpp"
#include "tests/support/simulation.hpp"
#include "tests/support/site_transport.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <map>
#include <memory>
#include <string>
#include <utility>

namespace wavegate {

/// An issuer of the smallest kind: a JWKS, and a token for whoever asks.
class TestIssuer final : public sandbox::Site {
  public:
    /// `key`: one of sandbox::signing_key_pem's.
    explicit TestIssuer(Clock& clock, int key = 0)
        : clock_(clock), key_(*formats::RsaKey::from_pem(sandbox::signing_key_pem(key))) {}

    std::string token(
        const std::string& for_whom = "agent-services",
        Duration valid = std::chrono::minutes(5)) {
        const auto now = std::chrono::floor<std::chrono::seconds>(clock_.now().wall);
        const auto end = now + std::chrono::floor<std::chrono::seconds>(valid);
        boost::json::object claims;
        claims["iss"] = issuer;
        claims["aud"] = for_whom;
        claims["azp"] = "mcp-multiplexer";
        claims["exp"] = end.time_since_epoch().count();
        return key_.sign(claims, kid);
    }

    asio::awaitable<HttpResponse> answer(HttpRequest request) override {
        boost::json::object body;
        HttpResponse response(200);
        if (request.url.ends_with("/certs")) {
            ++fetches;
            boost::json::array keys;
            keys.push_back(key_.jwk(kid));
            body["keys"] = std::move(keys);
        } else if (refuses) {
            response.status = 401;
        } else {
            body["access_token"] = token(audience, life);
            body["expires_in"] = std::chrono::floor<std::chrono::seconds>(life).count();
        }
        response.body = boost::json::serialize(body);
        co_return response;
    }

    std::string issuer = "http://keycloak.arpa/realms/master";
    std::string kid = "key-1";
    std::string audience = "agent-services";
    Duration life = std::chrono::minutes(5);
    bool refuses = false;
    int fetches = 0;

  private:
    Clock& clock_;
    formats::RsaKey key_;
};

/// The auth block of an enforcing service, as the fleet writes it.
inline sandbox::Env jwt_env() {
    return {
        {"AUTH_TYPE", "jwt"},
        {"FASTMCP_SERVER_AUTH_JWT_ISSUER", "http://keycloak.arpa/realms/master"},
        {"FASTMCP_SERVER_AUTH_JWT_JWKS_URI", "http://keycloak.arpa/certs"},
        {"FASTMCP_SERVER_AUTH_JWT_AUDIENCE", "agent-services"}};
}

inline sandbox::Env policed_env(sandbox::Env env) {
    env["EUNOMIA_TYPE"] = "remote";
    env["EUNOMIA_REMOTE_URL"] = "http://eunomia.arpa";
    return env;
}

inline sandbox::Env outbound_env() {
    return {
        {"MCP_CLIENT_AUTH", "oidc-client-credentials"},
        {"OIDC_CLIENT_ID", "mcp-multiplexer"},
        {"OIDC_CLIENT_SECRET", "secret"},
        {"OIDC_AUDIENCE", "agent-services"},
        {"OIDC_TOKEN_URL", "http://keycloak.arpa/token"}};
}

/// Time, wires, an issuer and a policy server: what every program of the fleet stands on.
struct Stage {
    Stage() {
        transport.at("keycloak.arpa", issuer);
        transport.at("eunomia.arpa", policies);
    }

    [[nodiscard]] sandbox::Outside outside() { return {sim.executor(), sim.clock, transport}; }

    testing::Simulation sim;
    testing::SiteTransport transport;
    TestIssuer issuer{sim.clock};
    sandbox::Eunomia policies{sim.clock, "admin-key"};
};

/// A policy of one rule, as the admin API takes it.
inline boost::json::value one_rule(
    const std::string& name,
    const std::string& rule,
    const std::string& effect,
    boost::json::array principals,
    boost::json::array resources,
    boost::json::array actions) {
    boost::json::object body;
    body["name"] = rule;
    body["effect"] = effect;
    body["principal_conditions"] = std::move(principals);
    body["resource_conditions"] = std::move(resources);
    body["actions"] = std::move(actions);
    boost::json::object policy;
    policy["name"] = name;
    policy["rules"] = boost::json::array(1, std::move(body));
    return policy;
}

inline boost::json::array in_list(const std::string& path, const std::string& value) {
    boost::json::object condition;
    condition["path"] = path;
    condition["operator"] = "in";
    condition["value"] = boost::json::array(1, boost::json::value(value));
    return boost::json::array(1, std::move(condition));
}

inline boost::json::array both_actions() {
    boost::json::array actions;
    actions.emplace_back("list");
    actions.emplace_back("execute");
    return actions;
}

}  // namespace wavegate
