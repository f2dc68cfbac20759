#pragma once

#include "operator/base/error.hpp"
#include "operator/base/time.hpp"
#include "operator/model/fleet_lock.hpp"
#include "operator/model/leadership.hpp"
#include "reconcilers/lock/claim.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

/// Who of several operators acts (design §8). Pure: what one of them concludes from what it saw of
/// the lock, on its own monotonic clock. Clocks of two are never compared: a contender counts from
/// the last change that it saw, a holder from when it sent its last good renewal.
namespace wavegate::lock {

/// So long a contender waits after the last change that it saw.
constexpr Duration kDuration = std::chrono::seconds(45);
constexpr Duration kRenewEach = std::chrono::seconds(10);
/// So long a holder acts after its last good renewal was sent.
constexpr Duration kGivenUpAfter = std::chrono::seconds(30);

/// Who contends.
struct Me {
    std::string fleet;
    std::string holder;    ///< this process
    std::string identity;  ///< of machine and store, while this process has both: a holder of the
                           ///< same is dead. Empty: that can't be told
    std::string host;
};

enum class Role {
    Candidate,  ///< nothing is known of the lock yet, or it can't be had
    Standby,    ///< another has it
    Holder,
    Lost,  ///< had it; whether another has it now is not known yet
};
std::string_view to_string(Role role);

struct State {
    Role role = Role::Candidate;
    /// As it was read last; nothing: it was not there, or never read.
    std::optional<LockConfig> seen;
    bool vanished = false;      ///< another held it, or must have, and it is not there
    std::optional<Mono> moved;  ///< when the last change of it was seen
    Claim claim;                ///< Holder: as it was written last
    Mono good{};                ///< Holder: when the last good renewal was sent
    std::uint64_t known = 0;    ///< the highest term of store and marks
    std::string trouble;        ///< of the last call; empty: it was answered
    bool barred = false;        ///< which a person must do something about
};

// What was heard.
struct Rested {};  ///< the time has come
struct Found {
    LockConfig config;
};
struct Absent {};
/// The order was carried out; its first byte left after `sent`.
struct Taken {
    Claim claim;
    Mono sent{};
};
/// A call failed.
struct Failed {
    Error error;
};
/// A mark of the fleet, or the store, bears this term.
struct Marked {
    std::uint64_t term = 0;
};
using Heard = std::variant<Rested, Found, Absent, Taken, Failed, Marked>;

// What is to be done.
struct Rest {
    Mono until{};  ///< at the latest; then `Rested`
};
struct Look {};
struct Take {
    std::optional<LockConfig> on;  ///< nothing: it is to be made
    Claim claim;
};
using Order = std::variant<Rest, Look, Take>;

struct Turn {
    State state;
    Order order;
};

Turn step(const Me& me, State state, const Heard& heard, Time now);

/// What is left in the lock by a holder that ends.
Claim released(const Claim& claim);

/// What the process may do by it.
Leadership leadership_of(const Me& me, const State& state);

}  // namespace wavegate::lock
