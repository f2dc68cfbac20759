#include "operator/sandbox/outside.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>

#include <array>
#include <exception>
#include <utility>

namespace wavegate::sandbox {

Task<HttpResponse> within(Clock& clock, Duration limit, Task<HttpResponse> work) {
    const auto executor = co_await asio::this_coro::executor;
    Task<void> alarm = clock.sleep_until(clock.now().mono + limit);
    auto race = asio::experimental::make_parallel_group(
        asio::co_spawn(executor, std::move(work), asio::deferred),
        asio::co_spawn(executor, std::move(alarm), asio::deferred));
    auto [order, failure, answer, alarm_failure, rang] =
        co_await race.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    if (order.front() != 0) {
        co_return Error(ErrorKind::Timeout, "no answer in time", Effect::Maybe);
    }
    if (failure) {
        std::rethrow_exception(failure);
    }
    co_return std::move(answer);
}

}  // namespace wavegate::sandbox
