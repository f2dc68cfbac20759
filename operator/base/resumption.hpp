#pragma once

#include "operator/base/task.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <memory>
#include <utility>

namespace wavegate {

/// A suspended coroutine that waits for a T. Resumed once, by a post to its own executor, or
/// destroyed with its frame: whoever holds it lets go of it before the coroutine's io_context ends.
template <class T>
class Resumption {
  public:
    template <class Handler>
    Resumption(std::in_place_t /*tag*/, Handler handler)
        : held_(std::make_unique<HeldAs<Handler>>(std::move(handler))) {}

    void operator()(T value) { std::exchange(held_, nullptr)->resume(std::move(value)); }
    [[nodiscard]] asio::any_io_executor executor() const { return held_->executor(); }

  private:
    struct Held {
        virtual ~Held() = default;
        virtual void resume(T value) = 0;
        [[nodiscard]] virtual asio::any_io_executor executor() const = 0;
    };

    template <class Handler>
    struct HeldAs final : Held {
        explicit HeldAs(Handler h)
            : handler(std::move(h)), work(asio::get_associated_executor(handler)) {}

        void resume(T value) override {
            auto on_executor = [resumed = std::move(handler), got = std::move(value)]() mutable {
                resumed(std::move(got));
            };
            asio::post(work.get_executor(), std::move(on_executor));
        }
        [[nodiscard]] asio::any_io_executor executor() const override {
            return work.get_executor();
        }

        Handler handler;
        asio::executor_work_guard<asio::associated_executor_t<Handler>> work;
    };

    std::unique_ptr<Held> held_;
};

/// Suspends the caller and hands its Resumption to `start`, with the slot by which a cancellation
/// will be told (a handler left in it must bear being called after the resumption).
template <class T, class Start>
asio::awaitable<T> suspend(Start start) {
    auto initiate = [begin = std::move(start)](auto handler) mutable {
        auto slot = asio::get_associated_cancellation_slot(handler);
        begin(Resumption<T>(std::in_place, std::move(handler)), slot);
    };
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(T)>(
        std::move(initiate), asio::use_awaitable);
}

}  // namespace wavegate
