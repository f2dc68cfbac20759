#pragma once

#include "operator/ports/transport.hpp"
#include "operator/sandbox/site.hpp"
#include "tests/contract/mcp/token_source.hpp"
#include "tests/support/driver.hpp"

#include <string>
#include <utility>

namespace wavegate::contract {

/// Tokens of a realm of the program's real Keycloak. It signs no forgery: those are signed by the
/// tests' own key, under the name of Keycloak's.
class KeycloakTokens final : public TokenSource {
  public:
    /// Starts Keycloak, unless it runs; throws when it does not come up.
    explicit KeycloakTokens(testing::Driver& driver);

    [[nodiscard]] std::string issuer() const override;
    std::string good() override;
    std::string for_another_audience() override;
    /// Takes as long as the shortest token lives.
    std::string expired() override;
    /// Keycloak's issuer is the address that it was asked at.
    std::string of_another_issuer() override;
    std::string forged() override;

    [[nodiscard]] std::string jwks_uri() const { return endpoint("certs"); }
    [[nodiscard]] std::string token_url() const { return endpoint("token"); }

  private:
    [[nodiscard]] std::string endpoint(const std::string& name) const;

    testing::Driver& driver_;
};

/// Hands on what Keycloak's key endpoint answers.
class JwksRelay final : public sandbox::Site {
  public:
    JwksRelay(Transport& transport, std::string url)
        : transport_(transport), url_(std::move(url)) {}
    asio::awaitable<HttpResponse> answer(HttpRequest request) override;

  private:
    Transport& transport_;
    std::string url_;
};

}  // namespace wavegate::contract
