#pragma once

#include "tests/support/sim_clock.hpp"
#include "tests/support/spawn.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <stdexcept>
#include <vector>

namespace wavegate::testing {

/// One virtual clock and the io_contexts that live by it: the World's own, and any that are
/// attached (the operator's incarnations). Everything runs in the caller's thread, in one order.
///
///     Simulation sim;
///     auto answer = sim.run(client.list());      // Result<...>, whatever virtual time it takes
///     sim.advance(30s);                          // let timers of the double go by
class Simulation {
  public:
    Simulation() { attach(world_); }
    ~Simulation();
    Simulation(const Simulation&) = delete;
    Simulation& operator=(const Simulation&) = delete;

    SimClock clock;

    /// The World's io_context; a test of one double or client may run everything on it.
    asio::io_context& io() { return world_; }
    asio::any_io_executor executor() { return world_.get_executor(); }

    /// `context` is polled after those attached before it.
    void attach(asio::io_context& context) { contexts_.push_back(&context); }
    /// Stops polling it and drops its sleeping coroutines: before it is destroyed.
    void detach(asio::io_context& context);
    /// Stops polling it until it is attached again; who sleeps in it wakes then.
    void pause(asio::io_context& context) { std::erase(contexts_, &context); }
    /// `poll` is called in place of each context's own: a benchmark looks at its watch around it.
    using Poll = std::function<std::size_t(asio::io_context&)>;
    void poll_by(Poll poll) { poll_ = std::move(poll); }

    /// Runs whatever is ready now; time stands still.
    void settle();
    /// Runs everything that happens in the next `by` of virtual time.
    void advance(Duration by);
    /// Runs until `done`, asked after each step. False: not done within `limit`, or nobody waits
    /// for anything any more.
    bool run_until(const std::function<bool()>& done, Duration limit = std::chrono::hours(24 * 30));

    /// Drives `task` to its end, on the World's io_context or another one. What it throws is
    /// thrown here; std::logic_error when it never ends.
    template <class T>
    T run(asio::awaitable<T> task) {
        return run_on(world_, std::move(task));
    }
    template <class T>
    T run_on(asio::io_context& context, asio::awaitable<T> task);

  private:
    asio::io_context world_;
    std::vector<asio::io_context*> contexts_;
    Poll poll_ = [](asio::io_context& context) { return context.poll(); };
};

template <class T>
T Simulation::run_on(asio::io_context& context, asio::awaitable<T> task) {
    auto outcome = start(context.get_executor(), std::move(task));
    if (!run_until([&] { return outcome->ended; })) {
        throw std::logic_error("Simulation: the task waits for something that never comes");
    }
    return outcome->take();
}

template <>
inline void Simulation::run_on<void>(asio::io_context& context, asio::awaitable<void> task) {
    auto wrapped = [](asio::awaitable<void> inner) -> asio::awaitable<bool> {
        co_await std::move(inner);
        co_return true;
    };
    run_on<bool>(context, wrapped(std::move(task)));
}

}  // namespace wavegate::testing
