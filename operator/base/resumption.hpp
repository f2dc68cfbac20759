#pragma once

#include "operator/base/task.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <list>
#include <memory>
#include <optional>
#include <utility>

namespace wavegate {

/// What an io_context knows of the coroutines that wait outside of it, so that it can destroy
/// them when it ends. One thread.
class Suspended final : public asio::execution_context::service {
  public:
    using key_type = Suspended;
    static asio::execution_context::id id;

    class Member {
      public:
        explicit Member(asio::execution_context& context);
        virtual ~Member();
        Member(const Member&) = delete;
        Member& operator=(const Member&) = delete;
        [[nodiscard]] bool is_on(const asio::execution_context& context) const;

      protected:
        /// Destroys the coroutine.
        virtual void drop() = 0;

      private:
        friend Suspended;
        Suspended* service_;
        std::list<Member*>::iterator place_;
    };

    explicit Suspended(asio::execution_context& context);

  private:
    void shutdown() override;
    std::list<Member*> members_;
};

/// A suspended coroutine that waits for a T: resumed once, by a post to its own executor, or
/// destroyed, with this object or with its io_context.
template <class T>
class Resumption {
  public:
    template <class Handler>
    Resumption(std::in_place_t /*tag*/, Handler handler)
        : held_(std::make_unique<HeldAs<Handler>>(std::move(handler))) {}

    void operator()(T value) { std::exchange(held_, nullptr)->resume(std::move(value)); }
    /// False when that context has ended.
    [[nodiscard]] bool is_on(const asio::execution_context& context) const {
        return held_->is_on(context);
    }

  private:
    struct Held : Suspended::Member {
        using Member::Member;
        virtual void resume(T value) = 0;
    };

    template <class Handler>
    struct HeldAs final : Held {
        explicit HeldAs(Handler h)
            : Held(asio::query(asio::get_associated_executor(h), asio::execution::context)),
              work(asio::get_associated_executor(h)),
              handler(std::move(h)) {}

        void resume(T value) override {
            if (!handler) {
                return;
            }
            auto on_executor = [resumed = std::move(*handler), got = std::move(value)]() mutable {
                resumed(std::move(got));
            };
            asio::post(work->get_executor(), std::move(on_executor));
        }
        void drop() override {
            handler.reset();
            work.reset();
        }

        std::optional<asio::executor_work_guard<asio::associated_executor_t<Handler>>> work;
        std::optional<Handler> handler;
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
