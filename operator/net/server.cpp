#include "operator/net/server.hpp"

#include "operator/base/log.hpp"
#include "operator/base/task_group.hpp"
#include "operator/net/endpoint.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <chrono>
#include <exception>
#include <set>

namespace wavegate::net {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);
constexpr Duration kAcceptPause{100};

/// Waits in it end when it is cancelled, never by themselves.
asio::steady_timer never(const asio::any_io_executor& executor) {
    return {executor, asio::steady_timer::time_point::max()};
}

HttpRequest to_request(http::request<http::string_body>& from) {
    const auto target = std::string(from.target());
    std::string host(from[http::field::host]);
    if (host.empty()) {
        host = "localhost";
    }
    HttpRequest request(std::string(from.method_string()), "http://" + host + target);
    for (const auto& field : from) {
        request.headers.add(std::string(field.name_string()), std::string(field.value()));
    }
    request.body = std::move(from.body());
    return request;
}

int status_of(const boost::system::error_code& failed) {
    if (failed == http::error::header_limit) {
        return 431;
    }
    if (failed == http::error::body_limit) {
        return 413;
    }
    const bool bad_text =
        failed.category() == http::make_error_code(http::error::bad_method).category() &&
        failed != http::error::end_of_stream && failed != http::error::partial_message;
    return bad_text ? 400 : 0;
}

template <class Body>
void copy_head(const ServerResponse& from, http::response<Body>& to) {
    to.result(static_cast<unsigned>(from.status));
    for (const auto& [name, value] : from.headers.fields()) {
        to.insert(name, value);
    }
}

}  // namespace

struct Server::Impl : std::enable_shared_from_this<Server::Impl> {
    struct Session {
        explicit Session(tcp::socket socket) : stream(std::move(socket)) {}
        beast::tcp_stream stream;
        beast::flat_buffer buffer;
        bool idle = true;
    };

    Impl(asio::any_io_executor e, Handler h, ServerSettings s)
        : executor(std::move(e)),
          handler(std::move(h)),
          settings(s),
          acceptor(executor),
          stop_event(never(executor)),
          changed(never(executor)),
          group(executor) {}

    Result<std::uint16_t> listen(const std::string& address);
    asio::awaitable<void> accept_all(std::shared_ptr<Impl> self);
    asio::awaitable<void> serve(std::shared_ptr<Impl> self, tcp::socket socket);
    asio::awaitable<void> talk(Session& session);
    asio::awaitable<bool> hear(Session& session) const;
    asio::awaitable<bool> exchange(Session& session);
    asio::awaitable<ServerResponse> ask(HttpRequest request) const;
    asio::awaitable<bool>
    answer(Session& session, ServerResponse response, bool head_only, bool keep_alive);
    asio::awaitable<void> send_stream(Session& session, ServerResponse response);
    asio::awaitable<std::optional<std::string>> next_piece(Session& session, NextPiece& next);
    asio::awaitable<void> refuse(Session& session, int status) const;
    asio::awaitable<void> wait_for_stop();
    void close_acceptor();

    asio::any_io_executor executor;
    Handler handler;
    ServerSettings settings;
    tcp::acceptor acceptor;
    asio::steady_timer stop_event;  ///< cancelled when the server stops
    asio::steady_timer changed;     ///< cancelled when a connection ends
    std::set<Session*> sessions;
    bool stopping = false;
    TaskGroup group;
};

Result<std::uint16_t> Server::Impl::listen(const std::string& address) {
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
    group.spawn("http accept", accept_all(shared_from_this()));
    return acceptor.local_endpoint().port();
}

void Server::Impl::close_acceptor() {
    boost::system::error_code ignored;
    acceptor.close(ignored);
}

