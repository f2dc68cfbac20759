#pragma once

#include "operator/net/server.hpp"
#include "operator/net/server_crowd.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>

namespace wavegate::net {

/// What the connections of a server have in common.
struct ServerShared {
    ServerShared(asio::any_io_executor e, Server::Admit a, ServerSettings s);

    asio::any_io_executor executor;
    Server::Admit admit;
    ServerSettings settings;
    Crowd crowd;
    asio::steady_timer stop_event;  ///< cancelled when the server stops
    bool stopping = false;
};

/// A client's connection: its requests and their answers, one after the other.
class ServerConnection {
  public:
    /// `shared` must outlive it.
    ServerConnection(ServerShared& shared, asio::ip::tcp::socket socket);
    ~ServerConnection();
    ServerConnection(const ServerConnection&) = delete;
    ServerConnection& operator=(const ServerConnection&) = delete;

    /// Until the client, a fault or the server's stop ends it.
    asio::awaitable<void> talk();
    /// Ends it while no request of it has come.
    void end_if_waiting();
    Crowd::Guest& guest();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace wavegate::net
