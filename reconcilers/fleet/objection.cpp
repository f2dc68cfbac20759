#include "reconcilers/fleet/objection.hpp"

#include "reconcilers/fleet/addresses.hpp"
#include "reconcilers/rollout/waves.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

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
    for (const auto& member : record.members()) {
        const bool begun = rollout::is_rolling(member);
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
    return std::any_of(record.members().begin(), record.members().end(), [](const Member& member) {
        return member.to == AuthMode::Jwt && member.phase() != Phase::Pending &&
               member.phase() != Phase::RolledBack && member.phase() != Phase::Failed;
    });
}

// Each tells of one kind of objection; empty: it has none.

/// Its history is cut or searched only so far: what is not seen to descend does not.
std::string lineage(const Proposal& proposal) {
    switch (proposal.revision.ancestry) {
        case Ancestry::Same:
        case Ancestry::Descends:
            return {};
        case Ancestry::First:
            if (proposal.in_force.empty()) {
                return {};
            }
            break;
        case Ancestry::Unknown:
            return fmt::format(
                "it is not seen to descend from {}, which is not in what was read of its history",
                proposal.in_force);
        case Ancestry::Diverged:
            break;
    }
    return fmt::format("it does not descend from {}", proposal.in_force);
}

std::string fleet_name(const Proposal& proposal) {
    return proposal.next.fleet.name == proposal.now->fleet.name
               ? std::string()
               : "it renames the fleet, and the name is in every ownership mark";
}

std::string flips_under_test(const Proposal& proposal) {
    const auto service = torn_away(*proposal.now, proposal.next, proposal.record);
    return service.empty() ? std::string()
                           : fmt::format(
                                 "it removes {} or calls it otherwise while its flip is under "
                                 "test, which is no "
                                 "objection any more once that has ended",
                                 service);
}

std::string principal(const Proposal& proposal) {
    const auto& now = proposal.now->fleet.multiplexer;
    const auto& next = proposal.next.fleet.multiplexer;
    const bool same = now.principal == next.principal && now.principal_from == next.principal_from;
    if (same || !any_stands(proposal.record)) {
        return {};
    }
    return fmt::format(
        "it changes multiplexer.principal from {} while services enforce, and nothing tells that "
        "the multiplexer sends the new one: let the policies allow both, change what it sends, "
        "then take it",
        now.principal);
}

std::string auth_block(const Proposal& proposal) {
    const bool same = proposal.now->fleet.auth_profile == proposal.next.fleet.auth_profile;
    return same || !any_stands(proposal.record)
               ? std::string()
               : "it changes authBlock while services enforce by the keys that it takes away";
}

/// Where credentials go, or what the auth block says while services enforce.
std::string addresses(const Proposal& proposal) {
    const auto& now = proposal.now->fleet;
    const auto& next = proposal.next.fleet;
    auto moved = moved_addresses(now, next);
    const bool enforcing = any_stands(proposal.record);
    if (enforcing && now.jwt.audience != next.jwt.audience) {
        moved.emplace_back("jwt.audience");
    }
    if (enforcing && now.jwt.eunomia_type != next.jwt.eunomia_type) {
        moved.emplace_back("jwt.eunomia.type");
    }
    return moved.empty() ? std::string()
                         : fmt::format(
                               "it changes {}, which say where credentials go and which they are",
                               fmt::join(moved, ", "));
}

std::string deletions(const Proposal& proposal) {
    const auto gone = deleted(*proposal.now, proposal.next);
    const auto& limits = proposal.now->fleet.limits;
    const auto total = std::max<std::size_t>(declared(*proposal.now), 1);
    const bool many = gone > static_cast<std::size_t>(limits.max_deletions) ||
                      gone * 100 > total * static_cast<std::size_t>(limits.max_shrink_percent);
    return gone > 0 && many
               ? fmt::format(
                     "it deletes {} of {} documents, more than the limits allow", gone, total)
               : std::string();
}

using Rule = std::string (*)(const Proposal&);
/// These compare with what is in force.
constexpr std::array<Rule, 6>
    kChanges{fleet_name, flips_under_test, principal, auth_block, addresses, deletions};

}  // namespace

std::vector<std::string> objections_to(const Proposal& proposal) {
    std::vector<std::string> found{lineage(proposal)};
    if (proposal.now != nullptr) {
        for (const auto rule : kChanges) {
            found.push_back(rule(proposal));
        }
    }
    std::erase(found, std::string());
    return found;
}

}  // namespace wavegate::fleet
