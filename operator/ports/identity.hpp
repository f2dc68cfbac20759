#pragma once

#include "operator/base/task.hpp"
#include "operator/model/observed.hpp"
#include "operator/model/permit.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace wavegate {

/// A minted access token; the value is what goes behind "Bearer ".
struct Token {
    SecretValue value;
    std::chrono::seconds expires_in{0};
};

/// Clients and tokens of one realm (Keycloak).
class Identity {
  public:
    virtual ~Identity() = default;
    /// nullopt: no client of that clientId. Denied: the operator's own client lacks a role.
    virtual Task<std::optional<ClientView>> client(std::string client_id) = 0;
    /// Client-credentials grant at the realm's token endpoint. Denied: the pair does not mint.
    virtual Task<Token> mint(std::string client_id, SecretValue secret) = 0;
    /// A JWKS document (JSON text) from wherever the services take it.
    virtual Task<std::string> jwks(std::string uri) = 0;

    /// Performs a ClientWrite. Never repeats a write whose answer was lost (effect Maybe).
    virtual Task<Receipt> apply(Permit permit) = 0;
};

}  // namespace wavegate
