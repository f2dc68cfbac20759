#include "operator/net/curl_transport.hpp"
#include "tests/contract/keycloak/backend.hpp"
#include "tests/real/keycloak/running.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <stdexcept>

namespace wavegate::testing {
namespace {

namespace json = boost::json;

std::string text(const json::value& value, std::string_view pointer) {
    return std::string(std::string_view(value.at_pointer(pointer).as_string()));
}

/// A realm that the program's tests use in turn: making one takes seconds. It is as new when a test
/// begins, but for the keys.
class RealKeycloak final : public KeycloakBackend {
  public:
    explicit RealKeycloak(KeycloakServer& server) : server_(server) {
        static bool made = false;
        if (!made && !server_.add_realm(realm(), {{"accessTokenLifespan", 300}})) {
            throw std::runtime_error("keycloak makes no realm");
        }
        made = true;
        clean();
        management_ = text(admin("GET", "/clients?clientId=realm-management"), "/0/id");
    }

    Driver& driver() override { return *driver_; }
    Transport& transport() override { return transport_; }
    [[nodiscard]] std::string url() const override { return server_.url(); }
    [[nodiscard]] std::string other_url() const override {
        return "http://localhost" + server_.url().substr(server_.url().rfind(':'));
    }
    [[nodiscard]] std::string realm() const override { return "fleet"; }

    void add_operator(
        const std::string& client_id,
        const std::string& secret,
        std::set<sandbox::AdminRole> roles) override {
        admin(
            "POST",
            "/clients",
            json::object{
                {"clientId", client_id},
                {"publicClient", false},
                {"serviceAccountsEnabled", true},
                {"secret", secret}});
        for (const auto role : roles) {
            grant(client_id, role);
        }
    }
    void grant(const std::string& client_id, sandbox::AdminRole role) override {
        map_role("POST", client_id, role);
    }
    void revoke(const std::string& client_id, sandbox::AdminRole role) override {
        map_role("DELETE", client_id, role);
    }
    void set_token_lifespan(std::chrono::seconds lifespan) override {
        admin("PUT", "", json::object{{"accessTokenLifespan", lifespan.count()}});
    }
    void set_rotation_policy(sandbox::RotationPolicy policy) override {
        const json::object rotate{
            {"executor", "secret-rotation"},
            {"configuration",
             {{"expiration-period", policy.expiration.count()},
              {"rotated-expiration-period", policy.rotated_expiration.count()},
              {"remaining-rotation-period", policy.expiration.count() / 2}}}};
        const json::object confidential{
            {"condition", "client-access-type"},
            {"configuration", {{"type", json::array{"confidential"}}}}};
        admin(
            "PUT",
            "/client-policies/profiles",
            json::object{
                {"profiles",
                 json::array{
                     json::object{{"name", "rotate"}, {"executors", json::array{rotate}}}}}});
        admin(
            "PUT",
            "/client-policies/policies",
            json::object{
                {"policies",
                 json::array{json::object{
                     {"name", "rotate-confidential"},
                     {"enabled", true},
                     {"conditions", json::array{confidential}},
                     {"profiles", json::array{"rotate"}}}}}});
    }
    void replace_keys() override {
        const auto providers = admin("GET", "/components?type=org.keycloak.keys.KeyProvider");
        admin(
            "POST",
            "/components",
            json::object{
                {"name", "newer"},
                {"providerId", "rsa-generated"},
                {"providerType", "org.keycloak.keys.KeyProvider"},
                {"config",
                 {{"priority", json::array{"200"}},
                  {"enabled", json::array{"true"}},
                  {"active", json::array{"true"}}}}});
        for (const auto& provider : providers.as_array()) {
            if (text(provider, "/providerId") == "rsa-generated") {
                admin("DELETE", "/components/" + text(provider, "/id"));
            }
        }
    }

  private:
    void
    map_role(const std::string& method, const std::string& client_id, sandbox::AdminRole role) {
        const auto id = text(admin("GET", "/clients?clientId=" + client_id), "/0/id");
        const auto user = text(admin("GET", "/clients/" + id + "/service-account-user"), "/id");
        const auto wanted = admin(
            "GET", "/clients/" + management_ + "/roles/" + std::string(sandbox::to_string(role)));
        admin(
            method,
            "/users/" + user + "/role-mappings/clients/" + management_,
            json::array{json::object{{"id", wanted.at("id")}, {"name", wanted.at("name")}}});
    }
    void clean() {
        const std::set<std::string> born{
            "account",
            "account-console",
            "admin-cli",
            "broker",
            "realm-management",
            "security-admin-console"};
        const auto clients = admin("GET", "/clients");
        for (const auto& client : clients.as_array()) {
            if (!born.contains(text(client, "/clientId"))) {
                admin("DELETE", "/clients/" + text(client, "/id"));
            }
        }
        set_token_lifespan(std::chrono::seconds(300));
        admin("PUT", "/client-policies/policies", json::object{{"policies", json::array()}});
        admin("PUT", "/client-policies/profiles", json::object{{"profiles", json::array()}});
    }
    json::value
    admin(const std::string& method, const std::string& path, const json::value& body = nullptr) {
        const auto answer = server_.as_admin(method, "realms/" + realm() + path, body);
        if (answer.status >= 300 || answer.status == 0) {
            throw std::runtime_error(
                fmt::format("keycloak answered {} to {} {}", answer.status, method, path));
        }
        return body_of(answer);
    }

    KeycloakServer& server_;
    std::string management_;
    std::unique_ptr<Driver> driver_ = live_driver();
    net::CurlTransport transport_{driver_->executor()};
};

}  // namespace

std::unique_ptr<KeycloakBackend> open_keycloak() {
    auto* server = running_keycloak();
    return server == nullptr ? nullptr : std::make_unique<RealKeycloak>(*server);
}

}  // namespace wavegate::testing
