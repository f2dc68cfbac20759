#include "operator/base/doorbell.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/channel.hpp>

#include <optional>
#include <utility>

namespace wavegate {

/// Who waits is kept by the executor's context, not here: what waits may own the bell, and goes
/// with its context.
struct Doorbell::State {
    using Channel = asio::experimental::channel<void(boost::system::error_code)>;

    bool rang = false;  ///< while nobody had waited yet
    std::optional<Channel> channel;
};

Doorbell::Doorbell() : state_(std::make_shared<State>()) {}

void Doorbell::ring() {
    if (state_->channel) {
        static_cast<void>(state_->channel->try_send(boost::system::error_code()));
    } else {
        state_->rang = true;
    }
}

asio::awaitable<void> Doorbell::wait() {
    auto state = state_;
    if (!state->channel) {
        constexpr std::size_t one_ring = 1;
        auto executor = co_await asio::this_coro::executor;
        state->channel.emplace(executor, one_ring);
    }
    if (std::exchange(state->rang, false)) {
        co_return;
    }
    // A cancelled wait is an end like any other.
    co_await state->channel->async_receive(asio::as_tuple(asio::use_awaitable));
}

}  // namespace wavegate
