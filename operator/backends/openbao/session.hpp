#pragma once

#include "operator/model/desired.hpp"
#include "operator/ports/clock.hpp"
#include "operator/ports/credentials.hpp"
#include "operator/ports/transport.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace wavegate::openbao {

/// Mints the JWT of a login, anew each time.
using JwtSource = std::function<Task<SecretValue>()>;

/// The token that requests to one OpenBao are sent with. One given by reference is resolved at
/// each request, so that a renewed file counts. One of a login (AppRole, JWT) is renewed at two
/// thirds of its life; where it can't be, or comes back shortened (its longest life is near), the
/// next is a new login. All references outlive the session.
class Session {
  public:
    /// `jwt` is asked where the spec logs in by JWT.
    Session(
        Transport& transport,
        Credentials& credentials,
        const Clock& clock,
        const OpenBaoSpec& spec,
        JwtSource jwt);

    /// Denied: the login is refused. Unavailable: OpenBao, or whoever mints the JWT, does not
    /// answer; a token that has life left is used until it ends.
    Task<SecretValue> token();
    /// Is there another way to a token than the one that was refused?
    [[nodiscard]] bool logs_in() const { return spec_.app_role || spec_.jwt_login; }
    /// By what the token was got: whose it is.
    [[nodiscard]] std::vector<Credential> credentials() const;
    /// The server refused this token: the next call logs in, unless another did meanwhile.
    void forget(const SecretValue& refused);

  private:
    struct Lease {
        SecretValue token;
        Mono renew_at{};
        Mono ends_at{};
        Duration whole{0};  ///< of the login; zero: it never ends
        bool renewable = false;
    };

    Task<Lease> log_in();
    Task<std::string> login_body();
    Task<Lease> renew(Lease old);
    Task<Lease> exchange(std::string path, std::string body, SecretValue with);
    [[nodiscard]] std::string mount() const;

    Transport& transport_;
    Credentials& credentials_;
    const Clock& clock_;
    OpenBaoSpec spec_;
    JwtSource jwt_;
    std::string base_;
    std::optional<Lease> lease_;
};

}  // namespace wavegate::openbao
