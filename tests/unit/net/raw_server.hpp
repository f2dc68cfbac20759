#pragma once

#include "operator/base/task_group.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <string>
#include <vector>

namespace wavegate::testing {

/// One accepted connection, in bytes.
class RawConnection {
  public:
    explicit RawConnection(asio::ip::tcp::socket socket) : socket_(std::move(socket)) {}

    /// The next request's head, and its body as far as Content-Length says. "": closed.
    asio::awaitable<std::string> read_request();
    asio::awaitable<void> write(std::string text);
    /// Until the other side has sent something.
    asio::awaitable<void> wait_readable();
    /// Until the other side closes.
    asio::awaitable<void> hang();

  private:
    asio::ip::tcp::socket socket_;
    std::string buffer_;
};

/// A loopback server that says exactly what a test tells it to; closes when `talk` returns.
class RawServer {
  public:
    using Talk = std::function<asio::awaitable<void>(RawConnection& connection)>;

    RawServer(asio::io_context& io, Talk talk);
    ~RawServer();
    RawServer(const RawServer&) = delete;
    RawServer& operator=(const RawServer&) = delete;

    [[nodiscard]] std::string url(const std::string& path) const;
    void stop_listening();

    int connections = 0;
    std::vector<std::string> requests;  ///< for `talk` to note them

  private:
    asio::awaitable<void> accept_all();
    asio::awaitable<void> serve(asio::ip::tcp::socket socket);

    asio::ip::tcp::acceptor acceptor_;
    std::string authority_;
    Talk talk_;
    TaskGroup group_;
};

/// Runs `io` until `done`; false when nothing is left to run.
bool run_until(asio::io_context& io, const std::function<bool()>& done);

}  // namespace wavegate::testing
