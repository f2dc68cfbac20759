// Tokens that a service must refuse, and that show whether its verifier verifies.
#include "operator/base/digest.hpp"
#include "operator/formats/json_fields.hpp"
#include "reconcilers/gates/asking.hpp"
#include "reconcilers/gates/spent.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <optional>
#include <vector>

namespace wavegate::gates {
namespace {

namespace json = boost::json;

/// A new key set is known to no service for certain: a kid that one does not know starts a lock in
/// which it fetches no keys (mcp.md §3).
constexpr Duration kYoungKeys = std::chrono::minutes(2);
/// Never more than one a second to one service.
constexpr Duration kApart = std::chrono::seconds(1);

struct Canary {
    std::string_view name;    ///< a fact's
    std::string_view phrase;  ///< of what it shows when it is let in
    SecretValue token;
};

/// The kids of a key set that sign.
std::vector<std::string> signing_kids(const std::string& keys) {
    std::vector<std::string> kids;
    const auto parsed = formats::parse_json(keys);
    const auto* set =
        parsed && parsed->is_object() ? parsed->get_object().if_contains("keys") : nullptr;
    if (set == nullptr || !set->is_array()) {
        return kids;
    }
    for (const auto& key : set->get_array()) {
        const auto* use = key.is_object() ? key.get_object().if_contains("use") : nullptr;
        const auto* kid = key.is_object() ? key.get_object().if_contains("kid") : nullptr;
        const bool signs = use == nullptr || (use->is_string() && use->get_string() == "sig");
        if (signs && kid != nullptr && kid->is_string()) {
            kids.emplace_back(kid->get_string());
        }
    }
    return kids;
}

std::string part_of(const json::object& object) {
    return base64url_encode(json::serialize(object));
}

/// Claims of a token that would be good now.
json::object good_claims(const Scene& scene, Time now) {
    const auto wall =
        std::chrono::duration_cast<std::chrono::seconds>(now.wall.time_since_epoch()).count();
    const auto* client = scene.desired->client(scene.desired->fleet.multiplexer.client);
    json::object claims;
    claims["iss"] = scene.desired->fleet.jwt.issuer;
    claims["aud"] = scene.desired->fleet.jwt.audience;
    claims["azp"] = client == nullptr ? "" : client->client_id;
    claims["client_id"] = claims["azp"];
    claims["iat"] = wall;
    claims["exp"] = wall + 300;
    return claims;
}

/// "alg: none": good claims, and no signature.
SecretValue unsigned_token(const json::object& claims, const std::string& kid) {
    json::object header;
    header["alg"] = "none";
    header["typ"] = "JWT";
    header["kid"] = kid;
    return make_secret(part_of(header) + "." + part_of(claims) + ".");
}

/// The same claims under a signature that was given for others; null: `token` is none of this kid.
SecretValue forged_token(
    const Secret& token,
    const json::object& claims,
    const std::vector<std::string>& kids) {
    return token.reveal([&](std::string_view text) -> SecretValue {
        const auto first = text.find('.');
        const auto last = text.rfind('.');
        std::string header;
        if (first == std::string_view::npos || first == last ||
            !base64_decode(text.substr(0, first), header)) {
            return nullptr;
        }
        const auto parsed = formats::parse_json(header);
        const auto kid = parsed && parsed->is_object()
                             ? formats::text_at(parsed->get_object(), {"kid"})
                             : std::string();
        if (std::find(kids.begin(), kids.end(), kid) == kids.end()) {
            return nullptr;
        }
        return make_secret(
            std::string(text.substr(0, first + 1)) + part_of(claims) +
            std::string(text.substr(last)));
    });
}

/// What can be sent now. An expired token is one that a probe has used before: until one is past
/// its end, and once its key is gone, those two are left out. (A token for another audience would
/// need a client without any role, and none is declared for it.)
std::vector<Canary>
canaries(const Ports& ports, const Scene& scene, const std::vector<std::string>& kids) {
    const auto now = ports.clock.now();
    const auto claims = good_claims(scene, now);
    std::vector<Canary> found;
    found.push_back(
        {"unsigned",
         "it lets in a token that nobody signed (alg: none)",
         unsigned_token(claims, kids.front())});
    const auto* client = scene.desired->client(scene.desired->fleet.multiplexer.client);
    const auto expired = client == nullptr || ports.spent == nullptr
                             ? SecretValue()
                             : ports.spent->expired(client->client_id, now);
    auto forged = expired == nullptr ? SecretValue() : forged_token(*expired, claims, kids);
    if (forged != nullptr) {
        found.push_back({"expired", "it lets in a token that has expired", expired});
        found.push_back(
            {"forged", "it lets in a token with a signature of other claims", std::move(forged)});
    }
    return found;
}

Evidence says_nothing(std::string_view phrase) {
    return evidence_of({Verdict::Unknown, ProbeClass::None, phrase});
}

}  // namespace

asio::awaitable<Evidence>
check_canary(const Ports& ports, const Scene& scene, const ServiceSpec& service) {
    auto keys = co_await ports.identity.jwks(scene.desired->fleet.jwt.jwks_uri);
    const auto kids = keys ? signing_kids(*keys) : std::vector<std::string>();
    if (kids.empty()) {
        co_return says_nothing("the keys that services take can't be read");
    }
    if (ports.spent != nullptr &&
        ports.spent->seen_for(*keys, ports.clock.now().mono) < kYoungKeys) {
        co_return says_nothing("the keys that services take are too new");
    }
    auto evidence = evidence_of(
        {Verdict::Pass, ProbeClass::Enforcing, "it refuses the tokens that it must refuse"});
    const auto all = canaries(ports, scene, kids);
    for (const auto& canary : all) {
        McpEndpoint endpoint;
        endpoint.url = service.url;
        endpoint.bearer = canary.token;
        auto answer = co_await ports.mcp.present(std::move(endpoint));
        if (!answer) {
            co_return says_nothing("it does not answer");
        }
        add_fact(evidence, canary.name, std::to_string(answer->status));
        const auto finding = classify_knock(*answer);
        if (finding.seen == ProbeClass::Open) {
            evidence.verdict = Verdict::Fail;
            evidence.seen = ProbeClass::Open;
            evidence.phrase = canary.phrase;
            co_return evidence;
        }
        if (finding.verdict != Verdict::Pass) {
            co_return says_nothing("it answers neither yes nor no");
        }
        const auto slept = co_await ports.clock.sleep_until(ports.clock.now().mono + kApart);
        if (!slept) {
            co_return says_nothing("the check was given up");
        }
    }
    add_fact(evidence, "leftOut", all.size() < 3 ? "expired, audience" : "audience");
    co_return evidence;
}

}  // namespace wavegate::gates
