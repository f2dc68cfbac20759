// Who may be left otherwise than it was desired, told by the World alone: invariants 3, 5 and 14.
#include "tests/sim/oracle.hpp"
#include "tests/sim/oracle_facts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace wavegate::testing {

using facts::kMultiplexer;
using facts::value_of;

void Oracle::told(Verb verb, const std::string& who) {
    if (verb == Verb::Abort) {
        aborted_ = clock_.now().mono;
    }
    if (verb == Verb::Freeze || verb == Verb::Unfreeze) {
        frozen_.reset();
        if (verb == Verb::Freeze) {
            frozen_ = clock_.now().mono;
        }
    }
    for (auto& [service, seen] : seen_) {
        const bool meant = who.empty() || who == service;
        if (meant && verb == Verb::Accept) {
            seen.accepted = !who.empty() || has_own_reason(service);
        } else if (meant && verb == Verb::Retry) {
            seen.taken_back = seen.by_hand = false;
            seen.turned.clear();
            restarted_.clear();
        }
    }
}

bool Oracle::is_broken(const std::string& service) const {
    const auto& behaviour = world_.behaviour(service);
    const bool by_token = behaviour.jwks_down || behaviour.policy_down;
    return behaviour.crash || !behaviour.rejected.empty() || (by_token && seen_.at(service).jwt);
}

bool Oracle::refuses_open(const std::string& service) const {
    return world_.behaviour(service).wire.generation == sandbox::Generation::Sdk;
}

/// A wave goes on without it: a person said so, or the wave does of who was broken before any flip.
bool Oracle::is_excepted(const std::string& service) const {
    const auto& seen = seen_.at(service);
    const bool skipped = expected_.skipping.contains(wave_of(service)) && !seen.jwt &&
                         !seen.taken_back && is_broken(service);
    return seen.accepted || skipped;
}

/// A variable that it is to have has no line in a file that its own repository alone may change:
/// it is not flipped without what it was declared to run with.
bool Oracle::lacks_a_line(const std::string& service) const {
    const auto declared = expected_.env_of.find(service);
    const auto stack = stacks_.find(service);
    if (expected_.commits || declared == expected_.env_of.end() || stack == stacks_.end() ||
        stack->second.repository.empty()) {
        return false;
    }
    return std::any_of(
        declared->second.begin(), declared->second.end(), [&](const std::string& key) {
            return stack->second.file.find(key) == std::string::npos;
        });
}

bool Oracle::is_as_wanted(const std::string& service) const {
    return seen_.at(service).jwt == expected_.wave_of.contains(service);
}

/// It is not as wanted, and that is of its own: another hand changed it, a flip of it was tried and
/// taken back, it was wanted now so and now so within an hour, or its file waits for a person. The
/// way out waits for no verdict, and for no variable.
bool Oracle::has_own_reason(const std::string& service) const {
    const auto& seen = seen_.at(service);
    if (is_as_wanted(service)) {
        return false;
    }
    const auto& turned = seen.turned;
    const auto apart = [](Mono a, Mono b) { return b - a > std::chrono::hours(1); };
    const bool flaps =
        turned.size() > 1 &&
        std::adjacent_find(turned.begin(), turned.end(), std::not_fn(apart)) != turned.end();
    return seen.by_hand ||
           (!seen.jwt && (seen.taken_back || flaps || is_broken(service) || lacks_a_line(service)));
}

/// Nobody is flipped while somebody of its wave, or of one before it, is not as wanted for a reason
/// of its own, or answers no more as it runs.
bool Oracle::waits_for_another(const std::string& service) const {
    const auto rank = [&](const std::string& name) {
        return std::find(expected_.waves.begin(), expected_.waves.end(), wave_of(name)) -
               expected_.waves.begin();
    };
    return std::any_of(expected_.wave_of.begin(), expected_.wave_of.end(), [&](const auto& each) {
        const auto& other = each.first;
        const auto& seen = seen_.at(other);
        const bool stands_bad = seen.jwt && (is_broken(other) || seen.good < seen.changed);
        return other != service && rank(other) <= rank(service) && !is_excepted(other) &&
               (has_own_reason(other) || stands_bad);
    });
}

/// It sends no token, or was restarted as often as it may be.
bool Oracle::multiplexer_gave_up() const {
    const auto auth = value_of(world_.live_env(kMultiplexer), "MCP_CLIENT_AUTH");
    constexpr std::size_t most = 3;
    return auth.empty() || auth == "none" || restarted_.size() >= most;
}

void Oracle::judge_modes(bool claims_all) {
    for (const auto& [service, seen] : seen_) {
        const bool wanted = expected_.wave_of.contains(service);
        if ((!wanted && !expected_.open.contains(service)) || is_as_wanted(service)) {
            continue;
        }
        const bool waits = wanted && (waits_for_another(service) || multiplexer_gave_up());
        if (claims_all || !(has_own_reason(service) || waits)) {
            violation(
                14,
                fmt::format(
                    "{} is left {}, and {}",
                    service,
                    seen.jwt ? "enforcing" : "open",
                    claims_all ? "all is said to be as desired" : "the World shows no reason"));
        }
    }
}

/// What is broken stays so where nobody may take it back: it is no flip of the operator's, or was
/// good on it for as long as its wave soaks, or answers in no mode.
bool Oracle::may_stay_broken(const std::string& service) const {
    const auto& seen = seen_.at(service);
    const bool tested = seen.jwt && seen.by_us && seen.good < seen.moved + soak_of(service) &&
                        !refuses_open(service);
    const auto& behaviour = world_.behaviour(service);
    const bool in_any_mode = behaviour.crash || !behaviour.rejected.empty();
    // Another hand opened it, and it waits for a person: it does not start as it is.
    const bool stranded = refuses_open(service) && !seen.jwt && !seen.by_us;
    return in_any_mode || stranded || (is_broken(service) && !tested);
}

}  // namespace wavegate::testing
