#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace wavegate::testing {

namespace asio = boost::asio;

/// Starts `task` on `executor`; `ended` gets what it threw, or null. The tests' only co_spawn: each
/// type that it is instantiated for costs a second of compilation in every file.
void spawn(
    const asio::any_io_executor& executor,
    asio::awaitable<void> task,
    std::function<void(const std::exception_ptr& thrown)> ended);

/// What became of a task that was started by `start`.
template <class T>
struct Outcome {
    std::optional<T> value;
    bool ended = false;
    std::exception_ptr thrown;

    /// The value; throws what the task threw. Only once it has ended.
    T take() {
        if (thrown) {
            std::rethrow_exception(thrown);
        }
        return std::move(*value);
    }
};

template <class T>
asio::awaitable<void> keep_value(asio::awaitable<T> task, std::shared_ptr<Outcome<T>> outcome) {
    T value = co_await std::move(task);
    outcome->value.emplace(std::move(value));
}

/// Starts `task` on `executor`. The outcome is shared with it: a task that never ends is destroyed
/// later than whoever waits for it.
template <class T>
std::shared_ptr<Outcome<T>> start(const asio::any_io_executor& executor, asio::awaitable<T> task) {
    auto outcome = std::make_shared<Outcome<T>>();
    spawn(executor, keep_value(std::move(task), outcome), [outcome](const auto& thrown) {
        outcome->thrown = thrown;
        outcome->ended = true;
    });
    return outcome;
}

}  // namespace wavegate::testing
