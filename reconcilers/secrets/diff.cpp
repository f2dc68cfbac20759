#include "reconcilers/secrets/diff.hpp"

#include "operator/base/digest.hpp"
#include "operator/model/client_rules.hpp"
#include "operator/model/inputs.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wavegate::secrets {
namespace {

std::map<std::string, SecretValue>
wanted_data(const DesiredState& desired, const OidcClientSpec& spec, const ClientView& client) {
    return {
        {"OIDC_CLIENT_ID", make_secret(std::string(spec.client_id))},
        {"OIDC_CLIENT_SECRET", client.secret},
        {"OIDC_AUDIENCE",
         make_secret(spec.audiences.empty() ? std::string() : std::string(spec.audiences.front()))},
        {"OIDC_TOKEN_URL", make_secret(token_url(desired.fleet.keycloak))}};
}

/// Of what would stand there: the version does not count, since each other's write raises it. Of
/// digests only, since ids are stored.
std::string digest_of(const std::map<std::string, SecretValue>& data) {
    std::string text;
    for (const auto& [key, value] : data) {
        text += key + "=" + value->reveal([](std::string_view bytes) {
            return sha256_hex(sha256_hex(bytes));
        }) + "\n";
    }
    return sha256_hex(text);
}

std::vector<std::string> differing(
    const VaultEntry* entry,
    const std::map<std::string, SecretValue>& wanted) {
    std::vector<std::string> keys;
    for (const auto& [key, value] : wanted) {
        if (entry == nullptr || !entry->data.contains(key) || !(*entry->data.at(key) == *value)) {
            keys.push_back(key);
        }
    }
    return keys;
}

std::string owner_of(const VaultEntry& entry) {
    const auto at = entry.custom_metadata.find(kOwnerMetadata);
    return at == entry.custom_metadata.end() ? std::string() : at->second;
}

/// Not ours to write: another's mark, or data that somebody put there without one.
bool is_foreign(const VaultEntry& entry, const std::string& fleet) {
    const auto owner = owner_of(entry);
    return owner.empty() ? !entry.data.empty() : owner != fleet;
}

void diff_entry(
    const DesiredState& desired,
    const OidcClientSpec& spec,
    const ClientView& client,
    const std::optional<VaultEntry>& seen,
    Diff& diff) {
    const auto* entry = seen ? &*seen : nullptr;
    auto data = wanted_data(desired, spec, client);
    const auto keys = differing(entry, data);
    if (keys.empty()) {
        return;
    }
    if (entry != nullptr && is_foreign(*entry, desired.fleet.name)) {
        const auto& name_space = desired.fleet.openbao.name_space;
        diff.obstacles.push_back(
            {"OidcClient/" + spec.name,
             "",
             kForeign,
             fmt::format(
                 "the vault entry {}{} holds other values and bears no mark of ours: it is left "
                 "as it is; name another secret.path, or delete the entry if nobody needs it",
                 spec.secret_path,
                 name_space.empty() ? "" : " of namespace " + name_space)});
        return;
    }
    SecretEdit body;
    body.path = spec.secret_path;
    body.owner = desired.fleet.name;
    body.mark_first = entry == nullptr || owner_of(*entry).empty();
    body.cas = entry == nullptr ? 0 : entry->version;
    body.data = entry == nullptr ? std::map<std::string, SecretValue>() : entry->data;
    Edit edit;
    edit.target = "secret/" + spec.secret_path;
    edit.why = "the secret entry differs from the client";
    for (const auto& key : keys) {
        edit.fields.push_back({key, "(secret)", "(secret)"});
        body.data[key] = data.at(key);
    }
    edit.id = short_hash(edit.target + "\n" + digest_of(body.data), 16);
    edit.body = std::move(body);
    diff.edits.push_back(std::move(edit));
}

}  // namespace

Diff diff(const DesiredState& desired, const Observed& observed) {
    Diff diff;
    for (const auto& spec : desired.clients) {
        const auto* client = own_client(desired, observed, spec);
        const auto entry = observed.vault.find(spec.secret_path);
        const bool known = client != nullptr && client->secret != nullptr &&
                           entry != observed.vault.end() && entry->second.ok();
        if (known) {
            diff_entry(desired, spec, *client, *entry->second, diff);
        }
    }
    return diff;
}

}  // namespace wavegate::secrets
