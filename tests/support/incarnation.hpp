#pragma once

#include "operator/base/task_group.hpp"
#include "operator/sandbox/memory_transport.hpp"
#include "operator/sandbox/network.hpp"
#include "tests/support/simulation.hpp"

#include <memory>
#include <string>

namespace wavegate::testing {

/// The clock as one incarnation sees it: once severed it refuses to wait, and counts.
class SeverableClock final : public Clock {
  public:
    explicit SeverableClock(Clock& inner) : inner_(inner) {}
    [[nodiscard]] Time now() const override { return inner_.now(); }
    Task<void> sleep_until(Mono when) override;
    void sever() { severed_ = true; }
    [[nodiscard]] std::size_t refused() const { return refused_; }

  private:
    Clock& inner_;
    bool severed_ = false;
    std::size_t refused_ = 0;
};

/// One life of the operator beside the World: an io_context of its own and the ports through which
/// it acts. `kill` ends it as a power cut would: nothing after a suspended `co_await` runs, while
/// requests already sent still land in the World.
class Incarnation {
  public:
    Incarnation(Simulation& sim, sandbox::Network& network);
    ~Incarnation();
    Incarnation(const Incarnation&) = delete;
    Incarnation& operator=(const Incarnation&) = delete;

    asio::any_io_executor executor() { return io_->get_executor(); }
    Transport& transport() { return transport_; }
    Clock& clock() { return clock_; }

    /// Starts a coroutine of this life.
    void start(std::string name, asio::awaitable<void> task);

    /// Severs the ports, drops timers and pending answers, destroys the io_context. What the
    /// coroutines refer to must still be there.
    void kill();
    [[nodiscard]] bool alive() const { return io_ != nullptr; }
    /// Uses of a port after the kill: a line has run that must not.
    [[nodiscard]] std::size_t late_calls() const;

  private:
    Simulation& sim_;
    SeverableClock clock_;
    sandbox::MemoryTransport transport_;
    std::unique_ptr<asio::io_context> io_;
    TaskGroup tasks_;
};

}  // namespace wavegate::testing
