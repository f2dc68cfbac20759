#include "operator/sandbox/keycloak/keycloak.hpp"

#include "operator/base/digest.hpp"
#include "operator/base/text.hpp"
#include "operator/sandbox/keycloak/answers.hpp"
#include "operator/sandbox/keycloak/fields.hpp"
#include "operator/sandbox/keycloak/keys.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <stdexcept>
#include <utility>

namespace wavegate::sandbox {
namespace json = boost::json;
namespace {

void must(const Refused& refusal, std::string_view what) {
    if (refusal) {
        throw std::logic_error(
            fmt::format("keycloak double: {}: {}", what, json::serialize(refusal->body)));
    }
}

}  // namespace

std::string request_base(const HttpRequest& request) {
    const auto scheme = request.url.substr(0, request.url.find("://"));
    const auto host = request.headers.get("Host").value_or(url_authority(request.url));
    return fmt::format("{}://{}", scheme, host);
}

Keycloak::Keycloak(Clock& clock, KeycloakSettings settings)
    : clock_(clock), settings_(std::move(settings)), realm_(settings_.realm) {
    add_key();
}

void Keycloak::add_key() {
    auto key = formats::RsaKey::from_pem(signing_key_pem(key_count_));
    const auto hash = sha256_hex(fmt::format("{} kid {}", settings_.realm, key_count_));
    ++key_count_;
    keys_.push_back({hash.substr(0, 43), std::move(key).value()});
    jwks_ = write_jwks();
}

void Keycloak::rotate_keys(bool keep_old) {
    if (!keep_old) {
        keys_.clear();
    }
    add_key();
}

asio::awaitable<HttpResponse> Keycloak::answer(HttpRequest request) {
    co_return handle(request);
}

HttpResponse Keycloak::handle(const HttpRequest& request) {
    auto target = parse_target(request.url);
    const auto& path = target.segments;
    if (path.size() >= 3 && path[0] == "admin" && path[1] == "realms") {
        return admin(request, std::move(target));
    }
    if (path.size() != 5 || path[0] != "realms" || path[3] != "openid-connect") {
        return admin_error(404, "Unable to find matching target resource method");
    }
    if (path[1] != settings_.realm) {
        return admin_error(404, "Realm does not exist");
    }
    if (path[4] == "token" && request.method == "POST") {
        return token(request);
    }
    if (path[4] == "certs" && request.method == "GET") {
        HttpResponse response(200, jwks());
        response.headers.add("Content-Type", "application/json");
        response.headers.add("Cache-Control", "no-cache");
        return response;
    }
    return admin_error(405, "HTTP 405 Method Not Allowed");
}

std::string Keycloak::issuer(const HttpRequest& request) const {
    const auto base = settings_.hostname.empty() ? request_base(request) : settings_.hostname;
    return fmt::format("{}/realms/{}", base, settings_.realm);
}

std::string Keycloak::write_jwks() const {
    json::array keys;
    for (const auto& signing : keys_) {
        keys.emplace_back(signing.key.jwk(signing.kid));
    }
    // A verifier that does not look at `use` would take this one for a signing key.
    auto encryption = formats::RsaKey::from_pem(signing_key_pem(key_count_)).value().jwk("enc");
    encryption["kid"] = sha256_hex(settings_.realm + " enc").substr(0, 43);
    encryption["alg"] = "RSA-OAEP";
    encryption["use"] = "enc";
    keys.emplace_back(std::move(encryption));
    return json::serialize(json::object{{"keys", std::move(keys)}});
}

KeycloakClient& Keycloak::known(std::string_view client_id) {
    auto* client = realm_.find(client_id);
    if (client == nullptr) {
        throw std::logic_error(fmt::format("keycloak double: no client {}", client_id));
    }
    return *client;
}

std::string Keycloak::add_client(const json::object& wanted) {
    std::string id;
    must(realm_.create(wanted, now(), id), "add client");
    return id;
}

void Keycloak::change_client(std::string_view client_id, const json::object& wanted) {
    must(realm_.update(known(client_id), wanted, now()), "change client");
}

void Keycloak::delete_client(std::string_view client_id) {
    realm_.erase(known(client_id).id());
}

void Keycloak::add_mapper(std::string_view client_id, const json::object& wanted) {
    std::string id;
    must(realm_.add_mapper(known(client_id), wanted, id), "add mapper");
}

void Keycloak::remove_mapper(std::string_view client_id, std::string_view name) {
    auto& client = known(client_id);
    const auto mappers = client.mappers();
    const auto* mapper = find_mapper(mappers, name);
    if (mapper == nullptr) {
        throw std::logic_error(fmt::format("keycloak double: no mapper {}", name));
    }
    KeycloakRealm::erase_mapper(client, text_or(*mapper, "id", ""));
}

std::string Keycloak::regenerate_secret(std::string_view client_id) {
    auto& client = known(client_id);
    realm_.regenerate(client, now());
    return client.secret();
}

void Keycloak::grant(std::string_view client_id, AdminRole role) {
    known(client_id).roles.insert(role);
}

void Keycloak::revoke(std::string_view client_id, AdminRole role) {
    known(client_id).roles.erase(role);
}

const KeycloakClient* Keycloak::client(std::string_view client_id) {
    return realm_.find(client_id);
}

}  // namespace wavegate::sandbox
