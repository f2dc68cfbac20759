#include "operator/sandbox/multiplexer/token.hpp"

#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"

#include <boost/json/parse.hpp>

#include <utility>

namespace wavegate::sandbox {

TokenSource::TokenSource(Outside outside, const Env& env)
    : outside_(std::move(outside)),
      enabled_(env_value(env, "MCP_CLIENT_AUTH") == "oidc-client-credentials"),
      id_(env_value(env, "OIDC_CLIENT_ID")),
      secret_(env_value(env, "OIDC_CLIENT_SECRET")),
      audience_(env_value(env, "OIDC_AUDIENCE")),
      scope_(env_value(env, "OIDC_SCOPE")),
      url_(env_value(env, "OIDC_TOKEN_URL")) {
    const std::string issuer = env_value(env, "FASTMCP_SERVER_AUTH_JWT_ISSUER");
    if (url_.empty() && !issuer.empty()) {
        url_ = issuer + "/protocol/openid-connect/token";
    }
}

asio::awaitable<std::string> TokenSource::current() {
    if (!enabled_ || (!token_.empty() && outside_.clock.now().mono < renew_at_)) {
        co_return token_;
    }
    co_return co_await renewed();
}

asio::awaitable<std::string> TokenSource::renewed() {
    token_.clear();
    if (!enabled_ || url_.empty()) {
        co_return token_;
    }
    HttpRequest request = mint_request();
    auto answer = co_await outside_.transport.send(std::move(request));
    if (answer && answer->status == 200) {
        keep(answer->body);
    }
    co_return token_;
}

HttpRequest TokenSource::mint_request() const {
    HttpRequest request("POST", url_);
    request.headers.add("Content-Type", "application/x-www-form-urlencoded");
    request.headers.add("Authorization", "Basic " + base64_encode(id_ + ":" + secret_));
    request.body = "grant_type=client_credentials&audience=" + percent_encode(audience_);
    if (!scope_.empty()) {
        request.body += "&scope=" + percent_encode(scope_);
    }
    return request;
}

void TokenSource::keep(const std::string& body) {
    boost::system::error_code failure;
    const json::value parsed = json::parse(body, failure);
    const auto* object = failure ? nullptr : parsed.if_object();
    const auto* token = object != nullptr ? object->if_contains("access_token") : nullptr;
    if (token == nullptr || !token->is_string()) {
        return;
    }
    token_ = std::string(token->get_string());
    const auto* life = object->if_contains("expires_in");
    const auto seconds = life != nullptr && life->is_int64() ? life->get_int64() : 60;
    renew_at_ = outside_.clock.now().mono + std::chrono::seconds(seconds - 30);
}

}  // namespace wavegate::sandbox
