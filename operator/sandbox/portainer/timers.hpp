#pragma once

#include "operator/base/task_group.hpp"
#include "operator/ports/clock.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>

namespace wavegate::sandbox {

/// Calls that are due later on a Clock; what is still due when this ends is dropped.
class Timers {
  public:
    Timers(Clock& clock, const asio::any_io_executor& executor);
    void after(Duration wait, std::function<void()> call);
    [[nodiscard]] Time now() const { return clock_.now(); }
    [[nodiscard]] Clock& clock() const { return clock_; }

  private:
    Clock& clock_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
    TaskGroup group_;
};

}  // namespace wavegate::sandbox
