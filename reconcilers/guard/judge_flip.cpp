// The invariants about setting a service to jwt: gates, order, canary, slots.
#include "operator/model/freeze.hpp"
#include "operator/model/inputs.hpp"
#include "operator/model/landing.hpp"
#include "reconcilers/guard/judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace wavegate::guard {
namespace {

constexpr std::string_view kPortainerItself = "portainer-mcp";
/// Asked in this rollout, and no longer ago than this.
constexpr std::array kFlipGates{CheckKind::Token, CheckKind::Policy};
constexpr Duration kFreshness = std::chrono::seconds(60);

}  // namespace

Judge::Objection
Judge::object_to_jwt(const Edit& edit, const ServiceSpec& service, const AuthBlock& after) const {
    if (wanted_mode(desired_, service, observed_) != AuthMode::Jwt) {
        return Refusal{
            1, fmt::format("the desired state does not ask for jwt of {}", service.name)};
    }
    if (!profile_.is_wanted(after, desired_.fleet.jwt, AuthMode::Jwt)) {
        return Refusal{
            1, fmt::format("{} would get another block than the desired one", service.name)};
    }
    if (const auto frozen = freeze_at(desired_, ledger_, now_.wall)) {
        return Refusal{12, fmt::format("{} would begin: {}", service.name, to_text(*frozen))};
    }
    if (auto objection = gates_hold(edit.rollout)) {
        return objection;
    }
    if (auto objection = flips_last(service)) {
        return objection;
    }
    if (auto objection = waves_before_are_done(service)) {
        return objection;
    }
    if (auto objection = canary_is_done(edit, service)) {
        return objection;
    }
    return slot_is_free(edit, service);
}

/// The first of its gates' answers to grow old. Only what was asked in this judgement: an edit
/// that sets a service to jwt and is called otherwise got none.
std::optional<Mono> Judge::good_until(const Edit& judged) const {
    if (!judged.is_flip() || judged.stack()->to != AuthMode::Jwt) {
        return std::nullopt;
    }
    std::optional<Mono> until;
    for (const auto kind : kFlipGates) {
        const auto* evidence = ledger_.latest(kind, desired_.fleet.name);
        if (evidence != nullptr) {
            const auto end = evidence->taken.mono + kFreshness;
            until = std::min(until.value_or(end), end);
        }
    }
    return until;
}

Judge::Objection Judge::gates_hold(const std::string& rollout) const {
    const auto inputs_of = [&](CheckKind kind) {
        return kind == CheckKind::Token ? token_inputs(desired_, observed_)
                                        : policy_inputs(desired_, observed_);
    };
    for (const auto kind : kFlipGates) {
        const auto* evidence = ledger_.latest(kind, desired_.fleet.name);
        const auto name = to_string(kind);
        if (evidence == nullptr || evidence->rollout != rollout) {
            return Refusal{1, fmt::format("gate {} was not asked in this rollout", name)};
        }
        if (evidence->verdict != wavegate::Verdict::Pass) {
            return Refusal{1, fmt::format("gate {} does not hold", name)};
        }
        if (!ledger_.is_fresh(evidence->taken, kFreshness, now_)) {
            return Refusal{1, fmt::format("the evidence of gate {} is stale", name)};
        }
        const auto inputs = inputs_of(kind);
        if (inputs.empty() || inputs != evidence->inputs) {
            return Refusal{1, fmt::format("what gate {} was asked about has changed", name)};
        }
    }
    return std::nullopt;
}

Judge::Objection Judge::flips_last(const ServiceSpec& service) const {
    if (service.name != kPortainerItself) {
        return std::nullopt;
    }
    for (const auto& other : desired_.services) {
        const bool relevant = other.name != service.name && is_deployed(other, observed_) &&
                              wanted_mode(desired_, other, observed_) == AuthMode::Jwt;
        if (relevant && !moves_.is_done(other) && !moves_.is_excepted(other)) {
            return Refusal{
                2, fmt::format("{} flips last, {} is not done", service.name, other.name)};
        }
    }
    return std::nullopt;
}

Judge::Objection Judge::waves_before_are_done(const ServiceSpec& service) const {
    const auto own = desired_.wave_index(service.wave);
    for (const auto& other : desired_.services) {
        const bool before = desired_.wave_index(other.wave) < own &&
                            is_deployed(other, observed_) &&
                            wanted_mode(desired_, other, observed_) == AuthMode::Jwt;
        if (before && !moves_.is_done(other) && !moves_.is_excepted(other)) {
            return Refusal{3, fmt::format("{} of wave {} is not ready", other.name, other.wave)};
        }
    }
    return std::nullopt;
}

Judge::Objection Judge::slot_is_free(const Edit& edit, const ServiceSpec& service) const {
    const auto* wave = desired_.wave(service.wave);
    if (wave == nullptr) {
        return Refusal{4, "the service has no wave"};
    }
    int taken = 0;
    for (const auto& other : desired_.services) {
        const auto* flip = moves_.newest(other.name);
        const bool counts = other.wave == service.wave && flip != nullptr &&
                            flip->id != edit.intent && moves_.in_motion(*flip);
        taken += counts ? 1 : 0;
    }
    if (taken >= wave->max_in_flight) {
        return Refusal{
            4,
            fmt::format(
                "{} of {} slots of wave {} are taken", taken, wave->max_in_flight, wave->name)};
    }
    return std::nullopt;
}

Judge::Objection Judge::canary_is_done(const Edit& edit, const ServiceSpec& service) const {
    bool any = false;
    for (const auto& intent : ledger_.intents) {
        const bool flip = intent.kind == "flip" && intent.to == AuthMode::Jwt &&
                          intent.rollout == edit.rollout && intent.id != edit.intent &&
                          may_have_landed(intent);
        if (!flip) {
            continue;
        }
        any = true;
        const auto* spec = desired_.service(intent.service);
        const auto* wave = spec == nullptr ? nullptr : desired_.wave(spec->wave);
        if (wave != nullptr &&
            moves_.soaked(intent, std::max(wave->soak, spec->soak.value_or(Duration(0))))) {
            return std::nullopt;
        }
        // A canary that went back leaves its place to the next one.
        if (!moves_.in_motion(intent) && moves_.newest(intent.service) != &intent) {
            any = false;
        }
    }
    if (any) {
        return Refusal{
            4, fmt::format("{} waits: the canary of this rollout has not soaked", service.name)};
    }
    return std::nullopt;
}

}  // namespace wavegate::guard
