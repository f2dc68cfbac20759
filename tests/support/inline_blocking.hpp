#pragma once

#include "operator/ports/blocking.hpp"

#include <boost/asio/post.hpp>

namespace wavegate::testing {

/// Blocking work done in place, between two turns of the io_context: a simulation may be killed
/// before it starts and after it ended. `ran` counts.
class InlineBlocking final : public Blocking {
  public:
    asio::awaitable<void> run(std::function<void()> work) override {
        co_await asio::post(asio::use_awaitable);
        work();
        ++ran;
        co_await asio::post(asio::use_awaitable);
    }

    std::size_t ran = 0;
};

}  // namespace wavegate::testing
