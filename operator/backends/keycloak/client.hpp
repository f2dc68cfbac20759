#pragma once

#include "operator/backends/keycloak/wire.hpp"
#include "operator/model/desired.hpp"
#include "operator/ports/clock.hpp"
#include "operator/ports/credentials.hpp"
#include "operator/ports/identity.hpp"
#include "operator/ports/transport.hpp"

#include <optional>
#include <string>

namespace wavegate::keycloak {

/// Clients and tokens of one realm of Keycloak 26 over HTTP (keycloak.md). Acts as a service
/// account with `manage-clients`; its token is renewed at 80 % of its life, and once more when
/// the admin API refuses it. All references outlive the client.
/// Errors: as the transport says; Denied (401, 403), NotFound, Conflict (409), Throttled,
/// Unavailable (5xx, Maybe on a write), Invalid (400), Protocol; the HTTP status in
/// Error::status().
class Client final : public Identity {
  public:
    Client(Transport& transport, Credentials& credentials, const Clock& clock, KeycloakSpec spec);

    /// One request. The secret is null too when the server masks it.
    Task<std::optional<ClientView>> client(std::string client_id) override;
    Task<Token> mint(std::string client_id, SecretValue secret) override;
    Task<std::string> jwks(std::string uri) override;

    /// Performs a ClientWrite. An update reads the client anew (Conflict: it is another one, does
    /// not bear the mark, or has authorization services by now or no more), then sends the
    /// settings, if there are any, then mapper by mapper. Effect Maybe on any error after the first
    /// write was sent. The receipt's digest is of what was sent.
    Task<Receipt> apply(Permit permit) override;

    /// Does a token that was minted here open anything of the administration? One request with that
    /// token, for what it claims does not decide there: roles count that it does not show. Any role
    /// is seen, but for `impersonation` where it is the only one (26.7.3).
    Task<bool> administers(SecretValue token);

  private:
    struct AdminToken {
        SecretValue header;  ///< "Bearer …"
        Mono renew_at{};
    };

    Task<SecretValue> admin_token();
    Task<HttpResponse> admin(HttpRequest request);
    Task<void> write(HttpRequest request, std::string body, int expected);
    Task<std::string> create(const ClientWrite& client, std::optional<Mono> until);
    Task<std::string> update(const ClientWrite& client, std::optional<Mono> until);
    Task<void> is_as_judged(const ClientWrite& client);
    Task<std::string> put_mappers(const ClientWrite& client, std::optional<Mono> until);
    [[nodiscard]] Credential own_credential() const;
    [[nodiscard]] std::string clients_url() const;

    Transport& transport_;
    Credentials& credentials_;
    const Clock& clock_;
    KeycloakSpec spec_;
    std::string base_;  ///< the URL without a slash at its end
    std::optional<AdminToken> admin_;
};

}  // namespace wavegate::keycloak
