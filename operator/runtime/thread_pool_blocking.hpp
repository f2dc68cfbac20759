#pragma once

#include "operator/ports/blocking.hpp"

#include <memory>

namespace wavegate::runtime {

/// A few threads for work that blocks. Destroy it (it joins its threads) before the io_contexts
/// that its callers run on.
class ThreadPoolBlocking final : public Blocking {
  public:
    explicit ThreadPoolBlocking(std::size_t threads = 2);
    ~ThreadPoolBlocking() override;
    ThreadPoolBlocking(const ThreadPoolBlocking&) = delete;
    ThreadPoolBlocking& operator=(const ThreadPoolBlocking&) = delete;

    asio::awaitable<void> run(std::function<void()> work) override;

  private:
    struct Pool;
    std::unique_ptr<Pool> pool_;
};

}  // namespace wavegate::runtime
