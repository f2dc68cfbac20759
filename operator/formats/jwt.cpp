#include "operator/formats/jwt.hpp"

#include "operator/base/digest.hpp"
#include "operator/formats/byte_order_mark.hpp"
#include "operator/formats/json_fields.hpp"
#include "operator/formats/jwt_claims.hpp"
#include "operator/formats/signature.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace wavegate::formats {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxToken = std::size_t{64} * 1024;
constexpr std::size_t kMaxKeySet = std::size_t{1024} * 1024;

Error invalid(std::string message) {
    return {ErrorKind::Invalid, std::move(message)};
}

std::optional<std::string> decode(std::string_view text) {
    std::string out;
    // Encoding it again shows padding, the other alphabet and stray bits.
    if (text.empty() || !base64_decode(text, out) || base64url_encode(out) != text) {
        return std::nullopt;
    }
    return out;
}

std::optional<json::object> object_of(std::string_view text) {
    // Services would take no token with a byte order mark in it.
    auto value = text.starts_with(kByteOrderMark) ? std::nullopt : parse_json(text);
    if (!value || !value->is_object()) {
        return std::nullopt;
    }
    return std::move(value->get_object());
}

struct Parts {
    std::string_view signed_text;  ///< header and payload, as they came
    json::object header;
    json::object claims;
    std::string signature;
};

Result<Parts> split(std::string_view token) {
    if (token.size() > kMaxToken) {
        return invalid("the token is too long");
    }
    const auto first = token.find('.');
    const auto second = first == std::string_view::npos ? first : token.find('.', first + 1);
    if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) {
        return invalid("not a JWT: it has not three parts");
    }
    const auto header = decode(token.substr(0, first));
    const auto claims = decode(token.substr(first + 1, second - first - 1));
    auto signature = decode(token.substr(second + 1));
    if (!header || !claims || !signature) {
        return invalid("not a JWT: a part is empty or not base64url");
    }
    auto header_object = object_of(*header);
    auto claims_object = object_of(*claims);
    if (!header_object || !claims_object) {
        return invalid("not a JWT: header or claims are no JSON object");
    }
    return Parts{
        token.substr(0, second),
        std::move(*header_object),
        std::move(*claims_object),
        std::move(*signature)};
}

/// The one algorithm that a key may be used with; empty when we verify with no such key.
std::string_view algorithm_of(const json::object& jwk) {
    const std::string kty = text_at(jwk, {"kty"});
    std::string_view own;
    if (kty == "RSA") {
        own = "RS256";
    } else if (kty == "EC" && text_at(jwk, {"crv"}) == "P-256") {
        own = "ES256";
    }
    const bool stated = jwk.contains("alg");
    return stated && text_at(jwk, {"alg"}) != own ? std::string_view() : own;
}

bool may_verify(const json::object& jwk) {
    if (jwk.contains("use") && text_at(jwk, {"use"}) != "sig") {
        return false;
    }
    const json::value* ops = jwk.if_contains("key_ops");
    if (ops == nullptr) {
        return true;
    }
    return ops->is_array() &&
           std::ranges::find(ops->get_array(), json::value("verify")) != ops->get_array().end();
}

/// Key sets also hold keys for encryption and for algorithms that we don't verify: passed over.
Result<std::vector<json::object>> signing_keys(std::string_view jwks) {
    if (jwks.size() > kMaxKeySet) {
        return Error(ErrorKind::Protocol, "the JWKS is too long");
    }
    auto document = object_of(jwks);
    const json::value* keys = document ? document->if_contains("keys") : nullptr;
    if (keys == nullptr || !keys->is_array()) {
        return Error(ErrorKind::Protocol, "the JWKS is no key set");
    }
    std::vector<json::object> found;
    for (const json::value& key : keys->get_array()) {
        if (key.is_object() && may_verify(key.get_object()) &&
            !algorithm_of(key.get_object()).empty()) {
            found.push_back(key.get_object());
        }
    }
    return found;
}

Result<std::vector<json::object>> keys_for(const Parts& parts, std::string_view jwks) {
    auto keys = signing_keys(jwks);
    if (!keys) {
        return keys.take_error();
    }
    if (parts.header.contains("kid")) {
        const std::string kid = text_at(parts.header, {"kid"});
        if (kid.empty()) {
            return invalid("the token's key id is empty or no text");
        }
        std::erase_if(*keys, [&](const json::object& key) { return text_at(key, {"kid"}) != kid; });
    } else if (keys->size() > 1) {
        return invalid("the token names no key, and there are several");
    }
    if (keys->empty()) {
        return invalid("no signing key in the JWKS bears the token's key id");
    }
    const std::string algorithm = text_at(parts.header, {"alg"});
    std::erase_if(*keys, [&](const json::object& key) { return algorithm_of(key) != algorithm; });
    if (keys->empty()) {
        return invalid("the token's algorithm is not the one of its key");
    }
    return keys;
}

bool verifies(const json::object& jwk, const Parts& parts) {
    const bool rsa = algorithm_of(jwk) == "RS256";
    const auto first = decode(text_at(jwk, {rsa ? "n" : "x"}));
    const auto second = decode(text_at(jwk, {rsa ? "e" : "y"}));
    if (!first || !second) {
        return false;
    }
    return rsa ? verify_rs256({*first, *second}, parts.signed_text, parts.signature)
               : verify_es256({*first, *second}, parts.signed_text, parts.signature);
}

}  // namespace

Result<json::object> claims_of(std::string_view token) {
    auto parts = split(token);
    if (!parts) {
        return parts.take_error();
    }
    return std::move(parts->claims);
}

Result<Jwt> verify_jwt(std::string_view token, std::string_view jwks) {
    auto parts = split(token);
    if (!parts) {
        return parts.take_error();
    }
    // RFC 7515 §4.1.11: an extension that is critical and not understood voids the token.
    if (parts->header.contains("crit")) {
        return invalid("the token demands extensions");
    }
    const auto keys = keys_for(*parts, jwks);
    if (!keys) {
        return keys.error();
    }
    for (const json::object& key : *keys) {
        if (verifies(key, *parts)) {
            return Jwt{
                text_at(parts->header, {"kid"}),
                std::string(algorithm_of(key)),
                std::move(parts->claims)};
        }
    }
    return invalid("the token's signature is wrong");
}

}  // namespace wavegate::formats
