#include "operator/base/doorbell.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace wavegate {

struct Doorbell::State {
    bool rang = false;
    std::function<void()> waiting;

    void wake() {
        if (auto resume = std::exchange(waiting, nullptr)) {
            resume();
        }
    }
};

Doorbell::Doorbell() : state_(std::make_shared<State>()) {}

void Doorbell::ring() {
    state_->rang = state_->waiting == nullptr;
    state_->wake();
}

asio::awaitable<void> Doorbell::wait() {
    auto state = state_;
    if (std::exchange(state->rang, false)) {
        co_return;
    }
    auto executor = co_await asio::this_coro::executor;
    auto start = [state, executor](auto handler) {
        auto slot = asio::get_associated_cancellation_slot(handler);
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        state->waiting = [executor, shared] { asio::post(executor, std::move(*shared)); };
        if (slot.is_connected()) {
            slot.assign([weak = std::weak_ptr<State>(state)](asio::cancellation_type) {
                if (auto alive = weak.lock()) {
                    alive->wake();
                }
            });
        }
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(
        std::move(start), asio::use_awaitable);
}

}  // namespace wavegate
