#pragma once

#include "operator/ports/clock.hpp"

namespace wavegate::runtime {

/// The machine's clocks, in milliseconds.
class SystemClock final : public Clock {
  public:
    [[nodiscard]] Time now() const override;
    Task<void> sleep_until(Mono when) override;
};

}  // namespace wavegate::runtime
