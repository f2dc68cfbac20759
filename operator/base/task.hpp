#pragma once

#include "operator/base/result.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace wavegate {

namespace asio = boost::asio;

/// A coroutine that ends in a value or an Error.
template <class T>
using Task = asio::awaitable<Result<T>>;

}  // namespace wavegate
