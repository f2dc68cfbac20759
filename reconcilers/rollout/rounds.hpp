#pragma once

#include "operator/base/time.hpp"
#include "operator/model/desired.hpp"

#include <cstddef>

namespace wavegate::rollout {

/// The turn of one service among those that are watched: when its present round began, and whether
/// it is the fourth one, in which everything is asked.
struct Round {
    Wall began{};
    bool full = false;
};

/// A round is as much shorter than `every` as a pass and its answers may be late, so that no proof
/// of a service that answers gets older than `every`.
Duration round_of(const WatchSpec& watch);
/// How often the watch looks who is due.
Duration beat_of(const WatchSpec& watch);
/// How many rounds may begin within one beat, of `count` services: a little more than an even
/// spread needs, so that what was missed (the operator was away, say) is made up for in time.
std::size_t rounds_a_beat(const WatchSpec& watch, std::size_t count);
/// The round in which the service at this place of `count` is now. Turns are spread evenly.
Round turn_of(const WatchSpec& watch, std::size_t place, std::size_t count, Wall now);

}  // namespace wavegate::rollout
