// The vault entries that clients' consumers read.
#include "operator/formats/json_secret.hpp"
#include "operator/model/client_rules.hpp"
#include "operator/model/inputs.hpp"
#include "reconcilers/guard/judge.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wavegate::guard {
namespace {

constexpr const char* kClientSecret = "OIDC_CLIENT_SECRET";

using Values = std::map<std::string, SecretValue>;

std::string owner_in(const std::map<std::string, std::string>& custom) {
    const auto at = custom.find(kOwnerMetadata);
    return at == custom.end() ? std::string() : at->second;
}

bool equal(const Values& values, const std::string& key, const Secret& value) {
    const auto at = values.find(key);
    return at != values.end() && at->second != nullptr && *at->second == value;
}

/// Does the value read as this text?
bool reads_as(const Values& data, const std::string& key, const Secret& text) {
    const auto at = data.find(key);
    const auto plain =
        at == data.end() || at->second == nullptr ? nullptr : formats::plain_text(*at->second);
    return plain != nullptr && *plain == text;
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

Judge::Objection Judge::object_to(const Edit& edit, const VaultWrite& write, const Live& live)
    const {
    if (!std::holds_alternative<SecretEdit>(edit.body)) {
        return mislabelled();
    }
    const auto version = live.vault ? live.vault->version : 0;
    if (version != write.cas) {
        return stale("the entry moved on");
    }
    const auto owner = live.vault ? owner_in(live.vault->custom_metadata) : std::string();
    const bool holds = live.vault && !live.vault->data.empty();
    if (owner.empty() ? holds : owner != desired_.fleet.name) {
        return Refusal{8, "the entry is not ours"};
    }
    if (auto objection = object_to_marks(write, live)) {
        return objection;
    }
    const auto spec = std::find_if(
        desired_.clients.begin(), desired_.clients.end(), [&](const OidcClientSpec& client) {
            return client.secret_path == write.path;
        });
    return spec == desired_.clients.end()
               ? Objection(Refusal{8, "no client of the desired state has this entry"})
               : object_to_data(*spec, write, live);
}

/// No data is ever there without our mark, and others' marks stay.
Judge::Objection Judge::object_to_marks(const VaultWrite& write, const Live& live) const {
    auto wanted = live.vault ? live.vault->custom_metadata : std::map<std::string, std::string>();
    const bool marked = owner_in(wanted) == desired_.fleet.name;
    wanted[kOwnerMetadata] = desired_.fleet.name;
    if (!write.marks) {
        return marked ? Objection() : Objection(Refusal{8, "the entry would bear no mark of ours"});
    }
    if (write.marks->cas != (live.vault ? live.vault->metadata_version : 0)) {
        return stale("the entry's marks moved on");
    }
    return write.marks->custom == wanted
               ? Objection()
               : Objection(Refusal{8, "the entry would get other marks than its own and ours"});
}

Judge::Objection
Judge::object_to_data(const OidcClientSpec& spec, const VaultWrite& write, const Live& live) const {
    const auto* client = own_client(desired_, observed_, spec);
    if (client == nullptr) {
        return Refusal{8, "the secret to be stored is of no client that bears our mark"};
    }
    // The value in force must be the one that is stored: a stale one would strand consumers.
    if (client->secret == nullptr || !reads_as(write.data, kClientSecret, *client->secret)) {
        return Refusal{7, "the secret to be stored is not the one in force"};
    }
    const auto wanted = wanted_beside_secret(desired_, spec);
    for (const auto& [key, value] : wanted) {
        if (!reads_as(write.data, key, Secret::copy_of(value))) {
            return Refusal{11, fmt::format("consumers need {} as the desired state has it", key)};
        }
    }
    // What is others' stays as its bytes stand there, not only as it reads.
    const auto before = live.vault ? live.vault->json : Values();
    auto keys = live.vault ? live.vault->data : Values();
    keys.insert(write.data.begin(), write.data.end());
    for (const auto& [key, value] : keys) {
        const auto was = before.find(key);
        const bool ours = key == kClientSecret || wanted.contains(key);
        const bool stays =
            was != before.end() && was->second != nullptr && equal(write.data, key, *was->second);
        if (!ours && !stays) {
            return Refusal{8, fmt::format("{} of the entry is not ours to change", key)};
        }
    }
    return std::nullopt;
}

}  // namespace wavegate::guard
