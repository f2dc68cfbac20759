#pragma once

#include "operator/base/time.hpp"
#include "operator/model/fleet_lock.hpp"

#include <cstdint>
#include <string>

namespace wavegate::lock {

/// What a holder says in the lock's labels.
struct Claim {
    std::string fleet;
    std::string holder;    ///< one process's, never another's; empty: released
    std::string identity;  ///< of who may take it back at once (Me); empty: nobody
    std::string host;
    Wall since{};  ///< for people
    std::uint64_t term = 0;
    std::uint64_t renew = 0;
    friend bool operator==(const Claim&, const Claim&) = default;
};

LockConfig::Labels labels_of(const Claim& claim);
/// What can't be read counts as not said.
Claim claim_of(const LockConfig::Labels& labels);

}  // namespace wavegate::lock
