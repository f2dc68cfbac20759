#include "reconcilers/rollout/rounds.hpp"

#include <algorithm>

namespace wavegate::rollout {

Duration beat_of(const WatchSpec& watch) {
    const Duration most = std::chrono::seconds(30);
    return std::min(most, watch.every / 10);
}

Duration round_of(const WatchSpec& watch) {
    return watch.every - 2 * beat_of(watch);
}

std::size_t rounds_a_beat(const WatchSpec& watch, std::size_t count) {
    const auto beat = static_cast<std::size_t>(beat_of(watch).count());
    const auto round = static_cast<std::size_t>(round_of(watch).count());
    // A multiplexer takes ten calls a second of everybody together: half of that is the watch's at
    // most, and a fleet for which that is too little gets old proofs, which are called so.
    const auto most = beat * 5 / 1000;
    return std::min(2 + (count * beat * 5) / (round * 4), most);
}

Round turn_of(const WatchSpec& watch, std::size_t place, std::size_t count, Wall now) {
    const auto round = round_of(watch).count();
    const auto own = static_cast<Duration::rep>(place);
    const auto all = static_cast<Duration::rep>(std::max<std::size_t>(count, 1));
    const auto offset = round * own / all;
    const auto since_start = now.time_since_epoch().count() - offset;
    // Before the epoch there are no rounds; the first one holds all of that.
    const auto number = std::max<Duration::rep>(since_start, 0) / round;
    Round turn;
    turn.began = Wall(Duration(number * round + offset));
    turn.full = (number + own) % 4 == 0;
    return turn;
}

}  // namespace wavegate::rollout
