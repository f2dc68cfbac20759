#include "operator/store/etcd_client.hpp"

#include <utility>

namespace wavegate::store {
namespace {

/// A page of rows: what EtcdStore asks for at once, and then some.
constexpr std::size_t kAnswerLimit = std::size_t{64} << 20U;
constexpr int kUnauthorized = 401;

/// Did nothing come of it, so that another member may be asked instead?
bool is_harmless(const Error& error) {
    return error.kind() == ErrorKind::Unavailable && error.effect() == Effect::None;
}

/// Is it the member that failed, and not what it was asked?
bool blames_member(const Error& error) {
    return error.kind() == ErrorKind::Unavailable || error.kind() == ErrorKind::Timeout ||
           error.kind() == ErrorKind::Protocol;
}

}  // namespace

EtcdClient::EtcdClient(Transport& transport, Credentials& credentials, EtcdAccess access)
    : transport_(transport), credentials_(credentials), access_(std::move(access)) {
    for (auto& url : access_.urls) {
        while (url.ends_with('/')) {
            url.pop_back();
        }
    }
}

Task<HttpResponse> EtcdClient::post(std::string path, std::string body, SecretValue token) {
    HttpRequest request("POST", access_.urls[at_] + path);
    request.headers.add("Content-Type", "application/json");
    request.body = std::move(body);
    request.response_limit = kAnswerLimit;
    if (token != nullptr) {
        // Without "Bearer": with it the token is invalid.
        request.add_secret(
            "Authorization", std::move(token), Credential::given(access_.password.text));
    }
    co_return co_await transport_.send(std::move(request));
}

Task<void> EtcdClient::log_in() {
    auto password = co_await credentials_.resolve(access_.password, access_.urls[at_]);
    if (!password) {
        // Waiting does not mend it.
        co_return Error(ErrorKind::Denied, "etcd: password: " + password.error().message());
    }
    auto body = etcd::login_body(access_.username, **password);
    auto response = co_await post("/v3/auth/authenticate", std::move(body), nullptr);
    if (!response) {
        co_return response.take_error().with_effect(Effect::None).in("etcd: login");
    }
    if (response->status != 200) {
        co_return etcd::refusal(*response).with_effect(Effect::None).in("login");
    }
    auto token = etcd::parse_login(response->body);
    wipe(response->body);
    if (!token) {
        co_return token.take_error().in("etcd: login");
    }
    token_ = std::move(*token);
    co_return Result<void>();
}

/// One member; a token that lapsed is refused before anything is done.
Task<HttpResponse> EtcdClient::ask_one(std::string path, std::string body) {
    if (access_.username.empty()) {
        co_return co_await post(std::move(path), std::move(body), nullptr);
    }
    if (token_ == nullptr) {
        auto done = co_await log_in();
        if (!done) {
            co_return done.take_error();
        }
    }
    auto response = co_await post(path, body, token_);
    if (!response || response->status != kUnauthorized) {
        co_return response;
    }
    auto done = co_await log_in();
    if (!done) {
        co_return done.take_error();
    }
    co_return co_await post(std::move(path), std::move(body), token_);
}

Task<std::string> EtcdClient::call(std::string path, std::string body, Kind kind) {
    Error last(ErrorKind::Unavailable, "etcd: no member is named");
    for (std::size_t tried = 0; tried < access_.urls.size(); ++tried) {
        auto response = co_await ask_one(path, body);
        if (response && response->status == 200) {
            co_return std::move(response->body);
        }
        if (response) {
            last = etcd::refusal(*response);
        } else {
            last = response.take_error();
        }
        if (!blames_member(last)) {
            break;
        }
        try_next();
        if (kind == Kind::Writes && !is_harmless(last)) {
            break;
        }
    }
    co_return last;
}

Task<etcd::Pairs> EtcdClient::range(etcd::Range range) {
    auto body = co_await call("/v3/kv/range", etcd::body_of(range), Kind::Reads);
    if (!body) {
        co_return body.take_error().with_effect(Effect::None);
    }
    co_return etcd::parse_pairs(*body);
}

Task<etcd::TxnAnswer> EtcdClient::commit(etcd::Txn txn) {
    auto body = co_await call("/v3/kv/txn", etcd::body_of(txn), Kind::Writes);
    if (!body) {
        co_return body.take_error();
    }
    auto answer = etcd::parse_txn(*body, txn);
    if (!answer) {
        co_return answer.take_error().with_effect(Effect::Maybe);
    }
    co_return answer;
}

Task<etcd::Grant> EtcdClient::grant(std::int64_t seconds) {
    // One too many ends by itself.
    auto body = co_await call("/v3/lease/grant", etcd::grant_body(seconds), Kind::Reads);
    if (!body) {
        co_return body.take_error();
    }
    co_return etcd::parse_grant(*body);
}

Task<etcd::Grant> EtcdClient::keep_alive(std::int64_t lease) {
    auto body = co_await call("/v3/lease/keepalive", etcd::lease_body(lease), Kind::Reads);
    if (!body) {
        co_return body.take_error();
    }
    co_return etcd::parse_kept(*body);
}

Task<void> EtcdClient::revoke(std::int64_t lease) {
    // Whoever stops waits for one silent member at most.
    auto body = co_await call("/v3/lease/revoke", etcd::lease_body(lease), Kind::Writes);
    if (!body) {
        co_return body.take_error();
    }
    co_return Result<void>();
}

Task<void> EtcdClient::compact(std::int64_t revision) {
    auto body = co_await call("/v3/kv/compaction", etcd::compaction_body(revision), Kind::Reads);
    if (!body) {
        co_return body.take_error();
    }
    co_return Result<void>();
}

}  // namespace wavegate::store
