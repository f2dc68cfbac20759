// Invariants 2, 3 and 4: who is flipped when, beside whom.
#include "tests/sim/oracle.hpp"
#include "tests/sim/oracle_facts.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wavegate::testing {

using facts::at_or;
using facts::kLastToFlip;

std::string Oracle::wave_of(const std::string& service) const {
    return at_or(expected_.wave_of, service, at_or(expected_.open, service, std::string()));
}

Duration Oracle::soak_of(const std::string& service) const {
    return at_or(expected_.soak, wave_of(service), Duration(0));
}

/// Runs enforcing, was answered through the multiplexer as it runs now, and has soaked with its
/// wave if it was the operator who flipped it.
bool Oracle::ready(const std::string& service, Mono now) const {
    // A change by another's hand that is younger than a pass can't have been seen.
    constexpr auto unseen = std::chrono::seconds(40);
    const auto& seen = seen_.at(service);
    const bool answered = seen.good >= seen.changed || now - seen.changed < unseen;
    if (!seen.jwt || !answered || seen.good == Mono{}) {
        return false;
    }
    return !seen.by_us || now - seen.moved >= soak_of(service);
}

/// Asked when its write is sent: what is under way by then is finished.
void Oracle::judge_freeze(const std::string& service) {
    const auto now = clock_.now();
    const auto sent = at_or(stack_sent_, service, now.mono);
    const auto& until = expected_.frozen_until;
    const bool by_commit = until && now.wall - (now.mono - sent) < *until && is_taken_up(service);
    if (by_commit || (frozen_ && sent > *frozen_)) {
        violation(12, service + " was flipped while the fleet was frozen");
    }
}

void Oracle::judge_order(const std::string& service) {
    const auto rank = [&](const std::string& name) {
        return std::find(expected_.waves.begin(), expected_.waves.end(), wave_of(name)) -
               expected_.waves.begin();
    };
    const auto now = clock_.now().mono;
    for (const auto& [other, its_wave] : expected_.wave_of) {
        if (other == service || is_excepted(other)) {
            continue;
        }
        const bool before = rank(other) < rank(service);
        if (before && !ready(other, now)) {
            violation(3, fmt::format("{} was flipped before {} was ready", service, other));
        }
        if (service == kLastToFlip && !ready(other, now)) {
            violation(2, fmt::format("{} was flipped before {}", service, other));
        }
    }
}

void Oracle::judge_canary(const std::string& service) {
    // The canary is the first of this rollout that still stands.
    const auto canary =
        std::find_if(rollout_flips_.begin(), rollout_flips_.end(), [&](const std::string& flipped) {
            return flipped != service && seen_.at(flipped).jwt && seen_.at(flipped).by_us;
        });
    if (!expected_.canary || canary == rollout_flips_.end()) {
        return;
    }
    const auto& seen = seen_.at(*canary);
    const auto soaked = seen.moved + soak_of(*canary);
    if (clock_.now().mono < soaked || seen.good < soaked) {
        violation(4, fmt::format("{} was flipped while {} was the canary", service, *canary));
    }
}

/// From the write of a flip until the multiplexer answered a call on it that was asked since.
bool Oracle::in_motion(const std::string& service) const {
    const auto& seen = seen_.at(service);
    if (!seen.by_us || seen.good >= seen.moved) {
        return false;
    }
    // Going back to what was good is no flip: it goes before everything else.
    return seen.jwt || expected_.open.contains(service);
}

void Oracle::judge_slots(const std::string& service) {
    const auto wave = wave_of(service);
    // The way out waits for nothing (design §6), so flips towards jwt hold no slot against it: only
    // its own do. The way in waits for both.
    const bool way_out = !seen_.at(service).jwt;
    int moving = 1;
    for (const auto& [other, seen] : seen_) {
        const bool counts = other != service && wave_of(other) == wave && !(way_out && seen.jwt);
        moving += counts && in_motion(other) ? 1 : 0;
    }
    if (moving > at_or(expected_.max_in_flight, wave, moving)) {
        violation(4, fmt::format("{} services of wave {} in motion", moving, wave));
    }
}

}  // namespace wavegate::testing
