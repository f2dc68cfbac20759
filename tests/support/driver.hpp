#pragma once

#include "operator/ports/clock.hpp"
#include "operator/ports/transport.hpp"
#include "tests/support/spawn.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <stdexcept>
#include <utility>

namespace wavegate::testing {

namespace asio = boost::asio;

/// What a contract suite runs on, so that one suite serves a double in virtual time and a real
/// server over the loopback: an executor, a clock, and the way to bring a task to its end.
class Driver {
  public:
    virtual ~Driver() = default;
    virtual asio::any_io_executor executor() = 0;
    virtual Clock& clock() = 0;
    /// Runs until `done`, asked after each step; false when that does not come.
    virtual bool run_until(const std::function<bool()>& done) = 0;

    /// Drives `task` to its end. What it throws is thrown here; std::logic_error when it never
    /// ends.
    template <class T>
    T run(asio::awaitable<T> task);

    /// Lets that much time go by.
    void wait(Duration by);

    /// One request; throws std::runtime_error with the error's text when no answer came.
    HttpResponse ask(Transport& transport, HttpRequest request);
};

/// In virtual time.
std::unique_ptr<Driver> simulated_driver();
/// In real time, at most two minutes a task.
std::unique_ptr<Driver> live_driver();

template <class T>
T Driver::run(asio::awaitable<T> task) {
    auto outcome = start(executor(), std::move(task));
    if (!run_until([&] { return outcome->ended; })) {
        throw std::logic_error("Driver: the task waits for something that does not come");
    }
    return outcome->take();
}

}  // namespace wavegate::testing
