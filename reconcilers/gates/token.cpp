#include "operator/formats/json_fields.hpp"
#include "operator/formats/jwt.hpp"
#include "operator/model/client_rules.hpp"
#include "operator/model/inputs.hpp"
#include "reconcilers/gates/asking.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <cstdlib>

namespace wavegate::gates {
namespace {

namespace json = boost::json;

Finding fail(std::string_view phrase) {
    return {Verdict::Fail, ProbeClass::TokenRefused, phrase};
}
Finding unknown(std::string_view phrase) {
    return {Verdict::Unknown, ProbeClass::SharedCause, phrase};
}

/// `aud` is absent, a string or an array (keycloak.md).
bool has_audience(const json::object& claims, const std::string& audience) {
    const auto* aud = claims.if_contains("aud");
    if (aud == nullptr) {
        return false;
    }
    if (aud->is_string()) {
        return aud->get_string() == audience;
    }
    return aud->is_array() &&
           std::any_of(aud->get_array().begin(), aud->get_array().end(), [&](const auto& item) {
               return item.is_string() && item.get_string() == audience;
           });
}

bool stored_secret_is_in_force(const Scene& scene, const OidcClientSpec& spec) {
    const auto* client = own_client(*scene.desired, *scene.observed, spec);
    const auto entry = scene.observed->vault.find(spec.secret_path);
    const bool known = client != nullptr && client->secret != nullptr &&
                       entry != scene.observed->vault.end() && entry->second.ok() &&
                       entry->second->has_value();
    if (!known) {
        return false;
    }
    const auto stored = (*entry->second)->data.find("OIDC_CLIENT_SECRET");
    return stored != (*entry->second)->data.end() && *stored->second == *client->secret;
}

Finding judge_claims(
    const DesiredState& desired,
    const OidcClientSpec& spec,
    const json::object& claims,
    Time now) {
    constexpr std::int64_t skew = 5;
    const auto issued = formats::number_at(claims, {"iat"});
    const auto lifetime = formats::number_at(claims, {"exp"}) - issued;
    const auto wall =
        std::chrono::duration_cast<std::chrono::seconds>(now.wall.time_since_epoch()).count();
    if (!has_audience(claims, desired.fleet.jwt.audience)) {
        return fail("the token lacks the audience");
    }
    if (formats::text_at(claims, {"azp"}) != spec.client_id) {
        return fail("the token is of another client");
    }
    if (formats::text_at(claims, {"iss"}) != desired.fleet.jwt.issuer) {
        return fail("the token's issuer is not the configured one");
    }
    if (lifetime <= 0 || lifetime > 36000) {
        return fail("the token's lifetime is not sane");
    }
    if (std::abs(issued - wall) >= skew) {
        return fail("the clocks differ by five seconds or more");
    }
    const bool outlives =
        std::any_of(desired.fleet.waves.begin(), desired.fleet.waves.end(), [&](const auto& wave) {
            return !wave.allow_short_soak && wave.soak <= std::chrono::seconds(lifetime);
        });
    if (outlives) {
        return fail("the token outlives a soak");
    }
    return {Verdict::Pass, ProbeClass::None, "a token mints and its claims hold"};
}

}  // namespace

asio::awaitable<Evidence> check_token(const Ports& ports, const Scene& scene) {
    const auto& desired = *scene.desired;
    const auto* spec = desired.client(desired.fleet.multiplexer.client);
    if (spec == nullptr) {
        co_return evidence_of(fail("the multiplexer's client is not declared"));
    }
    if (!stored_secret_is_in_force(scene, *spec)) {
        co_return evidence_of(fail("the stored secret is not the one in force, or not seen"));
    }
    if (!is_wired(desired, *scene.observed)) {
        co_return evidence_of(fail("the multiplexer does not run with the outbound env"));
    }
    auto token = co_await mint_probe_token(ports, scene);
    if (!token) {
        const bool denied = token.error().kind() == ErrorKind::Denied;
        Finding finding = unknown("the token endpoint does not answer");
        if (denied) {
            finding = fail("the client's secret does not mint");
        }
        co_return evidence_of(finding);
    }
    auto keys = co_await ports.identity.jwks(desired.fleet.jwt.jwks_uri);
    if (!keys) {
        co_return evidence_of(unknown("the keys that services take can't be read"));
    }
    auto jwt = token->value->reveal(
        [&](std::string_view bytes) { return formats::verify_jwt(bytes, *keys); });
    if (!jwt) {
        co_return evidence_of(fail("the signature does not hold against the services' keys"));
    }
    auto evidence = evidence_of(judge_claims(desired, *spec, jwt->claims, ports.clock.now()));
    const auto lifetime =
        formats::number_at(jwt->claims, {"exp"}) - formats::number_at(jwt->claims, {"iat"});
    add_fact(evidence, "lifetime", std::to_string(lifetime));
    co_return evidence;
}

}  // namespace wavegate::gates
