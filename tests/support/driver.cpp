#include "tests/support/driver.hpp"

#include "operator/runtime/system_clock.hpp"
#include "tests/support/simulation.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <string>

namespace wavegate::testing {
namespace {

class SimulatedDriver final : public Driver {
  public:
    asio::any_io_executor executor() override { return sim_.executor(); }
    Clock& clock() override { return sim_.clock; }
    bool run_until(const std::function<bool()>& done) override { return sim_.run_until(done); }

  private:
    Simulation sim_;
};

class LiveDriver final : public Driver {
  public:
    asio::any_io_executor executor() override { return io_.get_executor(); }
    Clock& clock() override { return clock_; }

    bool run_until(const std::function<bool()>& done) override {
        const auto deadline = clock_.now().mono + std::chrono::minutes(2);
        io_.restart();
        const auto busy = asio::make_work_guard(io_);
        while (!done()) {
            io_.run_one_for(std::chrono::milliseconds(200));
            if (clock_.now().mono >= deadline) {
                return false;
            }
        }
        return true;
    }

  private:
    asio::io_context io_;
    runtime::SystemClock clock_;
};

}  // namespace

void Driver::wait(Duration by) {
    static_cast<void>(run(clock().sleep_until(clock().now().mono + by)));
}

HttpResponse Driver::ask(Transport& transport, HttpRequest request) {
    auto answer = run(transport.send(std::move(request)));
    if (!answer) {
        throw std::runtime_error("no answer: " + answer.error().message());
    }
    return std::move(*answer);
}

std::unique_ptr<Driver> simulated_driver() {
    return std::make_unique<SimulatedDriver>();
}

std::unique_ptr<Driver> live_driver() {
    return std::make_unique<LiveDriver>();
}

}  // namespace wavegate::testing
