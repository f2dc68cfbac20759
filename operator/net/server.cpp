#include "operator/net/server.hpp"

#include "operator/base/task_group.hpp"
#include "operator/net/endpoint.hpp"
#include "operator/net/server_connection.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <set>

namespace wavegate::net {
namespace {

using asio::ip::tcp;

constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);
constexpr Duration kAcceptPause{100};

/// Waits in it end when it is cancelled, never by themselves.
asio::steady_timer never(const asio::any_io_executor& executor) {
    return {executor, asio::steady_timer::time_point::max()};
}

Server::Admit known_by(Server::Handler handler, std::uint64_t body_limit) {
    return [handler = std::move(handler), body_limit](const HttpRequest& /*head*/) {
        Admission admission;
        admission.known = true;
        admission.body_limit = body_limit;
        admission.handler = handler;
        return admission;
    };
}

}  // namespace

ServerShared::ServerShared(asio::any_io_executor e, Server::Admit a, ServerSettings s)
    : executor(std::move(e)),
      admit(std::move(a)),
      settings(s),
      crowd(s.connections),
      stop_event(never(executor)) {}

struct Server::Impl : std::enable_shared_from_this<Server::Impl> {
    Impl(asio::any_io_executor e, Admit a, ServerSettings s)
        : shared(std::move(e), std::move(a), s),
          acceptor(shared.executor),
          changed(never(shared.executor)),
          group(shared.executor) {}

    Result<std::uint16_t> bind(const std::string& address);
    asio::awaitable<void> accept_all(std::shared_ptr<Impl> self);
    asio::awaitable<void> serve(std::shared_ptr<Impl> self, tcp::socket socket);
    void close_acceptor();

    ServerShared shared;
    tcp::acceptor acceptor;
    asio::steady_timer changed;  ///< cancelled when a connection ends
    std::set<ServerConnection*> connections;
    TaskGroup group;
};

Result<std::uint16_t> Server::Impl::bind(const std::string& address) {
    const auto endpoint = parse_endpoint(address);
    if (!endpoint) {
        return Error(ErrorKind::Invalid, "listen address: want IP:PORT");
    }
    boost::system::error_code failed;
    acceptor.open(endpoint->protocol(), failed);
    if (!failed) {
        acceptor.set_option(tcp::acceptor::reuse_address(true), failed);
    }
    if (!failed) {
        acceptor.bind(*endpoint, failed);
    }
    if (!failed) {
        acceptor.listen(asio::socket_base::max_listen_connections, failed);
    }
    if (failed) {
        close_acceptor();
        return Error(ErrorKind::Unavailable, "listen address: " + failed.message());
    }
    return acceptor.local_endpoint().port();
}

void Server::Impl::close_acceptor() {
    boost::system::error_code ignored;
    acceptor.close(ignored);
}

asio::awaitable<void> Server::Impl::accept_all(std::shared_ptr<Impl> self) {
    while (!shared.stopping) {
        auto [failed, socket] = co_await acceptor.async_accept(kNoThrow);
        if (failed && !shared.stopping) {
            // Out of descriptors, most likely: a tight loop would not free one.
            asio::steady_timer pause(shared.executor, kAcceptPause);
            (void)co_await pause.async_wait(kNoThrow);
        }
        // Room is made for one who is there, never before: an idle connection does no harm.
        while (!failed && !shared.stopping && shared.crowd.full() && !shared.crowd.make_room()) {
            (void)co_await changed.async_wait(kNoThrow);
        }
        if (!failed && !shared.stopping) {
            group.spawn("http connection", serve(self, std::move(socket)));
        }
    }
}

asio::awaitable<void> Server::Impl::serve(std::shared_ptr<Impl> self, tcp::socket socket) {
    ServerConnection connection(shared, std::move(socket));
    struct Entry {
        Entry(Impl& i, ServerConnection& c) : impl(i), connection(c) {
            impl.connections.insert(&connection);
            impl.shared.crowd.enter(connection.guest());
        }
        ~Entry() {
            impl.shared.crowd.exit(connection.guest());
            impl.connections.erase(&connection);
            impl.changed.cancel();
        }
        Entry(const Entry&) = delete;
        Entry& operator=(const Entry&) = delete;
        Impl& impl;
        ServerConnection& connection;
    };
    const Entry entry(*self, connection);
    co_await connection.talk();
}

Server::Server(asio::any_io_executor executor, Admit admit, ServerSettings settings)
    : impl_(std::make_shared<Impl>(std::move(executor), std::move(admit), settings)) {}

Server::Server(asio::any_io_executor executor, Handler handler, ServerSettings settings)
    : Server(std::move(executor), known_by(std::move(handler), settings.body_limit), settings) {}

Server::~Server() {
    impl_->shared.stopping = true;
    impl_->close_acceptor();
    impl_->group.cancel();
}

Result<std::uint16_t> Server::bind(const std::string& address) {
    return impl_->bind(address);
}

void Server::serve() {
    impl_->group.spawn("http accept", impl_->accept_all(impl_));
}

Result<std::uint16_t> Server::listen(const std::string& address) {
    auto port = bind(address);
    if (port) {
        serve();
    }
    return port;
}

asio::awaitable<void> Server::stop() {
    auto impl = impl_;
    impl->shared.stopping = true;
    impl->close_acceptor();
    impl->changed.cancel();
    impl->shared.stop_event.cancel();
    for (auto* connection : impl->connections) {
        connection->end_if_waiting();
    }
    const auto end = std::chrono::steady_clock::now() + impl->shared.settings.grace;
    bool in_time = true;
    while (in_time && !impl->connections.empty()) {
        impl->changed.expires_at(end);
        const auto [woken] = co_await impl->changed.async_wait(kNoThrow);
        in_time = static_cast<bool>(woken);
    }
    impl->group.cancel();
    co_await impl->group.join();
}

std::size_t Server::connections() const {
    return impl_->connections.size();
}

}  // namespace wavegate::net
