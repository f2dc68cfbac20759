#pragma once

#include "operator/ports/transport.hpp"
#include "operator/sandbox/keycloak/realm.hpp"
#include "tests/support/driver.hpp"

#include <chrono>
#include <memory>
#include <set>
#include <string>

namespace wavegate::testing {

/// Keycloak with a realm "fleet" of the test's own: the double in virtual time, or a real server.
class KeycloakBackend {
  public:
    KeycloakBackend() = default;
    virtual ~KeycloakBackend() = default;
    KeycloakBackend(const KeycloakBackend&) = delete;
    KeycloakBackend& operator=(const KeycloakBackend&) = delete;

    virtual Driver& driver() = 0;
    virtual Transport& transport() = 0;
    [[nodiscard]] virtual std::string url() const = 0;
    /// The same server by another name.
    [[nodiscard]] virtual std::string other_url() const = 0;
    [[nodiscard]] virtual std::string realm() const = 0;

    /// A confidential client with a service account that has these roles of `realm-management`.
    virtual void add_operator(
        const std::string& client_id,
        const std::string& secret,
        std::set<sandbox::AdminRole> roles) = 0;
    virtual void grant(const std::string& client_id, sandbox::AdminRole role) = 0;
    virtual void revoke(const std::string& client_id, sandbox::AdminRole role) = 0;
    /// The realm's access token lifespan.
    virtual void set_token_lifespan(std::chrono::seconds lifespan) = 0;
    /// A client policy that rotates secrets of all confidential clients.
    virtual void set_rotation_policy(sandbox::RotationPolicy policy) = 0;
    /// Signs by a new key; the old one is listed no more.
    virtual void replace_keys() = 0;
};

/// Each program that runs the suite has its own. Null when there is no such server here.
std::unique_ptr<KeycloakBackend> open_keycloak();

}  // namespace wavegate::testing
