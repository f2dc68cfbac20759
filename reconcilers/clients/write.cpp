#include "reconcilers/clients/write.hpp"

#include "operator/model/client_rules.hpp"

#include <algorithm>
#include <utility>

namespace wavegate::clients {
namespace {

std::map<std::string, std::string> attributes_of(const ClientEdit& edit, const ClientView* there) {
    std::map<std::string, std::string> attributes;
    // A lifespan of 0 would make dead tokens: without one the realm's default stays.
    const auto lifespan = std::chrono::floor<std::chrono::seconds>(edit.token_lifespan);
    if (lifespan.count() > 0) {
        attributes[kLifespanAttribute] = std::to_string(lifespan.count());
    }
    attributes[kOwnerAttribute] = edit.owner;
    for (const auto* name : kClosedAttributes) {
        if (there != nullptr && there->attributes.contains(name)) {
            attributes[name] = "false";
        }
    }
    return attributes;
}

/// What is asked of a client whether it is made or mended.
ClientBody body_of(const ClientEdit& edit, const ClientView* there) {
    ClientBody body;
    for (const auto& one : kClientSwitches) {
        body.switches.emplace_back(one.field, one.wanted);
    }
    body.authenticator = kClientAuthenticator;
    body.attributes = attributes_of(edit, there);
    body.authorization_services = there != nullptr && there->authorization_services;
    return body;
}

}  // namespace

Result<Write> write_of(const Edit& edit, const Live& live) {
    const auto* body = std::get_if<ClientEdit>(&edit.body);
    if (body == nullptr || (!body->create && !live.client)) {
        return Error(ErrorKind::Invalid, "the client is gone, or was not read again");
    }
    const auto* there = body->create ? nullptr : &*live.client;
    ClientWrite write;
    write.client_id = body->client_id;
    write.uuid = body->create ? std::string() : body->uuid;
    write.owner = body->owner;
    write.met = there == nullptr ? std::string() : mark_of(*there);
    if (!body->mapper_only) {
        write.body = body_of(*body, there);
    }
    const auto mappers = there == nullptr ? std::vector<MapperView>() : there->mappers;
    for (const auto& audience : body->audiences) {
        auto wanted = audience_mapper(audience);
        const auto ours = std::find_if(mappers.begin(), mappers.end(), [&](const auto& mapper) {
            return mapper.name == wanted.name;
        });
        if (ours != mappers.end() && maps_audience(*ours, audience)) {
            continue;
        }
        wanted.id = ours == mappers.end() ? std::string() : ours->id;
        write.mappers.push_back(std::move(wanted));
    }
    return Write(std::move(write));
}

}  // namespace wavegate::clients
