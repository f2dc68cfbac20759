#pragma once

#include "operator/base/task.hpp"

#include <functional>
#include <memory>
#include <string>

namespace wavegate {

/// Coroutines that live no longer than the group: `join` waits for all, `cancel` asks all to end.
/// An exception that leaves one is logged and counted, never swallowed. One executor, no locks.
class TaskGroup {
  public:
    explicit TaskGroup(asio::any_io_executor executor);
    ~TaskGroup();
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;

    /// `name` shows up in the log when the coroutine ends by an exception.
    /// What the coroutine refers to must outlive `join`.
    /// Gives what asks this one alone to end; it may outlive coroutine and group.
    std::function<void()> spawn(std::string name, asio::awaitable<void> task);
    /// Terminal cancellation of everything that runs; returns at once.
    void cancel();
    /// Ends when the group is empty. A cancelled caller still waits, and learns of its own
    /// cancellation at its next `co_await`.
    asio::awaitable<void> join();

    [[nodiscard]] std::size_t size() const;
    /// How many coroutines ended by an exception.
    [[nodiscard]] std::size_t failures() const;

  private:
    struct State;
    class Ending;
    std::shared_ptr<State> state_;
};

}  // namespace wavegate
