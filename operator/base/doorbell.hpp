#pragma once

#include "operator/base/task.hpp"

#include <functional>
#include <memory>

namespace wavegate {

/// "Look again": a ring is remembered until somebody waits, many rings are one. One executor.
class Doorbell {
  public:
    Doorbell();
    void ring();
    /// Ends at once if it rang since the last wait, else at the next ring. A cancelled wait ends
    /// without taking a ring.
    asio::awaitable<void> wait();

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace wavegate
