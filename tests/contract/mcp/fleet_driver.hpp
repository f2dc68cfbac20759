#pragma once

#include "tests/support/driver.hpp"
#include "tests/support/simulation.hpp"

#include <functional>

namespace wavegate::contract {

/// Lends a Fleet's virtual time to a suite.
class FleetDriver final : public testing::Driver {
  public:
    explicit FleetDriver(testing::Simulation& sim) : sim_(sim) {}
    testing::asio::any_io_executor executor() override { return sim_.executor(); }
    Clock& clock() override { return sim_.clock; }
    bool run_until(const std::function<bool()>& done) override { return sim_.run_until(done); }

  private:
    testing::Simulation& sim_;
};

}  // namespace wavegate::contract
