#include "reconcilers/clients/diff.hpp"

#include "operator/base/digest.hpp"
#include "operator/model/client_rules.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wavegate::clients {
namespace {

std::string attribute(const ClientView& client, const std::string& key) {
    const auto at = client.attributes.find(key);
    return at == client.attributes.end() ? std::string() : at->second;
}

std::string seconds(Duration duration) {
    return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(duration).count());
}

std::vector<std::string> missing_audiences(const OidcClientSpec& spec, const ClientView& client) {
    std::vector<std::string> missing;
    for (const auto& audience : spec.audiences) {
        const bool mapped =
            std::any_of(client.mappers.begin(), client.mappers.end(), [&](const auto& mapper) {
                return maps_audience(mapper, audience);
            });
        if (!mapped) {
            missing.push_back(audience);
        }
    }
    return missing;
}

std::vector<FieldChange> changed_settings(const OidcClientSpec& spec, const ClientView& client) {
    std::vector<FieldChange> changes;
    const auto text = [&](const char* field, const std::string& now, const std::string& wanted) {
        if (now != wanted) {
            changes.push_back({field, now, wanted});
        }
    };
    for (const auto& one : kClientSwitches) {
        text(one.field, client.*one.seen ? "true" : "false", one.wanted ? "true" : "false");
    }
    for (const auto* name : kClosedAttributes) {
        if (attribute(client, name) == "true") {
            changes.push_back({name, "true", ""});
        }
    }
    text("clientAuthenticatorType", client.authenticator, kClientAuthenticator);
    text("redirectUris", fmt::format("{}", fmt::join(client.redirect_uris, " ")), "");
    text("webOrigins", fmt::format("{}", fmt::join(client.web_origins, " ")), "");
    text(kLifespanAttribute, attribute(client, kLifespanAttribute), seconds(spec.token_lifespan));
    return changes;
}

Edit make_edit(const OidcClientSpec& spec, ClientEdit body, std::string why) {
    Edit edit;
    edit.target = "client/" + spec.client_id;
    edit.why = std::move(why);
    edit.id = short_hash(
        fmt::format(
            "{}\n{}\n{}\n{}\n{}",
            edit.target,
            body.create,
            body.mapper_only,
            seconds(body.token_lifespan),
            fmt::join(body.audiences, ",")),
        16);
    edit.body = std::move(body);
    return edit;
}

ClientEdit body_of(const OidcClientSpec& spec, const std::string& fleet) {
    ClientEdit body;
    body.client_id = spec.client_id;
    body.owner = fleet;
    body.audiences = spec.audiences;
    body.token_lifespan = spec.token_lifespan;
    return body;
}

constexpr const char* kCure =
    "give the document another clientId, or delete the client in Keycloak if nobody needs it";

Obstacle foreign(const OidcClientSpec& spec, const std::string& why, const std::string& cure) {
    return {
        "OidcClient/" + spec.name,
        "",
        kForeign,
        fmt::format(
            "the client {} {}: it is left as it is, and its secret is not read; {}",
            spec.client_id,
            why,
            cure)};
}

Obstacle reported(const OidcClientSpec& spec, const std::vector<FieldChange>& changes) {
    std::vector<std::string> names;
    names.reserve(changes.size());
    for (const auto& change : changes) {
        names.push_back(change.field);
    }
    return {
        "OidcClient/" + spec.name,
        "",
        "Drift",
        fmt::format("{} differ, and drift is only reported", fmt::join(names, ", "))};
}

/// What is to become ours with a person's word, and what would become of it then.
Obstacle awaits_acceptance(const OidcClientSpec& spec, const std::vector<FieldChange>& changes) {
    std::vector<std::string> names;
    names.reserve(changes.size());
    for (const auto& change : changes) {
        names.push_back(change.field);
    }
    auto obstacle = foreign(
        spec,
        "exists and bears no mark of ours",
        fmt::format(
            "`wavegate rollout accept --client {}` makes it the fleet's own and sets {}",
            spec.client_id,
            fmt::join(names, ", ")));
    obstacle.awaits_acceptance = true;
    return obstacle;
}

