#include "reconcilers/fleet/objection.hpp"

#include "reconcilers/rollout/phases.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wavegate::fleet {
namespace {

std::size_t declared(const DesiredState& state) {
    const auto services =
        std::count_if(state.services.begin(), state.services.end(), [](const ServiceSpec& service) {
            return service.declared;
        });
    return static_cast<std::size_t>(services) + state.clients.size() + state.policies.size();
}

template <class Items, class Has>
std::size_t missing(const Items& before, Has has) {
    return static_cast<std::size_t>(
        std::count_if(before.begin(), before.end(), [&](const auto& item) { return !has(item); }));
}

std::size_t deleted(const DesiredState& before, const DesiredState& after) {
    return missing(
               before.services,
               [&](const ServiceSpec& service) {
                   const auto* now = after.service(service.name);
                   return !service.declared || (now != nullptr && now->declared);
               }) +
           missing(
               before.clients,
               [&](const OidcClientSpec& spec) { return after.client(spec.name) != nullptr; }) +
           missing(before.policies, [&](const PolicySpec& spec) {
               return after.policy(spec.name) != nullptr;
           });
}

/// A service between its flip and its verdict, or on its way back, that the next state does not
/// know at the same place: nothing could bring it to its end any more. Empty: none.
std::string
torn_away(const DesiredState& now, const DesiredState& next, const RolloutRecord& record) {
    for (const auto& member : record.members) {
        const bool begun = (rollout::in_motion(member.phase) && !member.adopted) ||
                           member.phase == Phase::RollingBack;
        const auto* before = now.service(member.service);
        const auto* after = next.service(member.service);
        if (begun && before != nullptr &&
            (after == nullptr || after->stack != before->stack ||
             after->compose_service != before->compose_service)) {
            return member.service;
        }
    }
    return {};
}

/// Does a service enforce as far as its rollout knows, or is it about to?
bool any_stands(const RolloutRecord& record) {
    return std::any_of(record.members.begin(), record.members.end(), [](const Member& member) {
        return member.to == AuthMode::Jwt && member.phase != Phase::Pending &&
               member.phase != Phase::RolledBack && member.phase != Phase::Failed;
    });
}

}  // namespace

std::string objection_to(
    const DesiredState& now,
    const Revision& revision,
    const DesiredState& next,
    const RolloutRecord& record) {
    if (revision.ancestry == Ancestry::Diverged) {
        return fmt::format(
            "revision {} does not descend from {}: a person decides", revision.id, now.revision);
    }
    if (next.fleet.name != now.fleet.name) {
        return "the fleet's name changed: it is in every ownership mark";
    }
    if (const auto service = torn_away(now, next, record); !service.empty()) {
        return fmt::format(
            "revision {} removes {} or calls it otherwise while its flip is under test: it is "
            "taken once that has ended",
            revision.id,
            service);
    }
    const auto& mux = now.fleet.multiplexer;
    const bool renamed = mux.principal != next.fleet.multiplexer.principal ||
                         mux.principal_from != next.fleet.multiplexer.principal_from;
    if (renamed && any_stands(record)) {
        return fmt::format(
            "revision {} changes multiplexer.principal from {} while services enforce, and nothing "
            "tells that the multiplexer sends the new one: let the policies allow both, change "
            "what it sends, then take this revision",
            revision.id,
            mux.principal);
    }
    const auto gone = deleted(now, next);
    const auto& limits = now.fleet.limits;
    const auto total = std::max<std::size_t>(declared(now), 1);
    const bool many = gone > static_cast<std::size_t>(limits.max_deletions) ||
                      gone * 100 > total * static_cast<std::size_t>(limits.max_shrink_percent);
    if (gone > 0 && many) {
        return fmt::format(
            "revision {} deletes {} of {} documents, more than the limits allow: a person decides",
            revision.id,
            gone,
            total);
    }
    return {};
}

}  // namespace wavegate::fleet
