#include "tests/unit/net/raw_server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <utility>

namespace wavegate::testing {
namespace {

using asio::ip::tcp;
constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);

std::size_t content_length(const std::string& head) {
    const std::string name = "Content-Length: ";
    const auto at = head.find(name);
    return at == std::string::npos ? 0 : std::stoul(head.substr(at + name.size()));
}

}  // namespace

asio::awaitable<std::string> RawConnection::read_request() {
    const auto [failed, head] = co_await asio::async_read_until(
        socket_, asio::dynamic_buffer(buffer_), "\r\n\r\n", kNoThrow);
    if (failed) {
        co_return std::string();
    }
    const auto whole = head + content_length(buffer_.substr(0, head));
    while (buffer_.size() < whole) {
        std::array<char, 4096> piece{};
        auto space = asio::buffer(piece);
        const auto [broken, count] = co_await socket_.async_read_some(space, kNoThrow);
        if (broken) {
            co_return std::string();
        }
        buffer_.append(piece.data(), count);
    }
    auto request = buffer_.substr(0, whole);
    buffer_.erase(0, whole);
    co_return request;
}

asio::awaitable<void> RawConnection::write(std::string text) {
    auto bytes = asio::buffer(text);
    (void)co_await asio::async_write(socket_, bytes, kNoThrow);
}

asio::awaitable<void> RawConnection::wait_readable() {
    (void)co_await socket_.async_wait(tcp::socket::wait_read, kNoThrow);
}

asio::awaitable<void> RawConnection::hang() {
    std::array<char, 4096> piece{};
    auto space = asio::buffer(piece);
    while (true) {
        const auto [closed, count] = co_await socket_.async_read_some(space, kNoThrow);
        if (closed) {
            co_return;
        }
    }
}

RawServer::RawServer(asio::io_context& io, Talk talk)
    : acceptor_(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
      authority_("127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port())),
      talk_(std::move(talk)),
      group_(io.get_executor()) {
    group_.spawn("accept", accept_all());
}

RawServer::~RawServer() = default;

std::string RawServer::url(const std::string& path) const {
    return "http://" + authority_ + path;
}

void RawServer::stop_listening() {
    acceptor_.close();
}

asio::awaitable<void> RawServer::accept_all() {
    while (acceptor_.is_open()) {
        auto [failed, socket] = co_await acceptor_.async_accept(kNoThrow);
        if (failed) {
            co_return;
        }
        ++connections;
        group_.spawn("connection", serve(std::move(socket)));
    }
}

asio::awaitable<void> RawServer::serve(tcp::socket socket) {
    RawConnection connection(std::move(socket));
    co_await talk_(connection);
}

bool run_until(asio::io_context& io, const std::function<bool()>& done) {
    io.restart();
    while (!done()) {
        if (io.run_one() == 0) {
            return false;
        }
    }
    return true;
}

}  // namespace wavegate::testing