std::vector<FieldChange>
all_changes(const OidcClientSpec& spec, const ClientView& client, const std::string& fleet) {
    auto changes = changed_settings(spec, client);
    if (ownership(client, fleet) != Ownership::Ours) {
        changes.push_back({kOwnerAttribute, attribute(client, kOwnerAttribute), fleet});
    }
    return changes;
}

/// Nothing: it is ours, or becomes ours.
std::optional<Obstacle> ownership_lacks(
    const DesiredState& desired,
    const OidcClientSpec& spec,
    const ClientView& client,
    const Ledger& ledger) {
    switch (ownership(client, desired.fleet.name)) {
        case Ownership::Ours:
            return std::nullopt;
        case Ownership::AnotherFleets:
            return foreign(spec, "bears another fleet's mark", kCure);
        case Ownership::Unmarked:
            break;
    }
    if (!spec.adopt) {
        return foreign(
            spec,
            "exists and bears no mark of ours",
            fmt::format("{}, or let it become the fleet's own by `adopt: true`", kCure));
    }
    if (ledger.accepts(client)) {
        return std::nullopt;
    }
    return awaits_acceptance(spec, all_changes(spec, client, desired.fleet.name));
}

void diff_existing(
    const DesiredState& desired,
    const OidcClientSpec& spec,
    const ClientView& client,
    const Ledger& ledger,
    Diff& diff) {
    const auto& fleet = desired.fleet.name;
    if (auto obstacle = ownership_lacks(desired, spec, client, ledger)) {
        diff.obstacles.push_back(std::move(*obstacle));
        return;
    }
    auto changes = all_changes(spec, client, fleet);
    const auto missing = missing_audiences(spec, client);
    if (changes.empty() && missing.empty()) {
        return;
    }
    auto body = body_of(spec, fleet);
    body.uuid = client.id;
    body.mapper_only = changes.empty();
    body.audiences = missing;
    for (const auto& audience : missing) {
        changes.push_back({"audience mapper", "", audience});
    }
    if (desired.fleet.drift == DriftPolicy::Report) {
        diff.obstacles.push_back(reported(spec, changes));
        return;
    }
    auto edit = make_edit(spec, std::move(body), "client settings differ");
    edit.fields = std::move(changes);
    diff.edits.push_back(std::move(edit));
}

}  // namespace

Diff diff(const DesiredState& desired, const Observed& observed, const Ledger& ledger) {
    Diff diff;
    for (const auto& spec : desired.clients) {
        if (const auto why = why_reserved(desired.fleet.keycloak, spec.client_id); !why.empty()) {
            diff.obstacles.push_back(foreign(spec, why, "give the document another clientId"));
            continue;
        }
        const auto at = observed.clients.find(spec.client_id);
        if (at == observed.clients.end() || !at->second.ok()) {
            continue;
        }
        if (at->second->has_value()) {
            diff_existing(desired, spec, **at->second, ledger, diff);
            continue;
        }
        auto body = body_of(spec, desired.fleet.name);
        body.create = true;
        auto edit = make_edit(spec, std::move(body), "client does not exist");
        edit.fields = {{"clientId", "", spec.client_id}};
        diff.edits.push_back(std::move(edit));
    }
    return diff;
}

Result<std::string>
may_adopt(const DesiredState& desired, const Observed& observed, const std::string& client_id) {
    const auto& all = desired.clients;
    const auto spec = std::find_if(all.begin(), all.end(), [&](const OidcClientSpec& each) {
        return each.client_id == client_id;
    });
    if (spec == all.end()) {
        return Error(ErrorKind::NotFound, "no document declares a client of this id");
    }
    if (!spec->adopt || !why_reserved(desired.fleet.keycloak, client_id).empty()) {
        return Error(ErrorKind::Invalid, "its document does not say `adopt: true`, or may not");
    }
    const auto at = observed.clients.find(client_id);
    if (at == observed.clients.end() || !at->second.ok()) {
        return Error(ErrorKind::Unavailable, "the client was not seen yet");
    }
    if (!at->second->has_value()) {
        return Error(ErrorKind::NotFound, "there is no client of this id: it will be made");
    }
    const auto& client = **at->second;
    if (ownership(client, desired.fleet.name) != Ownership::Unmarked) {
        return Error(ErrorKind::Invalid, "it bears a mark: it is ours already, or another fleet's");
    }
    return client.id;
}

}  // namespace wavegate::clients
