#pragma once

#include "operator/base/task.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace wavegate {

/// Where work that blocks is done (files, SQLite, child processes): a thread pool, or inline at
/// a scheduled tick in simulation. Values move in, values come back.
class Blocking {
  public:
    virtual ~Blocking() = default;
    /// Runs `work` elsewhere and resumes on the caller's executor. What `work` throws is thrown
    /// here. Started work is never abandoned in the middle: a cancelled caller resumes after it,
    /// and `stop_of_this_work` asks it to end soon.
    virtual asio::awaitable<void> run(std::function<void()> work) = 0;
};

/// `run` for work that has a result.
template <class T>
asio::awaitable<T> run_blocking(Blocking& blocking, std::function<T()> work) {
    auto result = std::make_shared<std::optional<T>>();
    auto shared = std::make_shared<std::function<T()>>(std::move(work));
    std::function<void()> job = [result, shared] { result->emplace((*shared)()); };
    co_await blocking.run(std::move(job));
    co_return std::move(**result);
}

}  // namespace wavegate
