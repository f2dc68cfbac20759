#include "operator/base/task_group.hpp"

#include "operator/base/log.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <exception>
#include <list>
#include <utility>
#include <vector>

namespace wavegate {

struct TaskGroup::State {
    struct Member {
        std::string name;
        asio::cancellation_signal stop;
    };

    explicit State(asio::any_io_executor e) : executor(std::move(e)) {}

    void finished(std::list<Member>::iterator member, const std::exception_ptr& thrown) {
        if (thrown) {
            report(member->name, thrown);
        }
        members.erase(member);
        if (members.empty()) {
            for (auto& wake : std::exchange(waiting, {})) {
                wake();
            }
        }
    }

    void report(const std::string& name, const std::exception_ptr& thrown) {
        try {
            std::rethrow_exception(thrown);
        } catch (const boost::system::system_error& error) {
            // A cancelled coroutine ends by this exception: that is its normal end.
            if (error.code() == asio::error::operation_aborted) {
                return;
            }
            log::error("task {} ended: {}", name, error.what());
        } catch (const std::exception& error) {
            log::error("task {} ended: {}", name, error.what());
        }
        ++failures;
    }

    asio::any_io_executor executor;
    std::list<Member> members;
    std::vector<std::function<void()>> waiting;
    std::size_t failures = 0;
};

TaskGroup::TaskGroup(asio::any_io_executor executor)
    : state_(std::make_shared<State>(std::move(executor))) {}

TaskGroup::~TaskGroup() {
    cancel();
}

void TaskGroup::spawn(std::string name, asio::awaitable<void> task) {
    auto member = state_->members.emplace(state_->members.end());
    member->name = std::move(name);
    auto finished = [state = state_, member](const std::exception_ptr& thrown) {
        state->finished(member, thrown);
    };
    asio::co_spawn(
        state_->executor,
        std::move(task),
        asio::bind_cancellation_slot(member->stop.slot(), std::move(finished)));
}

void TaskGroup::cancel() {
    // Emitting may end a coroutine at once and so erase its member: step first.
    for (auto member = state_->members.begin(); member != state_->members.end();) {
        auto current = member++;
        current->stop.emit(asio::cancellation_type::terminal);
    }
}

asio::awaitable<void> TaskGroup::join() {
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    auto state = state_;
    auto start = [state](auto handler) {
        if (state->members.empty()) {
            asio::post(state->executor, std::move(handler));
            return;
        }
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        state->waiting.emplace_back(
            [state, shared] { asio::post(state->executor, std::move(*shared)); });
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(
        std::move(start), asio::use_awaitable);
}

std::size_t TaskGroup::size() const {
    return state_->members.size();
}

std::size_t TaskGroup::failures() const {
    return state_->failures;
}

}  // namespace wavegate
