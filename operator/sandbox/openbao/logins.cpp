// Logins by AppRole and JWT, with OpenBao's words.
#include "operator/formats/json_fields.hpp"
#include "operator/formats/jwt.hpp"
#include "operator/sandbox/openbao/openbao.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace wavegate::sandbox {
namespace json = boost::json;
namespace {

bool names(const json::value& audience, std::string_view wanted) {
    if (audience.is_array()) {
        const auto& all = audience.get_array();
        return std::any_of(all.begin(), all.end(), [&](const json::value& one) {
            return one.is_string() && std::string_view(one.get_string()) == wanted;
        });
    }
    return audience.is_string() && std::string_view(audience.get_string()) == wanted;
}

BaoReply invalid_token(std::string_view why) {
    return bao_error(400, fmt::format("error validating token: {}", why));
}

}  // namespace

BaoReply OpenBao::login(const Call& call) {
    auto& space = spaces_.at(call.name_space);
    const bool by_app_role = call.path == "auth/approle/login";
    if (by_app_role ? space.app_roles.empty() : space.jwt_roles.empty()) {
        return bao_error(403, "permission denied");  // no such method is switched on there
    }
    boost::system::error_code failed;
    const auto body = json::parse(call.request.body, failed);
    if (failed || !body.is_object()) {
        return bao_error(400, "failed to decode JSON input: invalid character");
    }
    return by_app_role ? app_role_login(space, body.get_object())
                       : jwt_login(space, body.get_object());
}

BaoReply OpenBao::app_role_login(Space& space, const json::object& body) {
    auto& roles = space.app_roles;
    const auto role = std::find_if(roles.begin(), roles.end(), [&](const auto& known) {
        return known.role_id == formats::text_at(body, {"role_id"}) &&
               known.secret_id == formats::text_at(body, {"secret_id"});
    });
    if (role == roles.end() || role->uses == 0) {
        return bao_error(400, "invalid role or secret ID");
    }
    if (role->uses) {
        --*role->uses;
    }
    return given(role->token, {{"role_name", role->token.name}});
}

BaoReply OpenBao::jwt_login(const Space& space, const json::object& body) {
    const auto name = formats::text_at(body, {"role"});
    const auto found = space.jwt_roles.find(name);
    if (found == space.jwt_roles.end()) {
        return bao_error(400, fmt::format("role \"{}\" could not be found", name));
    }
    const auto& role = found->second;
    const auto jwt = formats::verify_jwt(formats::text_at(body, {"jwt"}), role.jwks());
    if (!jwt) {
        return invalid_token(
            "error verifying token signature: no known key successfully "
            "validated the token signature");
    }
    const auto& claims = jwt->claims;
    if (formats::text_at(claims, {"iss"}) != role.issuer) {
        return invalid_token("invalid issuer (iss) claim");
    }
    // The leeway that it has by default.
    const auto latest = now() - std::chrono::seconds(150);
    const auto* expires = claims.if_contains("exp");
    if (expires == nullptr || Wall(std::chrono::seconds(expires->as_int64())) < latest) {
        return invalid_token("invalid expiration time (exp) claim: token is expired");
    }
    const auto* audience = claims.if_contains("aud");
    if (audience == nullptr || !names(*audience, role.audience)) {
        return invalid_token(
            "invalid audience (aud) claim: audience claim does not match any expected audience");
    }
    if (formats::text_at(claims, {"azp"}) != role.client) {
        return bao_error(
            400,
            "error validating claims: claim \"azp\" does not match any associated bound claim "
            "values");
    }
    return given(role.token, {{"role", name}});
}

BaoReply OpenBao::given(BaoToken token, json::object metadata) {
    const auto value = fmt::format("s.login-{}", ++logins_);
    tokens_.add(value, std::move(token), now());
    return tokens_.login(value, std::move(metadata));
}

}  // namespace wavegate::sandbox
