#pragma once

#include "operator/base/task_group.hpp"
#include "operator/net/curl_transport.hpp"
#include "operator/net/server.hpp"
#include "tests/unit/net/raw_server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace wavegate::testing {

/// A client that says bytes and keeps all it hears.
class RawClient {
  public:
    RawClient(asio::io_context& io, std::uint16_t port)
        : io_(io), socket_(io), group_(io.get_executor()) {
        socket_.connect(asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), port));
        group_.spawn("read", read_all());
    }

    void say(const std::string& text) { asio::write(socket_, asio::buffer(text)); }
    void leave() { socket_.close(); }
    bool hears(const std::string& text) {
        return run_until(io_, [&] { return heard.find(text) != std::string::npos; });
    }
    bool is_hung_up_on() {
        return run_until(io_, [&] { return closed; });
    }

    std::string heard;
    bool closed = false;

  private:
    asio::awaitable<void> read_all() {
        std::array<char, 4096> piece{};
        auto space = asio::buffer(piece);
        while (!closed) {
            const auto [ended, count] =
                co_await socket_.async_read_some(space, asio::as_tuple(asio::use_awaitable));
            heard.append(piece.data(), count);
            closed = static_cast<bool>(ended);
        }
    }

    asio::io_context& io_;
    asio::ip::tcp::socket socket_;
    TaskGroup group_;
};

class ServerTest : public ::testing::Test {
  protected:
    asio::awaitable<net::ServerResponse> handle(HttpRequest request) {
        requests.push_back(request);
        if (request.url.ends_with("/throws")) {
            throw std::runtime_error("a bug with details");
        }
        if (request.url.ends_with("/slow")) {
            asio::steady_timer timer(io, slow);
            co_await timer.async_wait(asio::use_awaitable);
        }
        net::ServerResponse response(HttpResponse(200, "hello"));
        response.headers.add("Content-Type", "text/plain");
        if (request.url.ends_with("/stream")) {
            response.body = "first;";
            response.stream = [this] { return next_piece(); };
        }
        co_return response;
    }

    Task<std::optional<std::string>> next_piece() {
        if (pieces > 0) {
            --pieces;
            co_return std::optional<std::string>("piece;");
        }
        if (!stream_waits) {
            co_return std::optional<std::string>();
        }
        asio::steady_timer timer(io, asio::steady_timer::time_point::max());
        const auto [ec] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
        stream_was_cancelled = static_cast<bool>(ec);
        co_return std::optional<std::string>();
    }

    /// Of a stranger, who may be refused or have its body tasted.
    net::Admission admit(const HttpRequest& head) {
        net::Admission admission;
        admission.known = !strangers;
        admission.body_limit = settings.body_limit;
        admission.handler = [this](HttpRequest request) { return handle(std::move(request)); };
        if (head.url.ends_with("/refused")) {
            admission.refusal = HttpResponse(401);
        }
        if (head.url.ends_with("/tasted")) {
            admission.body_limit = std::uint64_t{4} * 0xa000;
            admission.reader = [this](std::string_view piece) { tasted += piece.size(); };
        }
        return admission;
    }

    net::Server& server() {
        if (!server_) {
            server_.emplace(
                io.get_executor(),
                [this](const HttpRequest& head) { return admit(head); },
                settings);
            port = server_->listen("127.0.0.1:0").value();
        }
        return *server_;
    }
    RawClient client() {
        server();
        return RawClient(io, port);
    }
    bool stop() {
        bool stopped = false;
        auto task = [](net::Server& s, bool& done) -> asio::awaitable<void> {
            co_await s.stop();
            done = true;
        };
        TaskGroup group(io.get_executor());
        group.spawn("stop", task(server(), stopped));
        return run_until(io, [&] { return stopped; });
    }

    asio::io_context io;
    net::ServerSettings settings;
    std::vector<HttpRequest> requests;
    bool strangers = false;  ///< those who ask from now on
    std::size_t tasted = 0;  ///< bytes
    int pieces = 0;
    bool stream_waits = false;
    bool stream_was_cancelled = false;
    Duration slow{20};
    std::uint16_t port = 0;
    std::optional<net::Server> server_;
};

}  // namespace wavegate::testing
