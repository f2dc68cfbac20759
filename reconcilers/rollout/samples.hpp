#pragma once

#include "reconcilers/rollout/waves.hpp"

#include <optional>

namespace wavegate::rollout {

/// When the services of a wave are called while it soaks. A soak proves that each of them answers
/// as it begins and at its end, that somebody would have seen it fail between, and that the parts
/// that all share were there all the time.
///
/// Each is called through every 25 s, or more often in a short soak. Where a wave is so large (more
/// than 125) that this would be more than half of what a multiplexer takes, they are called in
/// turns, 200 ms apart: of 300 each once a minute. Then a soak lasts as long as it says and two
/// turns at most, and who breaks in it is met within a turn. Time counts for a service between two
/// good samples of its own that are at most two turns apart (30 s at least), and for nobody while
/// none of its wave was called well for half a turn (30 s at least): a multiplexer or a policy
/// server that is away stops the clock of all.
class Samples {
  public:
    /// `wave`: with which the member soaks; null: alone, as the canary.
    Samples(const Scene& scene, const Wave* wave, const Member& member);

    /// From one sample to the next, of a soak so long of which so much is left.
    [[nodiscard]] Duration interval(Duration soak, Duration left) const;
    /// Since its first one is due; negative: not yet.
    [[nodiscard]] Duration due() const;
    /// Does the time between two samples count that are so far apart?
    [[nodiscard]] bool is_watched(Duration apart) const { return apart <= gap_; }
    /// Since when nobody of the wave was called well, if that is too long: no sample from before
    /// that is followed by one from after it.
    [[nodiscard]] std::optional<Time> unseen_since() const;

  private:
    const Scene& scene_;
    const Wave* wave_;
    const Member& member_;
    Duration turn_{};  ///< in how long those who soak are called once; 0: so few are no burden
    Duration gap_{};   ///< what is further apart leaves time that nobody watched
};

}  // namespace wavegate::rollout
