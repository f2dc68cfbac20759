#include "tests/support/sim_clock.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>

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

template <class Handler>
struct SimClock::WaiterOf final : SimClock::Waiter {
    explicit WaiterOf(Handler h)
        : handler(std::move(h)), work(asio::get_associated_executor(handler)) {}

    void complete(bool reached) override {
        auto executor = work.get_executor();
        auto resume = [held = std::move(handler), reached]() mutable { held(reached); };
        asio::post(executor, std::move(resume));
    }
    [[nodiscard]] bool runs_on(const asio::execution_context& context) const override {
        return &asio::query(work.get_executor(), asio::execution::context) == &context;
    }

    Handler handler;
    asio::executor_work_guard<asio::associated_executor_t<Handler>> work;
};

template <class Handler>
void SimClock::add(Mono when, Handler handler) {
    const Key key(when, sequence_++);
    auto slot = asio::get_associated_cancellation_slot(handler);
    if (slot.is_connected()) {
        slot.assign([this, key](asio::cancellation_type /*type*/) { finish(key, false); });
    }
    waiters_.emplace(key, std::make_unique<WaiterOf<Handler>>(std::move(handler)));
}

SimClock::~SimClock() = default;

Time SimClock::now() const {
    return {kWallStart + (mono_ - kMonoStart) + wall_offset_, mono_};
}

Task<void> SimClock::sleep_until(Mono when) {
    if (when <= mono_) {
        co_return Result<void>();
    }
    auto start = [this, when](auto handler) { add(when, std::move(handler)); };
    const bool reached = co_await asio::async_initiate<const asio::use_awaitable_t<>, void(bool)>(
        std::move(start), asio::use_awaitable);
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
        waiter.mapped()->complete(reached);
    }
}

void SimClock::forget(asio::execution_context& context) {
    // Destroying a coroutine may cancel another's wait: take them out of the map first.
    std::vector<std::unique_ptr<Waiter>> dropped;
    for (auto it = waiters_.begin(); it != waiters_.end();) {
        if (it->second->runs_on(context)) {
            dropped.push_back(std::move(it->second));
            it = waiters_.erase(it);
        } else {
            ++it;
        }
    }
}

}  // namespace wavegate::testing
