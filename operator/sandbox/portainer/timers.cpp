#include "operator/sandbox/portainer/timers.hpp"

#include <utility>

namespace wavegate::sandbox {
namespace {

asio::awaitable<void>
wait_and_call(Clock* clock, Mono when, std::weak_ptr<bool> alive, std::function<void()> call) {
    const auto waited = co_await clock->sleep_until(when);
    if (waited && !alive.expired()) {
        call();
    }
}

}  // namespace

Timers::Timers(Clock& clock, const asio::any_io_executor& executor)
    : clock_(clock), group_(executor) {}

void Timers::after(Duration wait, std::function<void()> call) {
    group_.spawn(
        "swarm timer", wait_and_call(&clock_, clock_.now().mono + wait, alive_, std::move(call)));
}

}  // namespace wavegate::sandbox
