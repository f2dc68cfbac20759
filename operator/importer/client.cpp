#include "operator/importer/client.hpp"

#include "operator/base/text.hpp"
#include "operator/model/client_rules.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <set>
#include <utility>

namespace wavegate::importer {
namespace {

constexpr Duration kUsualLifespan = std::chrono::minutes(5);

std::optional<Duration> lifespan_of(const ClientView& client) {
    const auto at = client.attributes.find(kLifespanAttribute);
    int seconds = 0;
    if (at != client.attributes.end()) {
        std::from_chars(at->second.data(), at->second.data() + at->second.size(), seconds);
    }
    return seconds > 0 ? std::optional<Duration>(std::chrono::seconds(seconds)) : std::nullopt;
}

/// Audiences that its own mappers put in and nothing else does.
std::set<std::string> audiences_of(const ClientView& client) {
    std::set<std::string> audiences;
    for (const auto& mapper : client.mappers) {
        const auto at = mapper.config.find("included.custom.audience");
        if (at != mapper.config.end() && maps_audience(mapper, at->second)) {
            audiences.insert(at->second);
        }
    }
    return audiences;
}

/// Why a client is none that a document can be about; empty: it may be.
std::string why_none(const ClientView& client, const LiveFleet& live, const std::string& fleet) {
    if (auto reserved = why_reserved(live.systems.keycloak, client.client_id); !reserved.empty()) {
        return reserved;
    }
    if (ownership(client, fleet) == Ownership::AnotherFleets) {
        return "bears the mark of another fleet";
    }
    if (client.public_client || client.bearer_only) {
        return "has no secret of its own: it is public, or takes tokens only";
    }
    if (client.authenticator != kClientAuthenticator) {
        return "proves who it is by something else than a secret";
    }
    return client.service_accounts ? "" : "has no service account, so that it mints nothing";
}

/// Settings that a client of ours has otherwise.
std::vector<std::string> other_settings(const ClientView& client) {
    std::vector<std::string> fields;
    for (const auto& one : kClientSwitches) {
        if (client.*one.seen != one.wanted) {
            fields.emplace_back(one.field);
        }
    }
    for (const auto* name : kClosedAttributes) {
        const auto at = client.attributes.find(name);
        if (at != client.attributes.end() && at->second == "true") {
            fields.emplace_back(name);
        }
    }
    if (!client.redirect_uris.empty()) {
        fields.emplace_back("redirectUris");
    }
    if (!client.web_origins.empty()) {
        fields.emplace_back("webOrigins");
    }
    return fields;
}

std::set<std::string>
consumers_of(const LiveFleet& live, const Survey& survey, const std::string& client_id) {
    std::set<std::string> stacks;
    if (survey.multiplexer) {
        stacks.insert(survey.multiplexer->stack->name);
    }
    for (const auto& service : live.swarm.services) {
        const bool known =
            std::any_of(live.stacks.begin(), live.stacks.end(), [&](const StackView& stack) {
                return stack.name == service.stack;
            });
        if (known && told(service, "OIDC_CLIENT_ID") == client_id) {
            stacks.insert(service.stack);
        }
    }
    return stacks;
}

/// The first place that holds an entry which is ours or nobody's.
std::string place_of_secret(
    const LiveFleet& live,
    const std::string& client_id,
    const std::string& fleet,
    std::vector<std::string>& notes) {
    for (const auto& path : live.vault_paths) {
        const auto at = live.vault.find(path);
        if (at != live.vault.end() && (at->second.empty() || at->second == fleet)) {
            notes.push_back(
                fmt::format("its secret: seen at {} of {}", path, live.systems.openbao.mount));
            return path;
        }
    }
    auto path =
        live.vault_paths.empty() ? usual_vault_paths(client_id).front() : live.vault_paths.front();
    notes.push_back(fmt::format(
        "its secret: no entry was seen at {} of {}",
        fmt::join(live.vault_paths, ", "),
        live.systems.openbao.mount));
    return path;
}

void add_audiences(ImportedClient& out, const ClientView& client, const JwtSpec& jwt) {
    auto mapped = audiences_of(client);
    out.spec.audiences.push_back(jwt.audience);
    if (mapped.erase(jwt.audience) == 0) {
        out.notes.emplace_back(
            "no mapper of its own puts the fleet's audience into its tokens (a client scope may): "
            "adoption adds one");
    }
    out.spec.audiences.insert(out.spec.audiences.end(), mapped.begin(), mapped.end());
}

void add_lifespan(ImportedClient& out, const ClientView& client) {
    const auto lifespan = lifespan_of(client);
    out.spec.token_lifespan = lifespan.value_or(kUsualLifespan);
    if (!lifespan) {
        out.notes.push_back(fmt::format(
            "it has no lifespan of its own, but the realm's: adoption sets {}",
            to_text(kUsualLifespan)));
    }
}

}  // namespace

std::vector<std::string> usual_vault_paths(const std::string& client_id) {
    return {client_id + "/oidc", "keycloak/client/" + client_id, "apps/" + client_id};
}

std::variant<ImportedClient, Leftover>
import_client(const LiveFleet& live, const Survey& survey, const JwtSpec& jwt) {
    const auto id = client_of(survey);
    const auto at = live.clients.find(id);
    if (at == live.clients.end() || !at->second) {
        return Leftover();
    }
    const ClientView& client = *at->second;
    const auto object = "client " + one_line(id);
    if (const auto why = why_none(client, live, survey.fleet); !why.empty()) {
        return Leftover{object, why};
    }
    if (!is_document_name(id)) {
        return Leftover{object, "its id is none that a document can be called"};
    }
    ImportedClient out;
    out.spec.name = out.spec.client_id = id;
    out.spec.adopt = ownership(client, survey.fleet) == Ownership::Unmarked;
    out.notes.push_back(fmt::format(
        "seen: realm {} of {}, {}",
        live.systems.keycloak.realm,
        live.systems.keycloak.url,
        out.spec.adopt ? "without any mark: it becomes the fleet's own by `wavegate rollout accept "
                         "--client " +
                             id + "`, and not before"
                       : "marked as this fleet's"));
    if (const auto others = other_settings(client); out.spec.adopt && !others.empty()) {
        out.notes.push_back(
            fmt::format("adoption sets what it has otherwise: {}", fmt::join(others, ", ")));
    }
    add_audiences(out, client, jwt);
    add_lifespan(out, client);
    out.spec.secret_path = place_of_secret(live, id, survey.fleet, out.notes);
    for (const auto& stack : consumers_of(live, survey, id)) {
        out.spec.consumer_stacks.push_back(stack);
    }
    return out;
}

}  // namespace wavegate::importer
