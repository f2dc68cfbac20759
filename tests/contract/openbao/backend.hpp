#pragma once

#include "operator/ports/transport.hpp"
#include "operator/sandbox/openbao/tokens.hpp"
#include "tests/support/driver.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wavegate::testing {

/// A token as an administrator issues it.
struct TokenWish {
    std::vector<sandbox::BaoRule> rules;
    std::optional<Duration> ttl;  ///< whole seconds; none: as long as the server gives
    std::string name_space = {};  ///< where it is issued; empty: the root one
};

/// A role of a login, and the tokens that it gives out.
struct LoginWish {
    std::vector<sandbox::BaoRule> rules;
    Duration ttl{0};                  ///< whole seconds
    std::optional<Duration> max_ttl;  ///< renewals end there
    std::optional<int> uses;          ///< of a secret id; none: no limit
    std::string name_space = {};      ///< where it logs in; empty: the root one
};
struct AppRolePair {
    std::string role_id;
    std::string secret_id;
};

/// What a JWT must be to log in: signed by the sandbox's first key, and with these claims.
struct JwtBound {
    std::string issuer;
    std::string audience;
    std::string client;  ///< `azp`
};

/// An OpenBao with a KV v2 and a KV v1 mount of the test's own: the double in virtual time, or a
/// real server.
class BaoBackend {
  public:
    BaoBackend() = default;
    virtual ~BaoBackend() = default;
    BaoBackend(const BaoBackend&) = delete;
    BaoBackend& operator=(const BaoBackend&) = delete;

    virtual Driver& driver() = 0;
    virtual Transport& transport() = 0;
    [[nodiscard]] virtual std::string url() const = 0;
    [[nodiscard]] virtual std::string mount() const = 0;
    [[nodiscard]] virtual std::string v1_mount() const = 0;
    /// A new namespace with mounts of these names; its own.
    virtual std::string add_namespace() = 0;
    /// A token that may do everything, in every namespace.
    [[nodiscard]] virtual std::string root() const = 0;

    virtual std::string issue(const TokenWish& wish) = 0;
    virtual void revoke(const std::string& token) = 0;
    [[nodiscard]] virtual std::string app_role_mount() const = 0;
    virtual AppRolePair add_app_role(const LoginWish& wish) = 0;
    [[nodiscard]] virtual std::string jwt_mount() const = 0;
    virtual void
    add_jwt_role(const std::string& name, const JwtBound& bound, const LoginWish& wish) = 0;
    virtual void seal() = 0;
    virtual void unseal() = 0;
};

/// Each program that runs the suite has its own. Null when there is no such server here.
std::unique_ptr<BaoBackend> open_openbao();

}  // namespace wavegate::testing
