// What a write to a stack would leave behind, service by service and entry by entry.
#include "operator/formats/last_good.hpp"
#include "operator/model/epoch.hpp"
#include "reconcilers/guard/judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace wavegate::guard {
namespace {

template <class Keys>
bool among(const Keys& keys, const std::string& key) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
}

bool is_wiring(const StackEdit& claim) {
    return claim.purpose == StackPurpose::Wiring || claim.purpose == StackPurpose::Unwiring;
}

/// Does anything in the file see this entry of Env? Names without a value do, too.
bool reads(const formats::Compose& file, const std::string& entry) {
    return file.readers.contains(entry) ||
           std::any_of(file.services.begin(), file.services.end(), [&](const auto& service) {
               return service.second.environment.contains(entry);
           });
}

}  // namespace

Judge::Objection Judge::object_to(const Edit& edit, const StackWrite& write, const Live& live)
    const {
    const auto* claim = edit.stack();
    if (claim == nullptr) {
        return mislabelled();
    }
    if (auto objection = object_to_staleness(*claim, live)) {
        return objection;
    }
    const auto* mark = find_env(live.stack->env, kOwnerKey);
    if (mark != nullptr && *mark != nullptr && !(**mark == Secret::copy_of(desired_.fleet.name))) {
        return Refusal{8, "the stack bears another fleet's mark"};
    }
    if (auto objection = object_to_place(*claim, write, live)) {
        return objection;
    }
    if (auto objection = object_to_branch(edit, *claim, write, live)) {
        return objection;
    }
    return object_to_consequence(edit, *claim, write, live);
}

Judge::Objection Judge::object_to_consequence(
    const Edit& edit,
    const StackEdit& claim,
    const StackWrite& write,
    const Live& live) const {
    const auto all = consequence_of(write, live, profile_);
    if (!all) {
        return object_to_untold(claim, write, live, all.error().message());
    }
    if (all->partial && claim.purpose != StackPurpose::WayBack) {
        return Refusal{
            8,
            "what it would leave can't be told: files are laid over the stack's own and are not "
            "read"};
    }
    // The most telling objection first: what would become of the auth, then of all the rest.
    if (auto objection = object_to_move(edit, claim, *all, live)) {
        return objection;
    }
    if (auto objection = object_to_neighbours(claim, *all, live)) {
        return objection;
    }
    if (auto objection = object_to_others(claim, *all)) {
        return objection;
    }
    if (auto objection = object_to_multiplexer(claim, *all)) {
        return objection;
    }
    if (auto objection = object_to_keys(claim, *all)) {
        return objection;
    }
    if (auto objection = object_to_entries(claim, *all)) {
        return objection;
    }
    return object_to_record(claim, *all, live);
}

/// A deployment gives every service of the stack what file and Env say by now. One that runs with
/// another block (Swarm took it back, or a hand set it) would be flipped, or opened, along with it.
/// A way back is not kept from its service by that.
Judge::Objection Judge::object_to_neighbours(
    const StackEdit& claim,
    const Consequence& all,
    const Live& live) const {
    if (claim.purpose == StackPurpose::WayBack) {
        return std::nullopt;
    }
    const auto prefix = claim.stack + "_";
    for (const auto& neighbour : live.neighbours) {
        // One that only bears the stack's label may be called anything.
        const auto name = neighbour.name.starts_with(prefix) ? neighbour.name.substr(prefix.size())
                                                             : std::string();
        if (!all.after.effect.services.contains(name)) {
            continue;  // no deployment touches it
        }
        const auto after = all.block_of(name);
        if (!same_block(after, neighbour.auth)) {
            return Refusal{
                profile_.mode_of(after) == AuthMode::Jwt ? 1 : 15,
                fmt::format("{} runs with another auth block than it would be given", name)};
        }
    }
    return std::nullopt;
}

/// Nothing but the environment of the one service may become another.
Judge::Objection Judge::object_to_others(const StackEdit& claim, const Consequence& all) {
    const auto& before = all.before.effect.services;
    const auto& after = all.after.effect.services;
    if (!after.contains(claim.compose_service) || before.size() != after.size()) {
        return Refusal{8, "a service would come to the stack, or go"};
    }
    for (const auto& [name, effect] : after) {
        const auto was = before.find(name);
        if (was == before.end()) {
            return Refusal{8, fmt::format("service {} would come to the stack", name)};
        }
        if (name == claim.compose_service ? was->second.rest != effect.rest
                                          : !(was->second == effect)) {
            return Refusal{8, fmt::format("it would change more of service {}", name)};
        }
    }
    return std::nullopt;
}

