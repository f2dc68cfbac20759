#pragma once

#include "operator/ports/clock.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace wavegate::testing {

/// Time that stands still until somebody moves it (`Simulation` does). Starts at
/// 2026-01-01T00:00:00Z. Waiters wake in order of their time, then in order of their arrival.
class SimClock final : public Clock {
  public:
    SimClock() = default;
    ~SimClock() override;
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
    struct Waiter {
        virtual ~Waiter() = default;
        virtual void complete(bool reached) = 0;
        [[nodiscard]] virtual bool runs_on(const asio::execution_context& context) const = 0;
    };
    template <class Handler>
    struct WaiterOf;

    template <class Handler>
    void add(Mono when, Handler handler);
    void finish(Key key, bool reached);

    Mono mono_{std::chrono::hours(1)};
    Duration wall_offset_{0};
    std::uint64_t sequence_ = 0;
    std::map<Key, std::unique_ptr<Waiter>> waiters_;
};

}  // namespace wavegate::testing
