#pragma once

#include "operator/base/resumption.hpp"

#include <deque>
#include <memory>

namespace wavegate {

/// Turns: one holder at a time, the others wait in order of arrival. One executor, no locks.
///
///     const auto turn = co_await turns.take();
class Turns {
  public:
    /// Ends when it goes, whether its Turns are still there or not; the next one is resumed then.
    class Turn;

    Turns();

    /// A cancelled caller waits for its turn all the same, and learns of its cancellation at its
    /// next `co_await`.
    asio::awaitable<Turn> take();
    [[nodiscard]] bool is_taken() const { return state_->taken; }

  private:
    struct State {
        bool taken = false;
        std::deque<Resumption<bool>> waiting;
    };
    std::shared_ptr<State> state_;
};

class Turns::Turn {
  public:
    explicit Turn(std::shared_ptr<State> from) : from_(std::move(from)) {}
    ~Turn();
    Turn(Turn&&) noexcept = default;
    Turn& operator=(Turn&&) = delete;
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

  private:
    std::shared_ptr<State> from_;
};

}  // namespace wavegate
