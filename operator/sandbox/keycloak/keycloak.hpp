#pragma once

#include "operator/formats/jwt.hpp"
#include "operator/ports/clock.hpp"
#include "operator/sandbox/keycloak/realm.hpp"
#include "operator/sandbox/site.hpp"
#include "operator/sandbox/target.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wavegate::sandbox {

struct KeycloakSettings {
    std::string realm = "master";
    /// `--hostname` with dynamic back channel: the base of every `iss` ("https://keycloak.arpa").
    /// Empty: `iss` follows the request's Host, and a token counts at that host only.
    std::string hostname;
    /// The realm's access token lifespan; Keycloak's own master realm has 60 s.
    std::chrono::seconds token_lifespan{300};
};

/// One change that came in over HTTP and was carried out.
struct KeycloakWrite {
    Time at{};
    std::string actor;  ///< clientId that sent it
    std::string method;
    std::string path;
    std::string client_id;  ///< of the client that was changed
    boost::json::value body;
};

/// Keycloak 26.7 with one realm: tokens that are really signed, and the admin API of clients.
/// keycloak.md has the facts; passwords, refresh tokens, introspection and role mappings over
/// HTTP are not emulated.
class Keycloak final : public Site {
  public:
    Keycloak(Clock& clock, KeycloakSettings settings);

    asio::awaitable<HttpResponse> answer(HttpRequest request) override;

    // Setting up, and what another's hand does: past HTTP, permissions and the write log.
    // `wanted` is a ClientRepresentation as POST and PUT take it; std::logic_error when refused
    // or when there is no such client.
    std::string add_client(const boost::json::object& wanted);
    void change_client(std::string_view client_id, const boost::json::object& wanted);
    void delete_client(std::string_view client_id);
    void add_mapper(std::string_view client_id, const boost::json::object& wanted);
    void remove_mapper(std::string_view client_id, std::string_view name);
    /// The new secret.
    std::string regenerate_secret(std::string_view client_id);
    /// Counts at once for a client with full scope, and in the claims of tokens fetched afterwards.
    void grant(std::string_view client_id, AdminRole role);
    void revoke(std::string_view client_id, AdminRole role);

    // Switches.
    /// The server's clock is this much ahead.
    void set_skew(Duration skew) { skew_ = skew; }
    void set_token_lifespan(std::chrono::seconds lifespan) { settings_.token_lifespan = lifespan; }
    void set_hostname(std::string hostname) { settings_.hostname = std::move(hostname); }
    void set_rotation_policy(std::optional<RotationPolicy> policy) { realm_.rotation = policy; }
    /// Signs by a new key from now on; the old one stays listed (passive) or not.
    void rotate_keys(bool keep_old);

    // Looking.
    /// Null when there is none; valid until the next change.
    [[nodiscard]] const KeycloakClient* client(std::string_view client_id);
    [[nodiscard]] std::vector<const KeycloakClient*> clients() const { return realm_.clients(); }
    [[nodiscard]] const std::vector<KeycloakWrite>& writes() const { return writes_; }
    /// The JWKS document as text.
    [[nodiscard]] const std::string& jwks() const { return jwks_; }

  private:
    struct SigningKey {
        std::string kid;
        formats::RsaKey key;
    };
    struct Caller {
        std::string client_id;
        std::vector<std::string> roles;
        [[nodiscard]] bool may(AdminRole role) const;
    };
    /// One admin request on its way.
    struct Call {
        const HttpRequest& request;
        Target target;
        Caller caller;
        boost::json::value body;
        [[nodiscard]] bool reads() const { return request.method == "GET"; }
    };

    HttpResponse handle(const HttpRequest& request);
    [[nodiscard]] Wall now() const { return clock_.now().wall + skew_; }
    [[nodiscard]] std::string issuer(const HttpRequest& request) const;
    KeycloakClient& known(std::string_view client_id);
    void add_key();
    [[nodiscard]] std::string write_jwks() const;

    // keycloak_tokens.cpp
    HttpResponse token(const HttpRequest& request);
    HttpResponse grant_token(const HttpRequest& request, const Form& form);
    [[nodiscard]] boost::json::object
    claims(const KeycloakClient& client, const HttpRequest& request, std::chrono::seconds lifespan);

    // keycloak_admin.cpp
    HttpResponse admin(const HttpRequest& request, Target target);
    [[nodiscard]] std::optional<Caller> authenticate(const HttpRequest& request);
    HttpResponse clients_call(const Call& call);
    [[nodiscard]] HttpResponse list_clients(const Call& call) const;
    HttpResponse create_client(const Call& call);
    HttpResponse client_call(const Call& call, KeycloakClient& client);
    HttpResponse one_client(const Call& call, KeycloakClient& client);
    HttpResponse secret_call(const Call& call, KeycloakClient& client);
    static HttpResponse rotated_call(const Call& call, KeycloakClient& client);
    static HttpResponse service_user(const Call& call, const KeycloakClient& client);
    HttpResponse mappers_call(const Call& call, KeycloakClient& client);
    static HttpResponse mapper_call(const Call& call, KeycloakClient& client);
    void log_write(const Call& call, std::string client_id);

    Clock& clock_;
    KeycloakSettings settings_;
    KeycloakRealm realm_;
    Duration skew_{0};
    std::vector<SigningKey> keys_;  ///< the last one signs
    std::string jwks_;              ///< of `keys_`: every admin request is checked against it
    int key_count_ = 0;
    std::vector<KeycloakWrite> writes_;
};

/// "http://host:port" that the request was sent to.
std::string request_base(const HttpRequest& request);

}  // namespace wavegate::sandbox
