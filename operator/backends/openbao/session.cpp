#include "operator/backends/openbao/session.hpp"

#include "operator/backends/openbao/wire.hpp"
#include "operator/base/text.hpp"

#include <algorithm>
#include <utility>

namespace wavegate::openbao {

Session::Session(
    Transport& transport,
    Credentials& credentials,
    const Clock& clock,
    const OpenBaoSpec& spec,
    JwtSource jwt)
    : transport_(transport),
      credentials_(credentials),
      clock_(clock),
      spec_(spec),
      jwt_(std::move(jwt)),
      base_(spec.url) {
    while (base_.ends_with('/')) {
        base_.pop_back();
    }
}

Task<SecretValue> Session::token() {
    if (!logs_in()) {
        co_return co_await credentials_.resolve(spec_.token, base_);
    }
    const Mono now = clock_.now().mono;
    if (lease_ && (lease_->whole == Duration::zero() || now < lease_->renew_at)) {
        co_return lease_->token;
    }
    if (lease_ && lease_->renewable && now < lease_->ends_at) {
        auto renewed = co_await renew(*lease_);
        if (renewed) {
            lease_ = std::move(*renewed);
            co_return lease_->token;
        }
    }
    auto fresh = co_await log_in();
    if (fresh) {
        lease_ = std::move(*fresh);
        co_return lease_->token;
    }
    if (lease_ && clock_.now().mono < lease_->ends_at) {
        co_return lease_->token;
    }
    co_return fresh.take_error();
}

void Session::forget(const SecretValue& refused) {
    if (lease_ && lease_->token == refused) {
        lease_.reset();
    }
}

std::vector<Credential> Session::credentials() const {
    if (spec_.jwt_login) {
        return {Credential::login_token()};
    }
    if (spec_.app_role) {
        return {
            Credential::given(spec_.app_role->role_id.text),
            Credential::given(spec_.app_role->secret_id.text)};
    }
    return {Credential::given(spec_.token.text)};
}

std::string Session::mount() const {
    return spec_.app_role ? spec_.app_role->mount : spec_.jwt_login->mount;
}

Task<std::string> Session::login_body() {
    if (spec_.app_role) {
        auto role_id = co_await credentials_.resolve(spec_.app_role->role_id, base_);
        if (!role_id) {
            co_return role_id.take_error().in("roleIdRef");
        }
        auto secret_id = co_await credentials_.resolve(spec_.app_role->secret_id, base_);
        if (!secret_id) {
            co_return secret_id.take_error().in("secretIdRef");
        }
        co_return app_role_body(**role_id, **secret_id);
    }
    if (!jwt_) {
        co_return Error(ErrorKind::Internal, "nobody mints a token for the login");
    }
    auto asked = jwt_();
    auto jwt = co_await std::move(asked);
    if (!jwt) {
        co_return jwt.take_error().with_effect(Effect::None);
    }
    co_return jwt_login_body(spec_.jwt_login->role, **jwt);
}

Task<Session::Lease> Session::log_in() {
    auto body = co_await login_body();
    if (!body) {
        co_return body.take_error().in("login");
    }
    auto path = "auth/" + mount() + "/login";
    auto lease = co_await exchange(std::move(path), std::move(*body), nullptr);
    if (!lease) {
        co_return lease.take_error().in("login");
    }
    co_return lease;
}

Task<Session::Lease> Session::renew(Lease old) {
    auto lease = co_await exchange("auth/token/renew-self", "{}", old.token);
    if (!lease) {
        co_return lease.take_error().in("renew");
    }
    // Shortened: its longest life is near, so that the next token is that of a new login.
    lease->renewable = lease->renewable && lease->whole >= old.whole;
    lease->whole = std::max(lease->whole, Duration(1));
    co_return lease;
}

Task<Session::Lease> Session::exchange(std::string path, std::string body, SecretValue with) {
    HttpRequest request("POST", base_ + "/v1/" + path);
    request.headers.add("Content-Type", "application/json");
    in_namespace(request, spec_.name_space);
    request.body = std::move(body);
    request.credentials = credentials();
    if (with) {
        request.secret_headers.emplace_back("X-Vault-Token", std::move(with));
    }
    const Mono asked = clock_.now().mono;
    auto response = co_await transport_.send(std::move(request));
    if (!response) {
        // A token that nobody holds runs out by itself.
        co_return response.take_error().with_effect(Effect::None);
    }
    if (response->status != 200) {
        co_return login_refusal(*response);
    }
    auto given = parse_login(response->body);
    wipe(response->body);
    if (!given) {
        co_return given.take_error();
    }
    Lease lease;
    lease.token = std::move(given->token);
    lease.whole = given->life;
    lease.renew_at = asked + given->life * 2 / 3;
    lease.ends_at = asked + given->life;
    lease.renewable = given->renewable;
    co_return lease;
}

}  // namespace wavegate::openbao
