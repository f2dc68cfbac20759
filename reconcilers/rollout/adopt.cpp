#include "reconcilers/rollout/adopt.hpp"

#include "operator/base/digest.hpp"
#include "operator/formats/last_good.hpp"
#include "operator/model/inputs.hpp"

#include <algorithm>
#include <chrono>

namespace wavegate::rollout {
namespace {

/// The newest flip or way back of a service that the other side took.
const Intent* newest_move(const Scene& scene, const std::string& service) {
    const auto moves = scene.ledger.intents.of<ByService>(std::string_view(service));
    const auto* newest = moves.newest([&](const Intent& intent) {
        const auto* known = scene.intent(intent.id);
        return (intent.kind == "flip" || intent.kind == "wayback") &&
               (known->state == IntentState::Written || known->state == IntentState::Adopted);
    });
    return newest == nullptr ? nullptr : scene.intent(newest->id);
}

bool has_soaked(const Scene& scene, const std::string& service, const Intent& flip) {
    const auto* through = scene.ledger.latest(CheckKind::Through, service);
    return through != nullptr && through->verdict == Verdict::Pass &&
           through->taken.mono >= flip.settled.mono + scene.soak_of(service);
}

std::optional<Flight> flight_of_ledger(
    const Scene& scene,
    const std::string& service,
    AuthMode mode,
    const SwarmService& running) {
    const auto* move = newest_move(scene, service);
    const bool ours = move != nullptr && move->kind == "flip" &&
                      move->rollout == scene.record.id() && move->to == mode &&
                      move->block_after == canonical(running.auth);
    if (!ours || has_soaked(scene, service, *move)) {
        return std::nullopt;
    }
    Flight flight;
    flight.intent = move->id;
    flight.flipped = move->settled;
    flight.tried = tried_hash(move->block_after, running.image);
    return flight;
}

/// A mark says nothing of what was proven later: one of long ago is of a service that has soaked.
bool is_recent(const Scene& scene, const std::string& service, const StackView& stack) {
    const Duration longest =
        scene.deadline_of(service) + 2 * scene.soak_of(service) + std::chrono::hours(1);
    const auto now =
        std::chrono::floor<std::chrono::seconds>(scene.now.wall).time_since_epoch().count();
    return now - stack.update_date <=
           std::chrono::duration_cast<std::chrono::seconds>(longest).count();
}

std::optional<Flight>
flight_of_mark(const Scene& scene, const ServiceSpec& service, const SwarmService& running) {
    const auto* stack = scene.observed.stack(service.stack);
    const auto goods = stack == nullptr ? std::nullopt : formats::read_last_good(stack->env);
    if (!goods || !goods->contains(service.compose_service)) {
        return std::nullopt;
    }
    const auto block = canonical(running.auth);
    const auto& good = goods->at(service.compose_service);
    if (!good.flip || good.flip->block != short_hash(block, 16) ||
        !is_recent(scene, service.name, *stack)) {
        return std::nullopt;
    }
    Flight flight;
    flight.flipped = scene.now;
    flight.tried = tried_hash(block, running.image);
    return flight;
}

}  // namespace

bool is_probed(const Scene& scene, const ServiceSpec& service, AuthMode mode) {
    const auto* through = scene.ledger.latest(CheckKind::Through, service.name);
    return mode == AuthMode::None ||
           (through != nullptr && through->verdict == Verdict::Pass &&
            through->inputs == service_inputs(scene.desired, scene.observed, service.name));
}

std::optional<Flight> own_flight(const Scene& scene, const ServiceSpec& service, AuthMode mode) {
    const auto* running = scene.running(service.name);
    if (running == nullptr || mode != AuthMode::Jwt) {
        return std::nullopt;
    }
    const bool known = scene.ledger.latest_intent("flip", service.name) != nullptr ||
                       scene.ledger.latest(CheckKind::Through, service.name) != nullptr;
    return known ? flight_of_ledger(scene, service.name, mode, *running)
                 : flight_of_mark(scene, service, *running);
}

std::optional<Flight> marked_flight(const Scene& scene, const Member& member) {
    const auto* service = scene.desired.service(member.service);
    const auto* running = scene.running(member.service);
    if (!member.adopted() || member.to != AuthMode::Jwt || service == nullptr ||
        running == nullptr || scene.ledger.latest_intent("flip", member.service) != nullptr) {
        return std::nullopt;
    }
    return flight_of_mark(scene, *service, *running);
}

const Intent* landed_late(const Scene& scene, const std::string& service) {
    const auto* running = scene.running(service);
    // One towards `none` does no harm, and most that wait for their flip run open.
    if (running == nullptr || scene.mode_of(running->auth) != AuthMode::Jwt) {
        return nullptr;
    }
    const auto moves = scene.ledger.intents.of<ByService>(std::string_view(service));
    const auto* newest = moves.newest([](const Intent& intent) {
        return (intent.kind == "flip" || intent.kind == "wayback") &&
               intent.state != IntentState::Refused;
    });
    const bool late = newest != nullptr && newest->kind == "flip" &&
                      newest->state == IntentState::Dropped &&
                      canonical(running->auth) == newest->block_after;
    return late ? newest : nullptr;
}

bool is_strange(const Scene& scene, const ServiceSpec& service) {
    if (service.modes.none || !enforces(scene.desired, service, scene.observed) ||
        in_wanted_mode(scene.desired, service, scene.observed)) {
        return false;
    }
    const auto* move = newest_move(scene, service.name);
    const bool ours =
        move != nullptr && move->block_after == canonical(*live_block(service, scene.observed));
    return !ours && !is_probed(scene, service, AuthMode::Jwt);
}

Member found_member(const Scene& scene, const ServiceSpec& service, AuthMode mode) {
    Member member;
    member.service = service.name;
    member.to = mode;
    member.since = scene.now;
    member.begun = scene.now;
    if (is_strange(scene, service)) {
        state::Held next;
        next.flight.adopted = true;
        next.cause = {
            Reason::ChangedByHand,
            "it enforces by another auth block than the fleet's, and what can't be open is never "
            "flipped where it was found: set jwt or authBlock to what it runs with, or retry",
            false};
        member.state = std::move(next);
        return member;
    }
    if (!in_wanted_mode(scene.desired, service, scene.observed)) {
        return member;
    }
    // It was out of sight for a while: what it was flipped to is under test as before.
    if (auto flight = own_flight(scene, service, mode)) {
        state::Converging next;
        next.flight = std::move(*flight);
        member.state = std::move(next);
        return member;
    }
    Flight adopted;
    adopted.adopted = true;
    if (is_probed(scene, service, mode)) {
        state::Ready next;
        next.flight = std::move(adopted);
        member.state = std::move(next);
    } else {
        state::Converging next;
        next.flight = std::move(adopted);
        member.state = std::move(next);
    }
    return member;
}

}  // namespace wavegate::rollout
