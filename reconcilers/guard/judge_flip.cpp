// The invariants about setting a service to jwt: gates, order, canary, slots.
#include "operator/model/inputs.hpp"
#include "reconcilers/guard/judge.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wavegate::guard {
namespace {

constexpr std::string_view kPortainerItself = "portainer-mcp";

/// Did this intent reach the other side, as far as anybody can tell?
bool may_have_landed(const Intent& intent) {
    return intent.state != IntentState::Refused && intent.state != IntentState::Dropped;
}

}  // namespace

Judge::Objection Judge::object_to_jwt(const Edit& edit, const StackEdit& body) const {
    const auto& multiplexer = desired_.fleet.multiplexer;
    if (body.stack == multiplexer.stack || body.service == multiplexer.stack) {
        return Refusal{2, "the multiplexer is never set to jwt"};
    }
    const auto* service = desired_.service(body.service);
    if (service == nullptr || wanted_mode(*service, observed_) != AuthMode::Jwt) {
        return Refusal{1, "the desired state does not ask for jwt here"};
    }
    if (!satisfies(body.block_after, wanted_block(desired_.fleet.jwt, AuthMode::Jwt))) {
        return Refusal{1, "the block is not the desired one"};
    }
    if (auto objection = gates_hold(edit.rollout)) {
        return objection;
    }
    if (auto objection = flips_last(*service)) {
        return objection;
    }
    if (auto objection = waves_before_are_done(*service)) {
        return objection;
    }
    if (auto objection = canary_is_done(edit, *service)) {
        return objection;
    }
    return slot_is_free(edit, *service);
}

Judge::Objection Judge::gates_hold(const std::string& rollout) const {
    constexpr auto freshness = std::chrono::seconds(60);
    const auto inputs_of = [&](CheckKind kind) {
        return kind == CheckKind::Token ? token_inputs(desired_, observed_)
                                        : policy_inputs(desired_, observed_);
    };
    for (const auto kind : {CheckKind::Token, CheckKind::Policy}) {
        const auto* evidence = ledger_.latest(kind, desired_.fleet.name);
        const auto name = to_string(kind);
        if (evidence == nullptr || evidence->rollout != rollout) {
            return Refusal{1, fmt::format("gate {} was not asked in this rollout", name)};
        }
        if (evidence->verdict != wavegate::Verdict::Pass) {
            return Refusal{1, fmt::format("gate {} does not hold", name)};
        }
        if (now_.mono - evidence->taken.mono > freshness) {
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
                              wanted_mode(other, observed_) == AuthMode::Jwt;
        if (relevant && !is_done(other) && !is_excepted(other)) {
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
                            wanted_mode(other, observed_) == AuthMode::Jwt;
        if (before && !is_done(other) && !is_excepted(other)) {
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
        const auto* flip = newest_move(other.name);
        const bool counts = other.wave == service.wave && flip != nullptr &&
                            flip->id != edit.intent && in_motion(*flip);
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
            soaked(intent, std::max(wave->soak, spec->soak.value_or(Duration(0))))) {
            return std::nullopt;
        }
        // A canary that went back leaves its place to the next one.
        if (!in_motion(intent) && newest_move(intent.service) != &intent) {
            any = false;
        }
    }
    if (any) {
        return Refusal{
            4, fmt::format("{} waits: the canary of this rollout has not soaked", service.name)};
    }
    return std::nullopt;
}

const Intent* Judge::newest_move(const std::string& service) const {
    const Intent* newest = nullptr;
    for (const auto& intent : ledger_.intents) {
        const bool move = intent.service == service &&
                          (intent.kind == "flip" || intent.kind == "wayback") &&
                          may_have_landed(intent);
        if (move) {
            newest = &intent;
        }
    }
    return newest;
}

bool Judge::before_direct(const Intent& flip) const {
    const auto kind = flip.to == AuthMode::Jwt ? CheckKind::Direct : CheckKind::Open;
    const auto* evidence = ledger_.latest(kind, flip.service);
    return evidence == nullptr || evidence->verdict != wavegate::Verdict::Pass ||
           evidence->taken.mono < flip.at.mono;
}

bool Judge::in_motion(const Intent& flip) const {
    if (newest_move(flip.service) != &flip) {
        return false;  // a later move of the same service took its place
    }
    if (flip.kind == "wayback") {
        return before_direct(flip);
    }
    const auto* evidence = ledger_.latest(CheckKind::Through, flip.service);
    const bool passed = evidence != nullptr && evidence->verdict == wavegate::Verdict::Pass &&
                        evidence->taken.mono >= flip.at.mono;
    return !passed;
}

bool Judge::soaked(const Intent& flip, Duration soak) const {
    const auto* evidence = ledger_.latest(CheckKind::Through, flip.service);
    const auto from = std::max(flip.at.mono, flip.settled.mono);
    return newest_move(flip.service) == &flip && evidence != nullptr &&
           evidence->verdict == wavegate::Verdict::Pass && evidence->taken.mono >= from + soak;
}

bool Judge::is_done(const ServiceSpec& service) const {
    if (!in_wanted_mode(desired_, service, observed_)) {
        return false;
    }
    const auto* wave = desired_.wave(service.wave);
    const auto* move = newest_move(service.name);
    const auto* through = ledger_.latest(CheckKind::Through, service.name);
    const bool passed = through != nullptr && through->verdict == wavegate::Verdict::Pass &&
                        through->inputs == service_inputs(desired_, observed_, service.name);
    if (move == nullptr || move->to != AuthMode::Jwt) {
        return passed;  // adopted: it needs no soak, only to be probed as it runs
    }
    const auto soak =
        wave == nullptr ? Duration(0) : std::max(wave->soak, service.soak.value_or(Duration(0)));
    return passed && soaked(*move, soak);
}

bool Judge::is_excepted(const ServiceSpec& service) const {
    // A person accepted what had been tried by then: another flip is another matter.
    const auto* move = newest_move(service.name);
    const bool accepted =
        std::any_of(ledger_.exceptions.begin(), ledger_.exceptions.end(), [&](const Exception& e) {
            const bool before =
                move != nullptr && move->kind == "flip" && move->at.mono > e.at.mono;
            return e.service == service.name && !before;
        });
    const auto* wave = desired_.wave(service.wave);
    const auto* baseline = ledger_.latest(CheckKind::Baseline, service.name);
    const bool skipped = wave != nullptr && wave->on_broken_baseline == BrokenBaseline::Skip &&
                         baseline != nullptr && baseline->verdict == wavegate::Verdict::Fail;
    return accepted || (skipped && !in_wanted_mode(desired_, service, observed_));
}

}  // namespace wavegate::guard
