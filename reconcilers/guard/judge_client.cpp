// Clients: what Keycloak would have of them afterwards.
#include "operator/model/client_rules.hpp"
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

/// A client of ours is confidential, mints for itself alone, and nobody logs in through it.
bool is_closed(const ClientBody& body) {
    const auto same = [](const auto& sent, const ClientSwitch& wanted) {
        return sent.first == wanted.field && sent.second == wanted.wanted;
    };
    return std::equal(
               body.switches.begin(),
               body.switches.end(),
               kClientSwitches.begin(),
               kClientSwitches.end(),
               same) &&
           body.authenticator == kClientAuthenticator && body.redirect_uris.empty() &&
           body.web_origins.empty();
}

bool is_ours_to_set(const std::string& name, const std::string& value) {
    const auto closed = [&](const char* each) { return name == each && value == "false"; };
    return name == kOwnerAttribute || name == kLifespanAttribute ||
           std::any_of(kClosedAttributes.begin(), kClosedAttributes.end(), closed);
}

std::string lifespan_of(const OidcClientSpec& spec) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(spec.token_lifespan).count();
    return seconds > 0 ? std::to_string(seconds) : std::string();
}

/// Does it put one of the document's audiences into tokens, and nothing else?
bool maps_declared(const OidcClientSpec& spec, const MapperView& mapper) {
    return std::any_of(
        spec.audiences.begin(), spec.audiences.end(), [&](const std::string& audience) {
            const auto wanted = audience_mapper(audience);
            return mapper.name == wanted.name && mapper.protocol_mapper == wanted.protocol_mapper &&
                   mapper.config == wanted.config;
        });
}

}  // namespace

Judge::Objection Judge::object_to(const Edit& edit, const ClientWrite& write, const Live& live)
    const {
    if (!std::holds_alternative<ClientEdit>(edit.body)) {
        return mislabelled();
    }
    if (write.owner != desired_.fleet.name ||
        (write.body && attribute(write.body->attributes, kOwnerAttribute) != write.owner)) {
        return Refusal{8, "the client would get another fleet's mark"};
    }
    if (const auto why = why_reserved(desired_.fleet.keycloak, write.client_id); !why.empty()) {
        return Refusal{8, fmt::format("the client {} {}", write.client_id, why)};
    }
    const auto spec = std::find_if(
        desired_.clients.begin(), desired_.clients.end(), [&](const OidcClientSpec& client) {
            return client.client_id == write.client_id;
        });
    if (spec == desired_.clients.end()) {
        return Refusal{8, fmt::format("no document declares the client {}", write.client_id)};
    }
    if (write.uuid.empty() && live.client) {
        return stale("the client exists by now");
    }
    if (!write.uuid.empty()) {
        if (!live.client || live.client->id != write.uuid ||
            live.client->client_id != write.client_id) {
            return stale("the client is gone or another one");
        }
        if (write.met != mark_of(*live.client)) {
            return stale("the client bears another mark by now");
        }
        if (!is_ours(*spec, write, *live.client)) {
            return Refusal{8, "the client does not bear our mark"};
        }
    }
    if (auto objection = object_to_body(*spec, write, live.client)) {
        return objection;
    }
    return object_to_mappers(*spec, write, live.client);
}

/// Or it becomes ours with this write, because its document and a person's word say so.
bool Judge::is_ours(const OidcClientSpec& spec, const ClientWrite& write, const ClientView& there)
    const {
    const auto whose = ownership(there, desired_.fleet.name);
    return whose == Ownership::Ours || (whose == Ownership::Unmarked && spec.adopt &&
                                        write.body.has_value() && ledger_.accepts(there));
}

/// A client is what its document says: whom it serves and how long its tokens live decides whether
/// services that enforce go on being reached.
Judge::Objection Judge::object_to_body(
    const OidcClientSpec& spec,
    const ClientWrite& write,
    const std::optional<ClientView>& there) {
    if (!write.body) {
        const bool update = !write.uuid.empty();
        return update ? Objection() : Objection(Refusal{11, "a client can't be made of nothing"});
    }
    const auto& body = *write.body;
    if (attribute(body.attributes, kLifespanAttribute) != lifespan_of(spec)) {
        return Refusal{11, "tokens would live for another time than the document says"};
    }
    if (!is_closed(body)) {
        return Refusal{11, "the client would serve other ways in than its own secret"};
    }
    for (const auto& [name, value] : body.attributes) {
        if (!is_ours_to_set(name, value)) {
            return Refusal{8, fmt::format("the attribute {} is not ours to change", name)};
        }
    }
    if (body.authorization_services != (there && there->authorization_services)) {
        return Refusal{8, "its authorization services are not ours to switch"};
    }
    return std::nullopt;
}

Judge::Objection Judge::object_to_mappers(
    const OidcClientSpec& spec,
    const ClientWrite& write,
    const std::optional<ClientView>& there) {
    const bool all =
        std::all_of(write.mappers.begin(), write.mappers.end(), [&](const MapperView& mapper) {
            return maps_declared(spec, mapper);
        });
    const bool create = write.uuid.empty();
    if (!all || (create && write.mappers.size() != spec.audiences.size())) {
        return Refusal{11, "tokens would be for others than the document says"};
    }
    const auto replaces_ours = [&](const MapperView& mapper) {
        return mapper.id.empty() ||
               (there &&
                std::any_of(there->mappers.begin(), there->mappers.end(), [&](const auto& now) {
                    return now.id == mapper.id && now.name == mapper.name;
                }));
    };
    const bool ours = std::all_of(write.mappers.begin(), write.mappers.end(), replaces_ours);
    return ours ? Objection() : Objection(Refusal{8, "it would replace somebody's mapper"});
}

}  // namespace wavegate::guard
