#pragma once

#include "reconcilers/rollout/move.hpp"
#include "reconcilers/rollout/scene.hpp"

#include <optional>
#include <utility>

namespace wavegate::rollout {

/// Was what runs now probed as it runs? (After a lost store, nothing was.)
bool is_probed(const Scene& scene, const ServiceSpec& service, AuthMode mode);

/// Ours and unproven, as what runs tells: the flip of this rollout that brought the block, and
/// whose soak has not passed; or, where the ledger knows nothing of the service, the mark that a
/// flip leaves in its stack's Env (a lost store loses neither a soak nor a way back). Nothing: it
/// came otherwise, or is proven.
std::optional<Flight> own_flight(const Scene& scene, const ServiceSpec& service, AuthMode mode);

/// The same by the mark alone, for one that was adopted before its stack's Env showed the mark: the
/// deploy that brings both shows the service first.
std::optional<Flight> marked_flight(const Scene& scene, const Member& member);

/// One that was adopted and bears our mark is under test from now on: its state, with that flight.
template <class State>
std::optional<Move> take_up(const Scene& scene, const Member& member, State ours) {
    auto flight = marked_flight(scene, member);
    if (!flight) {
        return std::nullopt;
    }
    ours.flight = std::move(*flight);
    ours.trouble = Trouble();
    Move move;
    move.keeps(std::move(ours)).looks(Duration(0));
    return move;
}

/// A flip that was given up for lost and is in force after all; null: none. It is taken back: its
/// place was given to others since.
const Intent* landed_late(const Scene& scene, const std::string& service);

/// It can't be open, and enforces by a block that is neither the wanted one nor was ever ours or
/// proven: it is adopted, and nothing is flipped before a person says so.
bool is_strange(const Scene& scene, const ServiceSpec& service);

/// A member as it is found.
Member found_member(const Scene& scene, const ServiceSpec& service, AuthMode mode);

}  // namespace wavegate::rollout
