#include "operator/base/task_group.hpp"

#include "operator/base/log.hpp"
#include "operator/base/resumption.hpp"

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
    using Members = std::list<std::shared_ptr<Member>>;

    explicit State(asio::any_io_executor e) : executor(std::move(e)) {}

    void finished(Members::iterator member, const std::exception_ptr& thrown) {
        if (thrown) {
            report((*member)->name, thrown);
        }
        members.erase(member);
        if (members.empty()) {
            for (auto& joiner : std::exchange(joining, {})) {
                joiner(true);
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
    Members members;
    std::vector<Resumption<bool>> joining;
    std::size_t failures = 0;
};

/// Called when a coroutine ended; destroyed uncalled when its io_context was. Then the member has
/// to go as well: its signal points into a frame that is no more.
class TaskGroup::Ending {
  public:
    Ending(std::shared_ptr<State> state, State::Members::iterator member)
        : state_(std::move(state)), member_(member) {}
    ~Ending() {
        if (state_) {
            state_->members.erase(member_);
        }
    }
    Ending(Ending&& other) noexcept = default;
    Ending& operator=(Ending&&) = delete;
    Ending(const Ending&) = delete;
    Ending& operator=(const Ending&) = delete;

    void operator()(const std::exception_ptr& thrown) {
        std::exchange(state_, nullptr)->finished(member_, thrown);
    }

  private:
    std::shared_ptr<State> state_;
    State::Members::iterator member_;
};

TaskGroup::TaskGroup(asio::any_io_executor executor)
    : state_(std::make_shared<State>(std::move(executor))) {}

TaskGroup::~TaskGroup() {
    try {
        cancel();
    } catch (...) {
        // Out of memory: coroutines that may refer to this group's owner cannot be ended.
        std::terminate();
    }
}

std::function<void()> TaskGroup::spawn(std::string name, asio::awaitable<void> task) {
    auto member = state_->members.insert(state_->members.end(), std::make_shared<State::Member>());
    (*member)->name = std::move(name);
    std::weak_ptr<State::Member> weak = *member;
    asio::co_spawn(
        state_->executor,
        std::move(task),
        asio::bind_cancellation_slot((*member)->stop.slot(), Ending(state_, member)));
    return [weak = std::move(weak), executor = state_->executor] {
        if (auto alive = weak.lock()) {
            alive->stop.emit(asio::cancellation_type::terminal);
            asio::post(executor, [kept = std::move(alive)] {});
        }
    };
}

void TaskGroup::cancel() {
    if (state_->members.empty()) {
        return;
    }
    // A copy: emitting may end coroutines at once and so erase members. Outside of the executor,
    // Asio posts the emission with a bare pointer into the signal: the copy outlives that post.
    auto members = std::vector(state_->members.begin(), state_->members.end());
    for (const auto& member : members) {
        member->stop.emit(asio::cancellation_type::terminal);
    }
    asio::post(state_->executor, [kept = std::move(members)] {});
}

asio::awaitable<void> TaskGroup::join() {
    // Not by reset_cancellation_state: that would make the caller forget its own cancellation.
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    auto state = state_;
    while (!state->members.empty()) {
        auto wait = [state](Resumption<bool> joiner, asio::cancellation_slot /*slot*/) {
            state->joining.push_back(std::move(joiner));
        };
        (void)co_await suspend<bool>(std::move(wait));
    }
    co_await asio::this_coro::throw_if_cancelled(throws);
}

std::size_t TaskGroup::size() const {
    return state_->members.size();
}

std::size_t TaskGroup::failures() const {
    return state_->failures;
}

}  // namespace wavegate
