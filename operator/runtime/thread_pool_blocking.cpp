#include "operator/runtime/thread_pool_blocking.hpp"

#include "operator/runtime/heap.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <exception>
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
    // The operation has no cancellation slot: a cancelled caller learns of it at its next await.
    auto start = [this, job = std::move(work)](auto handler) {
        auto guard = asio::make_work_guard(asio::get_associated_executor(handler));
        auto on_thread = [guard, job, resume = std::move(handler)]() mutable {
            std::exception_ptr thrown;
            try {
                std::exchange(job, nullptr)();
            } catch (...) {
                thrown = std::current_exception();
            }
            give_back_memory();
            auto on_caller = [held = std::move(resume), thrown]() mutable { held(thrown); };
            asio::post(guard.get_executor(), std::move(on_caller));
        };
        asio::post(pool_->threads, std::move(on_thread));
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr)>(
        std::move(start), asio::use_awaitable);
}

}  // namespace wavegate::runtime
