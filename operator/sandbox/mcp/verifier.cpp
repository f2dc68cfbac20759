#include "operator/sandbox/mcp/verifier.hpp"

#include "operator/base/digest.hpp"
#include "operator/formats/jwt.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <utility>

namespace wavegate::sandbox {
namespace {

constexpr Duration kFetchLock = std::chrono::seconds(30);
constexpr Duration kCacheLife = std::chrono::hours(1);

std::vector<std::string> split_list(std::string_view text) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        const auto comma = text.find(',');
        parts.emplace_back(text.substr(0, comma));
        text = comma == std::string_view::npos ? "" : text.substr(comma + 1);
    }
    return parts;
}

/// The kid of a token's header ("" when it names none); nothing when the text is no JWT.
std::optional<std::string> kid_of(std::string_view token) {
    std::string header;
    if (std::count(token.begin(), token.end(), '.') != 2 ||
        !base64_decode(token.substr(0, token.find('.')), header)) {
        return std::nullopt;
    }
    boost::system::error_code failure;
    const json::value parsed = json::parse(header, failure);
    if (failure || !parsed.is_object()) {
        return std::nullopt;
    }
    const auto* kid = parsed.get_object().if_contains("kid");
    return kid != nullptr && kid->is_string() ? std::string(kid->get_string()) : std::string();
}

/// The claims of a token whose header says that it needs no signature.
std::optional<json::object> unsigned_claims(std::string_view token) {
    const auto first = token.find('.');
    const auto last = token.rfind('.');
    std::string header;
    std::string payload;
    if (first == last || !base64_decode(token.substr(0, first), header) ||
        !base64_decode(token.substr(first + 1, last - first - 1), payload)) {
        return std::nullopt;
    }
    boost::system::error_code failure;
    const json::value said = json::parse(header, failure);
    const json::value claims = failure ? json::value() : json::parse(payload, failure);
    const bool none = !failure && said.is_object() && claims.is_object() &&
                      text_at(said.get_object(), "alg") == "none";
    return none ? std::optional(claims.get_object()) : std::nullopt;
}

bool audience_holds(const json::object& claims, std::string_view wanted) {
    const auto* aud = claims.if_contains("aud");
    if (aud == nullptr) {
        return false;
    }
    if (aud->is_array()) {
        const auto& all = aud->get_array();
        return std::find(all.begin(), all.end(), json::value(wanted)) != all.end();
    }
    return *aud == json::value(wanted);
}

}  // namespace

std::string env_value(const Env& env, const std::string& key) {
    const auto at = env.find(key);
    return at == env.end() ? std::string() : at->second;
}

VerifierSettings VerifierSettings::from_env(const Env& env, const AuthKeys& keys) {
    VerifierSettings settings;
    settings.jwks_uri = env_value(env, keys.jwks_uri);
    settings.issuer = env_value(env, keys.first_issuer);
    if (settings.issuer.empty()) {
        settings.issuer = env_value(env, keys.issuer);
    }
    settings.audience = env_value(env, keys.audience);
    settings.scopes = split_list(env_value(env, "FASTMCP_SERVER_AUTH_JWT_REQUIRED_SCOPES"));
    return settings;
}

bool VerifierSettings::complete() const {
    return !jwks_uri.empty() && !issuer.empty() && !audience.empty();
}

asio::awaitable<std::optional<json::object>> TokenVerifier::accept(std::string token) {
    const auto kid = kid_of(token);
    if (!kid) {
        co_return std::nullopt;
    }
    if (!knows(*kid) && may_fetch()) {
        co_await fetch();
    }
    if (jwks_.empty()) {
        co_return std::nullopt;
    }
    if (settings_.takes_unsigned) {
        if (auto claims = unsigned_claims(token); claims && claims_hold(*claims)) {
            co_return std::move(claims);
        }
    }
    auto jwt = formats::verify_jwt(token, jwks_);
    if (!jwt || !claims_hold(jwt->claims)) {
        co_return std::nullopt;
    }
    co_return std::move(jwt->claims);
}

bool TokenVerifier::knows(const std::string& kid) const {
    if (jwks_.empty() || outside_.clock.now().mono - *fetched_ > kCacheLife) {
        return false;
    }
    boost::system::error_code failure;
    const json::value set = json::parse(jwks_, failure);
    const auto* keys = failure || !set.is_object() ? nullptr : set.get_object().if_contains("keys");
    if (keys == nullptr || !keys->is_array()) {
        return false;
    }
    const auto& all = keys->get_array();
    if (kid.empty()) {
        return !all.empty();
    }
    return std::any_of(all.begin(), all.end(), [&](const json::value& key) {
        return key.is_object() && text_at(key.get_object(), "kid") == kid;
    });
}

bool TokenVerifier::may_fetch() const {
    return !settings_.fetch_lock || !tried_ || outside_.clock.now().mono - *tried_ >= kFetchLock;
}

asio::awaitable<void> TokenVerifier::fetch() {
    tried_ = outside_.clock.now().mono;
    if (settings_.jwks_down) {
        co_return;
    }
    HttpRequest request("GET", settings_.jwks_uri);
    auto answer = co_await outside_.transport.send(std::move(request));
    if (answer && answer->status == 200) {
        jwks_ = std::move(answer->body);
        fetched_ = outside_.clock.now().mono;
    }
}

bool TokenVerifier::claims_hold(const json::object& claims) const {
    const auto now = std::chrono::floor<std::chrono::seconds>(outside_.clock.now().wall);
    if (const auto* exp = claims.if_contains("exp"); exp != nullptr && !settings_.takes_expired) {
        boost::system::error_code failure;
        const auto seconds = exp->to_number<std::int64_t>(failure);
        if (failure || seconds < now.time_since_epoch().count()) {
            return false;
        }
    }
    const auto granted = " " + text_at(claims, "scope") + " ";
    const bool scoped = std::all_of(
        settings_.scopes.begin(), settings_.scopes.end(), [&](const std::string& scope) {
            return granted.find(" " + scope + " ") != std::string::npos;
        });
    return scoped && text_at(claims, "iss") == settings_.issuer &&
           audience_holds(claims, settings_.audience);
}

std::string client_of(const json::object& claims) {
    const std::string client = text_at(claims, "client_id");
    return client.empty() ? text_at(claims, "azp") : client;
}

}  // namespace wavegate::sandbox
