// What everybody's calls go through: its outbound env, and when it may restart.
#include "operator/formats/last_good.hpp"
#include "operator/model/inputs.hpp"
#include "reconcilers/guard/judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace wavegate::guard {
namespace {

constexpr std::string_view kSecret = "OIDC_CLIENT_SECRET";

bool holds(
    const std::map<std::string, SecretValue>& values,
    const std::string& key,
    const Secret& value) {
    const auto at = values.find(key);
    return at != values.end() && at->second != nullptr && *at->second == value;
}

/// What the variable was before we wired the multiplexer; nothing where that was never recorded.
bool was(
    const std::optional<formats::LastOutbound>& record,
    const std::string& key,
    const Secret& value) {
    return record && (record->contains(key) ? holds(*record, key, value) : value.empty());
}

}  // namespace

bool Judge::is_multiplexer(const StackEdit& claim) const {
    const auto& multiplexer = desired_.fleet.multiplexer;
    return claim.stack == multiplexer.stack && claim.compose_service == multiplexer.service;
}

Judge::Objection Judge::object_to_multiplexer(const StackEdit& claim, const Consequence& all)
    const {
    if (!is_multiplexer(claim)) {
        const bool wires =
            claim.purpose == StackPurpose::Wiring || claim.purpose == StackPurpose::Unwiring;
        return wires ? Objection(Refusal{2, "wiring is for the multiplexer's outbound env alone"})
                     : Objection();
    }
    const auto changed = all.changed_keys(claim.compose_service);
    for (const auto& key : changed) {
        const bool outbound =
            std::find(kOutboundKeys.begin(), kOutboundKeys.end(), key) != kOutboundKeys.end();
        const auto value = all.value(claim.compose_service, key);
        if (auto objection = outbound ? object_to_outbound(all, key, value) : Objection()) {
            return objection;
        }
    }
    // Another environment is a restart.
    return changed.empty() || mends(claim, all) ? Objection() : keeps_still();
}

/// Services are at rest, enforce and can't be called with what the multiplexer runs with, and could
/// with what this gives it: that waits for nothing.
bool Judge::mends(const StackEdit& claim, const Consequence& all) const {
    const auto wanted = outbound_env(desired_, observed_);
    const bool complete = std::all_of(wanted.begin(), wanted.end(), [&](const auto& entry) {
        return *entry.second == Secret::copy_of(all.value(claim.compose_service, entry.first));
    });
    return !wanted.empty() && complete && moves_.any_enforcing_at_rest() &&
           !is_wired(desired_, observed_);
}

/// What is wanted, or what it was before; while services enforce, nothing that they need goes.
Judge::Objection Judge::object_to_outbound(
    const Consequence& all,
    const std::string& key,
    const std::string& value) const {
    const auto wanted = outbound_env(desired_, observed_);
    const auto text = Secret::copy_of(value);
    if (holds(wanted, key, text)) {
        return std::nullopt;
    }
    const bool enforcing = any_enforcing();
    if (enforcing && value.empty()) {
        return Refusal{11, fmt::format("services enforce: the multiplexer needs {}", key)};
    }
    if (enforcing && key == kSecret) {
        return Refusal{7, "the secret is not the one in force of a client of ours"};
    }
    const auto record = formats::read_last_outbound(all.env_before);
    if (was(record, key, text) || (value.empty() && !record)) {
        return std::nullopt;
    }
    if (key == kSecret) {
        return Refusal{
            7, "the secret to be handed out is not the one in force of a client of ours"};
    }
    return Refusal{
        enforcing ? 11 : 8, fmt::format("{} would be neither what is wanted nor what it was", key)};
}

Judge::Objection Judge::keeps_still() const {
    const auto* intent = moves_.before_its_direct_probe();
    return intent == nullptr
               ? Objection()
               : Objection(Refusal{
                     5,
                     fmt::format(
                         "{} is between its flip and a passed direct probe", intent->service)});
}

Judge::Objection Judge::object_to(const Edit& edit, const ServiceRestart& write, const Live& live)
    const {
    const auto* claim = edit.restart();
    if (claim == nullptr) {
        return mislabelled();
    }
    if (!live.service || live.service->name != claim->swarm_service) {
        return stale("the service was not read again");
    }
    if (write.swarm_service != live.service->name ||
        write.template_digest != live.service->template_digest) {
        return Refusal{8, "the restart would reach another service, or another spec of it"};
    }
    const auto& multiplexer = desired_.fleet.multiplexer;
    if (claim->service == multiplexer.stack ||
        write.swarm_service == multiplexer.stack + "_" + multiplexer.service) {
        return keeps_still();
    }
    for (const auto& service : desired_.services) {
        const auto* move = moves_.newest(service.name);
        if (service.stack + "_" + service.compose_service == write.swarm_service &&
            move != nullptr && moves_.in_motion(*move)) {
            return Refusal{5, fmt::format("{} is in its flip", service.name)};
        }
    }
    return std::nullopt;
}

}  // namespace wavegate::guard
