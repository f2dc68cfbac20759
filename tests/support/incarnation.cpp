#include "tests/support/incarnation.hpp"

#include <utility>

namespace wavegate::testing {

Task<void> SeverableClock::sleep_until(Mono when) {
    if (severed_) {
        ++refused_;
        co_return Error(ErrorKind::Cancelled, "wait after the end");
    }
    co_return co_await inner_.sleep_until(when);
}

Incarnation::Incarnation(Simulation& sim, sandbox::Network& network)
    : sim_(sim),
      clock_(sim.clock),
      transport_(network),
      io_(std::make_unique<asio::io_context>()),
      tasks_(io_->get_executor()) {
    sim_.attach(*io_);
}

Incarnation::~Incarnation() {
    kill();
}

void Incarnation::start(std::string name, asio::awaitable<void> task) {
    tasks_.spawn(std::move(name), std::move(task));
}

void Incarnation::kill() {
    if (!io_) {
        return;
    }
    clock_.sever();
    transport_.sever();
    sim_.detach(*io_);
    transport_.drop_pending();
    io_.reset();
}

std::size_t Incarnation::late_calls() const {
    return clock_.refused() + transport_.refused();
}

}  // namespace wavegate::testing
