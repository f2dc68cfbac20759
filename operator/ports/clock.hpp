#pragma once

#include "operator/base/task.hpp"
#include "operator/base/time.hpp"

namespace wavegate {

/// The only source of time.
class Clock {
  public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual Time now() const = 0;
    /// Ends at `when` (at once if it has passed). Cancelled: the wait was cancelled first.
    virtual Task<void> sleep_until(Mono when) = 0;
};

}  // namespace wavegate
