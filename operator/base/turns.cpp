#include "operator/base/turns.hpp"

#include <utility>

namespace wavegate {

Turns::Turns() : state_(std::make_shared<State>()) {}

asio::awaitable<Turns::Turn> Turns::take() {
    auto state = state_;
    if (!state->taken) {
        state->taken = true;
        co_return Turn(std::move(state));
    }
    // Not by reset_cancellation_state: that would make the caller forget its own cancellation.
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    // By pointer: a frame that owned the state would be owned by it in turn, for ever.
    auto* queue = &state->waiting;
    state.reset();
    auto wait = [queue](Resumption<bool> next, asio::cancellation_slot /*slot*/) {
        queue->push_back(std::move(next));
    };
    (void)co_await suspend<bool>(std::move(wait));
    co_await asio::this_coro::throw_if_cancelled(throws);
    co_return Turn(state_);
}

Turns::Turn::~Turn() {
    if (!from_) {
        return;
    }
    if (from_->waiting.empty()) {
        from_->taken = false;
        return;
    }
    // It goes from hand to hand and is never free in between.
    auto next = std::move(from_->waiting.front());
    from_->waiting.pop_front();
    next(true);
}

}  // namespace wavegate
