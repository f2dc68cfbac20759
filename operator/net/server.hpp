#pragma once

#include "operator/base/task.hpp"
#include "operator/base/time.hpp"
#include "operator/ports/http.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
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

/// What the head of a request earns it, before anything of its body is read.
struct Admission {
    /// Set: the answer, whatever the body.
    std::optional<ServerResponse> refusal;
    /// Its sender proved who it is: while it is served, its connection gives way to nobody.
    bool known = false;
    std::uint64_t body_limit = 0;  ///< bytes; more: 413
    /// Set: given the body piece by piece, and nothing of it is kept.
    std::function<void(std::string_view piece)> reader;
    /// Answers the request, with its body where there is no `reader`. What it throws is answered
    /// by a 500.
    std::function<asio::awaitable<ServerResponse>(HttpRequest)> handler;
};

struct ServerSettings {
    std::uint32_t header_limit = 16U << 10U;  ///< bytes; more: 431
    std::uint64_t body_limit = 1U << 20U;     ///< bytes, where a Handler alone is given
    std::size_t connections = 256;            ///< more: the least worthy one is ended
    std::size_t known = 192;                  ///< of these, served known ones; more: 503
    std::size_t unread = 32U << 20U;          ///< bytes of answers that strangers may leave unread
    Duration idle{60'000};                    ///< between two requests of a connection
    Duration transfer{15'000};                ///< for one request to arrive, one answer to leave
    Duration grace{5'000};                    ///< for busy handlers when it stops
};

/// HTTP/1.1 server, without TLS. One thread: everything happens on `executor`'s. A connection that
/// waits or is a stranger's gives way to a new one where there are too many, so that nobody can
/// take the door from others by staying in it.
class Server {
  public:
    /// Sees a request's head; its URL is absolute, made from its Host field.
    using Admit = std::function<Admission(const HttpRequest& head)>;
    using Handler = std::function<asio::awaitable<ServerResponse>(HttpRequest)>;

    Server(asio::any_io_executor executor, Admit admit, ServerSettings settings = ServerSettings());
    /// For clients that are all known.
    Server(
        asio::any_io_executor executor,
        Handler handler,
        ServerSettings settings = ServerSettings());
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Takes the address; who connects to it waits. `address` is "127.0.0.1:8080" or "[::1]:0";
    /// port 0 picks a free one. Gives the real port. Invalid: not an address. Unavailable: it
    /// cannot be bound.
    Result<std::uint16_t> bind(const std::string& address);
    /// Serves who connects to the bound address.
    void serve();
    /// Both at once.
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
