#include "operator/runtime/thread_pool_blocking.hpp"

#include "operator/base/stopping.hpp"
#include "operator/runtime/heap.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <exception>
#include <memory>
#include <stop_token>
#include <utility>

namespace wavegate::runtime {

struct ThreadPoolBlocking::Pool {
    explicit Pool(std::size_t count) : threads(count) {}
    asio::thread_pool threads;
};

ThreadPoolBlocking::ThreadPoolBlocking(std::size_t threads)
    : pool_(std::make_unique<Pool>(threads)) {}

ThreadPoolBlocking::~ThreadPoolBlocking() {
    pool_->threads.join();
}

asio::awaitable<void> ThreadPoolBlocking::run(std::function<void()> work) {
    // The work is told of a cancellation; its caller learns of it at its next await.
    auto start = [this, job = std::move(work)](auto handler) {
        auto guard = asio::make_work_guard(asio::get_associated_executor(handler));
        auto stop = std::make_shared<std::stop_source>();
        if (auto slot = asio::get_associated_cancellation_slot(handler); slot.is_connected()) {
            slot.assign([stop](asio::cancellation_type /*type*/) { stop->request_stop(); });
        }
        auto on_thread = [guard, job, stop, resume = std::move(handler)]() mutable {
            std::exception_ptr thrown;
            try {
                const StoppableWork stoppable(stop->get_token());
                std::exchange(job, nullptr)();
            } catch (...) {
                thrown = std::current_exception();
            }
            give_back_memory();
            // Moved: what was thrown is the caller's alone, and dies where it is read.
            auto on_caller = [held = std::move(resume), thrown = std::move(thrown)]() mutable {
                held(std::move(thrown));
            };
            asio::post(guard.get_executor(), std::move(on_caller));
        };
        asio::post(pool_->threads, std::move(on_thread));
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr)>(
        std::move(start), asio::use_awaitable);
}

}  // namespace wavegate::runtime
