#pragma once

#include "operator/base/resumption.hpp"
#include "operator/ports/clock.hpp"

#include <boost/asio/execution_context.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <utility>

namespace wavegate::testing {

/// Time that stands still until somebody moves it (`Simulation` does). Starts at
/// 2026-01-01T00:00:00Z. Waiters wake in order of their time, then in order of their arrival.
class SimClock final : public Clock {
  public:
    SimClock() = default;
    SimClock(const SimClock&) = delete;
    SimClock& operator=(const SimClock&) = delete;

    [[nodiscard]] Time now() const override;
    Task<void> sleep_until(Mono when) override;

    /// The wall clock is this much ahead of where monotonic time alone would have brought it.
    void set_wall_offset(Duration offset) { wall_offset_ = offset; }

    /// When the first waiter wants to wake.
    [[nodiscard]] std::optional<Mono> next() const;
    /// Moves to the first waiter's time and resumes it (by a post to its executor).
    void wake_next();
    /// Moves forward without waking anybody: no waiter may be due before `when`.
    void move_to(Mono when);
    /// Destroys the waiting coroutines that run on `context`: call it before destroying that.
    void forget(asio::execution_context& context);

  private:
    using Key = std::pair<Mono, std::uint64_t>;
    void finish(Key key, bool reached);

    Mono mono_{std::chrono::hours(1)};
    Duration wall_offset_{0};
    std::uint64_t sequence_ = 0;
    std::map<Key, Resumption<bool>> waiters_;
};

}  // namespace wavegate::testing
