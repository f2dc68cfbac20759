#include "operator/runtime/system_clock.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <chrono>
#include <ctime>

namespace wavegate::runtime {
namespace {

using SteadyPoint = std::chrono::steady_clock::time_point;

/// Goes on while the machine sleeps, as others' clocks do: a lease that ended meanwhile has ended.
Mono boot_time() {
    struct timespec now = {};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return Mono(std::chrono::floor<Duration>(
        std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec)));
}

/// What is further away than nanoseconds can count is a year from now for the timer, which nobody
/// waits for.
SteadyPoint steady_point(Mono when) {
    const SteadyPoint now = std::chrono::steady_clock::now();
    constexpr std::chrono::hours year(24 * 365);
    const auto left = when - boot_time();
    return left > year ? now + year : now + left;
}

}  // namespace

Time SystemClock::now() const {
    const auto wall = std::chrono::floor<Duration>(std::chrono::system_clock::now());
    return {wall, boot_time()};
}

Task<void> SystemClock::sleep_until(Mono when) {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    timer.expires_at(steady_point(when));
    const auto [failed] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (failed) {
        co_return Error(ErrorKind::Cancelled, "wait cancelled");
    }
    co_return Result<void>();
}

}  // namespace wavegate::runtime
