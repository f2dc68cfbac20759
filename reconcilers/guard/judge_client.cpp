// Clients, and the vault entries that their consumers read.
#include "operator/model/client_rules.hpp"
#include "operator/model/inputs.hpp"
#include "reconcilers/guard/judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace wavegate::guard {
namespace {

std::string attribute(const std::map<std::string, std::string>& map, const std::string& key) {
    const auto at = map.find(key);
    return at == map.end() ? std::string() : at->second;
}

bool same(
    const std::map<std::string, SecretValue>& data,
    const std::string& key,
    const Secret& value) {
    const auto at = data.find(key);
    return at != data.end() && at->second != nullptr && *at->second == value;
}

/// What an entry tells its readers beside the secret (design §3, OidcClient).
std::map<std::string, std::string> wanted_beside_secret(
    const DesiredState& desired,
    const OidcClientSpec& spec) {
    return {
        {"OIDC_CLIENT_ID", spec.client_id},
        {"OIDC_AUDIENCE", spec.audiences.empty() ? std::string() : spec.audiences.front()},
        {"OIDC_TOKEN_URL", token_url(desired.fleet.keycloak)}};
}

}  // namespace

Judge::Objection Judge::object_to(const Edit& /*edit*/, const ClientEdit& body, const Live& live)
    const {
    if (body.owner != desired_.fleet.name) {
        return Refusal{8, "the client would get another fleet's mark"};
    }
    if (const auto why = why_reserved(desired_.fleet.keycloak, body.client_id); !why.empty()) {
        return Refusal{8, fmt::format("the client {} {}", body.client_id, why)};
    }
    if (auto objection = object_to_settings(body)) {
        return objection;
    }
    if (body.create) {
        return live.client ? Objection(stale("the client exists by now")) : Objection();
    }
    if (!live.client || live.client->id != body.uuid || live.client->client_id != body.client_id) {
        return stale("the client is gone or another one");
    }
    return ownership(*live.client, desired_.fleet.name) == Ownership::Ours
               ? Objection()
               : Objection(Refusal{8, "the client does not bear our mark"});
}

/// A client is what its document says: who tokens are for and how long they live decides whether
/// services that enforce go on being reached.
Judge::Objection Judge::object_to_settings(const ClientEdit& body) const {
    const auto spec = std::find_if(
        desired_.clients.begin(), desired_.clients.end(), [&](const OidcClientSpec& client) {
            return client.client_id == body.client_id;
        });
    if (spec == desired_.clients.end()) {
        return Refusal{8, fmt::format("no document declares the client {}", body.client_id)};
    }
    if (body.token_lifespan != spec->token_lifespan) {
        return Refusal{11, "tokens would live for another time than the document says"};
    }
    const auto declared = [&](const std::string& audience) {
        return std::find(spec->audiences.begin(), spec->audiences.end(), audience) !=
               spec->audiences.end();
    };
    const bool all = std::all_of(body.audiences.begin(), body.audiences.end(), declared);
    if (!all || (body.create && body.audiences.size() != spec->audiences.size())) {
        return Refusal{11, "tokens would be for others than the document says"};
    }
    return std::nullopt;
}

Judge::Objection Judge::object_to(const Edit& /*edit*/, const SecretEdit& body, const Live& live)
    const {
    const auto version = live.vault ? live.vault->version : 0;
    if (version != body.cas) {
        return stale("the entry moved on");
    }
    const auto owner =
        live.vault ? attribute(live.vault->custom_metadata, kOwnerMetadata) : std::string();
    const bool holds = live.vault && !live.vault->data.empty();
    if (owner.empty() ? holds : owner != desired_.fleet.name) {
        return Refusal{8, "the entry is not ours"};
    }
    if (body.owner != desired_.fleet.name) {
        return Refusal{8, "the entry would get another fleet's mark"};
    }
    const auto spec = std::find_if(
        desired_.clients.begin(), desired_.clients.end(), [&](const OidcClientSpec& client) {
            return client.secret_path == body.path;
        });
    return spec == desired_.clients.end()
               ? Objection(Refusal{8, "no client of the desired state has this entry"})
               : object_to_data(*spec, body, live);
}

Judge::Objection
Judge::object_to_data(const OidcClientSpec& spec, const SecretEdit& body, const Live& live) const {
    const auto* client = own_client(desired_, observed_, spec);
    if (client == nullptr) {
        return Refusal{8, "the secret to be stored is of no client that bears our mark"};
    }
    // The value in force must be the one that is stored: a stale one would strand consumers.
    if (client->secret == nullptr || !same(body.data, "OIDC_CLIENT_SECRET", *client->secret)) {
        return Refusal{7, "the secret to be stored is not the one in force"};
    }
    const auto wanted = wanted_beside_secret(desired_, spec);
    for (const auto& [key, value] : wanted) {
        if (!same(body.data, key, Secret::copy_of(value))) {
            return Refusal{11, fmt::format("consumers need {} as the desired state has it", key)};
        }
    }
    const auto before = live.vault ? live.vault->data : std::map<std::string, SecretValue>();
    auto keys = before;
    keys.insert(body.data.begin(), body.data.end());
    for (const auto& [key, value] : keys) {
        const auto was = before.find(key);
        const bool ours = key == "OIDC_CLIENT_SECRET" || wanted.contains(key);
        const bool stays =
            was != before.end() && was->second != nullptr && same(body.data, key, *was->second);
        if (!ours && !stays) {
            return Refusal{8, fmt::format("{} of the entry is not ours to change", key)};
        }
    }
    return std::nullopt;
}

}  // namespace wavegate::guard
