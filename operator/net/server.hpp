#pragma once

#include "operator/base/task.hpp"
#include "operator/base/time.hpp"
#include "operator/ports/http.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace wavegate::net {

/// The next piece of a streamed body; nullopt or an error ends it. Cancelled when the client
/// leaves and when the server stops.
using NextPiece = std::function<Task<std::optional<std::string>>()>;

struct ServerResponse : HttpResponse {
    ServerResponse() = default;
    ServerResponse(HttpResponse response) : HttpResponse(std::move(response)) {}

    /// Set: sent after `body`, piece by piece (server-sent events).
    NextPiece stream;
};

struct ServerSettings {
    std::uint32_t header_limit = 16U << 10U;  ///< bytes; more: 431
    std::uint64_t body_limit = 1U << 20U;     ///< bytes; more: 413
    std::size_t connections = 128;            ///< more wait in the listen queue
    Duration idle{60'000};                    ///< between two requests of a connection
    Duration transfer{15'000};                ///< for one request to arrive, one answer to leave
    Duration grace{5'000};                    ///< for busy handlers when it stops
};

/// HTTP/1.1 server, without TLS. One thread: everything happens on `executor`'s.
class Server {
  public:
    /// The request's URL is absolute, made from its Host header. What a handler throws is
    /// answered by a 500.
    using Handler = std::function<asio::awaitable<ServerResponse>(HttpRequest)>;

    Server(
        asio::any_io_executor executor,
        Handler handler,
        ServerSettings settings = ServerSettings());
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// `address` is "127.0.0.1:8080" or "[::1]:0"; port 0 picks a free one. Gives the real port.
    /// Invalid: not an address. Unavailable: it cannot be bound.
    Result<std::uint16_t> listen(const std::string& address);
    /// Accepts nothing more, ends idle connections and streams at once, busy ones after their
    /// answer or the grace. Returns when all are gone.
    asio::awaitable<void> stop();

    [[nodiscard]] std::size_t connections() const;

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace wavegate::net
