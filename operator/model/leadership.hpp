#pragma once

#include "operator/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace wavegate {

/// Who may act on a fleet, as one process knows it: what a controller asks before it acts, whoever
/// tells it (the fleet's lock, or a store's lease).
struct Leadership {
    bool own = false;        ///< it is this process
    std::string holder;      ///< empty: nobody, or it is not known
    std::string host;        ///< the holder's
    Wall since{};            ///< by the holder's own clock: to be shown, never compared
    std::uint64_t term = 0;  ///< grows by one at each change of hands; 0: none
    /// This process may act before it, on its own clock; unset: it may not.
    std::optional<Mono> until;
    bool locked = true;   ///< false: no lock is kept at all, and nobody keeps two apart
    std::string trouble;  ///< why it is not had or not known, and what helps; empty: nothing
    bool barred = false;  ///< and it won't be had before a person does something about it

    [[nodiscard]] bool may_act(Mono now) const { return until && now < *until; }
    /// Another is known to act.
    [[nodiscard]] bool stands_by() const { return !own && !holder.empty(); }
    friend bool operator==(const Leadership&, const Leadership&) = default;
};

}  // namespace wavegate