asio::awaitable<void> Server::Impl::accept_all(std::shared_ptr<Impl> self) {
    while (!stopping) {
        if (sessions.size() >= settings.connections) {
            (void)co_await changed.async_wait(kNoThrow);
            continue;
        }
        auto [failed, socket] = co_await acceptor.async_accept(kNoThrow);
        if (!failed) {
            group.spawn("http connection", serve(self, std::move(socket)));
        } else if (!stopping) {
            // Out of descriptors, most likely: a tight loop would not free one.
            asio::steady_timer pause(executor, kAcceptPause);
            (void)co_await pause.async_wait(kNoThrow);
        }
    }
}

asio::awaitable<void> Server::Impl::serve(std::shared_ptr<Impl> self, tcp::socket socket) {
    Session session(std::move(socket));
    struct Entry {
        Entry(Impl& i, Session& s) : impl(i), session(s) { impl.sessions.insert(&session); }
        ~Entry() {
            impl.sessions.erase(&session);
            impl.changed.cancel();
        }
        Entry(const Entry&) = delete;
        Entry& operator=(const Entry&) = delete;
        Impl& impl;
        Session& session;
    };
    const Entry entry(*self, session);
    co_await talk(session);
}

asio::awaitable<void> Server::Impl::talk(Session& session) {
    boost::system::error_code ignored;
    session.stream.socket().set_option(tcp::no_delay(true), ignored);
    bool more = true;
    while (more && !stopping) {
        more = co_await exchange(session);
    }
    session.stream.socket().shutdown(tcp::socket::shutdown_both, ignored);
}

/// Waits for the first bytes of a request; false when none come.
asio::awaitable<bool> Server::Impl::hear(Session& session) const {
    if (session.buffer.size() > 0) {
        co_return true;
    }
    session.idle = true;
    session.stream.expires_after(settings.idle);
    auto space = session.buffer.prepare(4096);
    const auto [failed, count] = co_await session.stream.async_read_some(space, kNoThrow);
    session.buffer.commit(count);
    session.idle = false;
    co_return !failed;
}

/// One request and its answer; false when the connection is to be closed.
asio::awaitable<bool> Server::Impl::exchange(Session& session) {
    if (!co_await hear(session)) {
        co_return false;
    }
    http::request_parser<http::string_body> parser;
    parser.header_limit(settings.header_limit);
    parser.body_limit(settings.body_limit);
    session.stream.expires_after(settings.transfer);
    const auto [failed, count] =
        co_await http::async_read(session.stream, session.buffer, parser, kNoThrow);
    session.stream.expires_never();
    if (failed) {
        co_await refuse(session, status_of(failed));
        co_return false;
    }
    auto message = parser.release();
    const bool keep_alive = message.keep_alive();
    const bool head_only = message.method() == http::verb::head;
    auto response = co_await ask(to_request(message));
    co_return co_await answer(session, std::move(response), head_only, keep_alive);
}

asio::awaitable<ServerResponse> Server::Impl::ask(HttpRequest request) const {
    std::string broken;
    try {
        co_return co_await handler(std::move(request));
    } catch (const boost::system::system_error& error) {
        if (error.code() == asio::error::operation_aborted) {
            throw;
        }
        broken = error.what();
    } catch (const std::exception& error) {
        broken = error.what();
    }
    log::error("http handler: {}", broken);
    co_return HttpResponse(500, "internal error\n");
}

asio::awaitable<bool>
Server::Impl::answer(Session& session, ServerResponse response, bool head_only, bool keep_alive) {
    if (response.stream && !head_only) {
        co_await send_stream(session, std::move(response));
        co_return false;
    }
    http::response<http::string_body> message;
    copy_head(response, message);
    message.body() = std::move(response.body);
    message.keep_alive(keep_alive && !stopping);
    message.prepare_payload();
    session.stream.expires_after(settings.transfer);
    boost::system::error_code failed;
    if (head_only) {
        http::response_serializer<http::string_body> serializer(message);
        auto [broken, count] =
            co_await http::async_write_header(session.stream, serializer, kNoThrow);
        failed = broken;
    } else {
        auto [broken, count] = co_await http::async_write(session.stream, message, kNoThrow);
        failed = broken;
    }
    co_return !failed && message.keep_alive();
}

