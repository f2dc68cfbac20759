#pragma once

#include "operator/ports/clock.hpp"

#include <cmath>

namespace wavegate::testing {

/// Another machine's clock: its seconds are longer or shorter than those of the World.
class DriftingClock final : public Clock {
  public:
    DriftingClock(Clock& inner, double speed) : inner_(inner), speed_(speed) {}

    [[nodiscard]] Time now() const override {
        const auto time = inner_.now();
        const auto own = static_cast<double>(time.mono.time_since_epoch().count()) * speed_;
        return {time.wall, Mono(Duration(std::llround(own)))};
    }
    Task<void> sleep_until(Mono when) override {
        if (speed_ == 1 || when == Mono::max()) {
            return inner_.sleep_until(when);
        }
        const auto theirs = static_cast<double>(when.time_since_epoch().count()) / speed_;
        return inner_.sleep_until(Mono(Duration(std::llround(std::ceil(theirs)) + 1)));
    }

  private:
    Clock& inner_;
    double speed_;
};

}  // namespace wavegate::testing
