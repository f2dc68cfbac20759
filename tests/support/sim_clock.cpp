#include "tests/support/sim_clock.hpp"

#include <stdexcept>
#include <vector>

namespace wavegate::testing {
namespace {

constexpr Mono kMonoStart{std::chrono::hours(1)};
constexpr Wall kWallStart{std::chrono::sys_days(std::chrono::year_month_day(
    std::chrono::year(2026),
    std::chrono::January,
    std::chrono::day(1)))};

}  // namespace

Time SimClock::now() const {
    return {kWallStart + (mono_ - kMonoStart) + wall_offset_, mono_};
}

Task<void> SimClock::sleep_until(Mono when) {
    if (when <= mono_) {
        co_return Result<void>();
    }
    auto start = [this, when](Resumption<bool> sleeper, asio::cancellation_slot slot) {
        const Key key(when, sequence_++);
        if (slot.is_connected()) {
            slot.assign([this, key](asio::cancellation_type /*type*/) { finish(key, false); });
        }
        waiters_.emplace(key, std::move(sleeper));
    };
    const bool reached = co_await suspend<bool>(std::move(start));
    if (!reached) {
        co_return Error(ErrorKind::Cancelled, "wait cancelled");
    }
    co_return Result<void>();
}

std::optional<Mono> SimClock::next() const {
    if (waiters_.empty()) {
        return std::nullopt;
    }
    return waiters_.begin()->first.first;
}

void SimClock::wake_next() {
    const Key key = waiters_.begin()->first;
    mono_ = key.first;
    finish(key, true);
}

void SimClock::move_to(Mono when) {
    if (when < mono_ || (!waiters_.empty() && next() < when)) {
        throw std::logic_error("SimClock: a waiter would be left behind");
    }
    mono_ = when;
}

void SimClock::finish(Key key, bool reached) {
    if (auto waiter = waiters_.extract(key)) {
        waiter.mapped()(reached);
    }
}

void SimClock::forget(asio::execution_context& context) {
    // Destroying a coroutine may cancel another's wait: take them out of the map first.
    std::vector<Resumption<bool>> dropped;
    for (auto it = waiters_.begin(); it != waiters_.end();) {
        if (it->second.is_on(context)) {
            dropped.push_back(std::move(it->second));
            it = waiters_.erase(it);
        } else {
            ++it;
        }
    }
}

}  // namespace wavegate::testing
