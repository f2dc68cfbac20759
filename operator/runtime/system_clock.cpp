#include "operator/runtime/system_clock.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <chrono>

namespace wavegate::runtime {
namespace {

using SteadyPoint = std::chrono::steady_clock::time_point;

/// Rounded up to the clock's own ticks; what is further away than nanoseconds can count is a year
/// from now for the timer, which nobody waits for.
SteadyPoint steady_point(Mono when) {
    const SteadyPoint now = std::chrono::steady_clock::now();
    constexpr std::chrono::hours year(24 * 365);
    const auto left =
        when.time_since_epoch() - std::chrono::floor<Duration>(now.time_since_epoch());
    return left > year ? now + year : SteadyPoint(when.time_since_epoch());
}

}  // namespace

Time SystemClock::now() const {
    const auto wall = std::chrono::floor<Duration>(std::chrono::system_clock::now());
    const auto mono =
        std::chrono::floor<Duration>(std::chrono::steady_clock::now().time_since_epoch());
    return {wall, Mono(mono)};
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