const ServiceSpec* Judge::subject_of(const StackEdit& claim) const {
    const auto at = std::find_if(
        desired_.services.begin(), desired_.services.end(), [&](const ServiceSpec& service) {
            return service.stack == claim.stack && service.compose_service == claim.compose_service;
        });
    return at == desired_.services.end() ? nullptr : &*at;
}

/// Does the desired state give the service this variable with this value? Its own env goes before
/// what its files bring.
bool Judge::is_declared(const StackEdit& claim, const std::string& key, const std::string& value)
    const {
    const auto* service = subject_of(claim);
    if (service == nullptr) {
        return false;
    }
    if (const auto own = service->env.find(key); own != service->env.end()) {
        return own->second == value;
    }
    const auto files = observed_.env_files.find(service->name);
    if (files == observed_.env_files.end() || !files->second.ok()) {
        return false;
    }
    const auto brought = files->second->values.find(key);
    return brought != files->second->values.end() && brought->second != nullptr &&
           *brought->second == Secret::copy_of(value);
}

Judge::Objection Judge::object_to_keys(const StackEdit& claim, const Consequence& all) const {
    const bool wires = is_wiring(claim) && is_multiplexer(claim);
    const bool goes_back = claim.purpose == StackPurpose::WayBack;
    for (const auto& key : all.changed_keys(claim.compose_service)) {
        const bool judged = profile_.owns(key) || (wires && among(kOutboundKeys, key));
        const auto value = all.value(claim.compose_service, key);
        if (!judged && (goes_back || !is_declared(claim, key, value))) {
            return Refusal{8, fmt::format("{} is not this write's to change", key)};
        }
    }
    return std::nullopt;
}

/// Entries that something in the file reads were judged by what they do there.
Judge::Objection Judge::object_to_entries(const StackEdit& claim, const Consequence& all) const {
    const auto texts = formats::texts_of(all.env_after);
    for (const auto& name : all.changed_entries()) {
        const auto at = texts.find(name);
        const auto value = at == texts.end() ? std::string() : at->second;
        if (name == kOwnerKey && value != desired_.fleet.name) {
            return Refusal{8, "the stack would lose our mark, or get another fleet's"};
        }
        if (name == kEpochKey && epoch_in(all.env_after) <= epoch_in(all.env_before)) {
            return Refusal{8, "the stack would lose the term of who wrote it last"};
        }
        const bool ours = name == kOwnerKey || name == kLastGoodKey || name == kEpochKey ||
                          (name == formats::kLastOutboundKey && is_multiplexer(claim)) ||
                          profile_.owns(name) || is_declared(claim, name, value) ||
                          (is_multiplexer(claim) && is_wiring(claim) && among(kOutboundKeys, name));
        const bool read = reads(*all.before.file, name) || reads(*all.after.file, name);
        if (!ours && (!read || name.starts_with("WAVEGATE_"))) {
            return Refusal{8, fmt::format("the entry {} is not this write's to change", name)};
        }
    }
    return std::nullopt;
}

/// The way back of a service is what it runs with, and what passed before is not written over
/// until that has passed, too.
Judge::Objection
Judge::object_to_record(const StackEdit& claim, const Consequence& all, const Live& live) const {
    const auto before = formats::read_last_good(all.env_before);
    const auto after = formats::read_last_good(all.env_after);
    if (!before || !after) {
        const bool kept = !before && !after;
        return kept ? Objection() : Objection(Refusal{5, "no way back could be read any more"});
    }
    for (const auto& [name, good] : *before) {
        const auto now = after->find(name);
        const bool stays = now != after->end() && now->second == good;
        const bool may_go = name == claim.compose_service && now != after->end() &&
                            (moves_.is_verified(claim.service) || is_stranded(claim, good.block));
        if (!stays && !may_go) {
            return Refusal{5, fmt::format("the way back of {} would be lost", name)};
        }
    }
    for (const auto& [name, good] : *after) {
        const auto was = before->find(name);
        const bool stays = was != before->end() && was->second == good;
        const bool runs = name == claim.compose_service &&
                          good == formats::LastGood{live.service->auth, live.service->image};
        if (!stays && !runs) {
            return Refusal{5, fmt::format("{} would go back to what it never ran with", name)};
        }
    }
    return std::nullopt;
}

}  // namespace wavegate::guard
