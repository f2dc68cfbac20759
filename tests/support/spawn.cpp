#include "tests/support/spawn.hpp"

#include <boost/asio/co_spawn.hpp>

namespace wavegate::testing {

void spawn(
    const asio::any_io_executor& executor,
    asio::awaitable<void> task,
    std::function<void(const std::exception_ptr& thrown)> ended) {
    asio::co_spawn(executor, std::move(task), std::move(ended));
}

}  // namespace wavegate::testing