asio::awaitable<void> Server::Impl::send_stream(Session& session, ServerResponse response) {
    http::response<http::empty_body> head;
    copy_head(response, head);
    head.keep_alive(false);
    head.chunked(true);
    http::response_serializer<http::empty_body> serializer(head);
    session.stream.expires_after(settings.transfer);
    auto [failed, count] = co_await http::async_write_header(session.stream, serializer, kNoThrow);
    auto piece = std::optional<std::string>(std::move(response.body));
    while (!failed && piece) {
        // An empty chunk would end the stream.
        if (!piece->empty()) {
            auto chunk = http::make_chunk(asio::buffer(*piece));
            session.stream.expires_after(settings.transfer);
            auto [broken, sent] = co_await asio::async_write(session.stream, chunk, kNoThrow);
            failed = broken;
        }
        session.stream.expires_never();
        if (!failed) {
            piece = co_await next_piece(session, response.stream);
        }
    }
    if (!failed) {
        auto last = http::make_chunk_last();
        session.stream.expires_after(settings.transfer);
        (void)co_await asio::async_write(session.stream, last, kNoThrow);
    }
}

/// Nothing when the source has ended, the client has left, or the server stops.
asio::awaitable<std::optional<std::string>> Server::Impl::next_piece(
    Session& session,
    NextPiece& next) {
    using namespace asio::experimental::awaitable_operators;
    if (stopping) {
        co_return std::nullopt;
    }
    // A client of a stream says nothing more: readable means that it left.
    auto client = session.stream.socket().async_wait(
        tcp::socket::wait_read, asio::as_tuple(asio::use_awaitable));
    auto first = co_await (next() || std::move(client) || wait_for_stop());
    if (first.index() != 0) {
        co_return std::nullopt;
    }
    auto& piece = std::get<0>(first);
    if (!piece) {
        co_return std::nullopt;
    }
    co_return std::move(*piece);
}

asio::awaitable<void> Server::Impl::wait_for_stop() {
    (void)co_await stop_event.async_wait(kNoThrow);
}

asio::awaitable<void> Server::Impl::refuse(Session& session, int status) const {
    if (status == 0) {
        co_return;
    }
    http::response<http::string_body> message;
    message.result(static_cast<unsigned>(status));
    message.keep_alive(false);
    message.prepare_payload();
    session.stream.expires_after(settings.transfer);
    (void)co_await http::async_write(session.stream, message, kNoThrow);
    // Closing with unread bytes would reset the connection before the answer was read.
    boost::system::error_code ignored;
    session.stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
    for (int i = 0; i < 64; ++i) {
        session.buffer.clear();
        auto space = session.buffer.prepare(16384);
        auto [ended, count] = co_await session.stream.async_read_some(space, kNoThrow);
        if (ended) {
            break;
        }
    }
}

Server::Server(asio::any_io_executor executor, Handler handler, ServerSettings settings)
    : impl_(std::make_shared<Impl>(std::move(executor), std::move(handler), settings)) {}

Server::~Server() {
    impl_->stopping = true;
    impl_->close_acceptor();
    impl_->group.cancel();
}

Result<std::uint16_t> Server::listen(const std::string& address) {
    return impl_->listen(address);
}

asio::awaitable<void> Server::stop() {
    auto impl = impl_;
    impl->stopping = true;
    impl->close_acceptor();
    impl->changed.cancel();
    impl->stop_event.cancel();
    for (auto* session : impl->sessions) {
        if (session->idle) {
            session->stream.cancel();
        }
    }
    const auto end = std::chrono::steady_clock::now() + impl->settings.grace;
    bool in_time = true;
    while (in_time && !impl->sessions.empty()) {
        impl->changed.expires_at(end);
        const auto [woken] = co_await impl->changed.async_wait(kNoThrow);
        in_time = static_cast<bool>(woken);
    }
    impl->group.cancel();
    co_await impl->group.join();
}

std::size_t Server::connections() const {
    return impl_->sessions.size();
}

}  // namespace wavegate::net
