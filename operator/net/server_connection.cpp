#include "operator/net/server_connection.hpp"

#include "operator/base/log.hpp"
#include "operator/net/server_rules.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <algorithm>
#include <exception>

namespace wavegate::net {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using Parser = http::request_parser<http::buffer_body>;

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kPiece = 16U << 10U;

/// One host, as far as its address tells: who has an IPv6 network has all of its addresses.
std::string network_of(const tcp::socket& socket) {
    boost::system::error_code failed;
    const auto address = socket.remote_endpoint(failed).address();
    if (!address.is_v6() || address.to_v6().is_v4_mapped()) {
        return address.to_string();
    }
    auto bytes = address.to_v6().to_bytes();
    std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
    return asio::ip::address_v6(bytes).to_string();
}

RawHead head_of(const Parser& parser) {
    const auto& message = parser.get();
    RawHead head;
    head.target = std::string(message.target());
    head.version = message.version();
    for (const auto& field : message) {
        head.headers.add(std::string(field.name_string()), std::string(field.value()));
    }
    return head;
}

/// 0: there is nobody to answer, or nothing to answer to.
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

ServerResponse plain(int status, const std::string& message) {
    ServerResponse response(HttpResponse(status, message + "\n"));
    response.headers.set("Content-Type", "text/plain; charset=utf-8");
    return response;
}

template <class Body>
void copy_head(const ServerResponse& from, http::response<Body>& to) {
    to.result(static_cast<unsigned>(from.status));
    for (const auto& [name, value] : from.headers.fields()) {
        to.insert(name, value);
    }
}

asio::awaitable<ServerResponse> ask(const Server::Handler& handler, HttpRequest request) {
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

}  // namespace

struct ServerConnection::Impl {
    Impl(ServerShared& s, tcp::socket socket) : shared(s), stream(std::move(socket)) {
        guest.network = network_of(stream.socket());
        guest.leave = [this] { stream.close(); };
    }

    asio::awaitable<void> talk();
    asio::awaitable<bool> hear();
    asio::awaitable<bool> exchange();
    asio::awaitable<bool> converse(Parser& parser, const RawHead& head);
    asio::awaitable<int> receive(Parser& parser, const Admission& admission, std::string& body);
    asio::awaitable<bool> answer(ServerResponse response, bool head_only, bool keep_alive);
    asio::awaitable<bool> refuse(ServerResponse response, bool head_only = false);
    asio::awaitable<void> send_stream(ServerResponse response);
    asio::awaitable<std::optional<std::string>> next_piece(NextPiece& next);
    asio::awaitable<void> wait_for_stop();
    void holds(std::size_t bytes);

    ServerShared& shared;
    beast::tcp_stream stream;
    beast::flat_buffer buffer;
    Crowd::Guest guest;
};

asio::awaitable<void> ServerConnection::Impl::talk() {
    boost::system::error_code ignored;
    stream.socket().set_option(tcp::no_delay(true), ignored);
    bool more = true;
    while (more && !shared.stopping && !guest.leaving) {
        more = co_await exchange();
        shared.crowd.waits(guest);
    }
    stream.socket().shutdown(tcp::socket::shutdown_both, ignored);
}

/// Waits for the first bytes of a request; false when none come.
asio::awaitable<bool> ServerConnection::Impl::hear() {
    if (buffer.size() > 0) {
        co_return true;
    }
    stream.expires_after(shared.settings.idle);
    auto space = buffer.prepare(4096);
    const auto [failed, count] = co_await stream.async_read_some(space, kAsTuple);
    buffer.commit(count);
    co_return !failed;
}

/// One request and its answer; false when the connection is to be closed.
asio::awaitable<bool> ServerConnection::Impl::exchange() {
    if (!co_await hear()) {
        co_return false;
    }
    Parser parser;
    parser.header_limit(shared.settings.header_limit);
    parser.body_limit(boost::none);  // its admission says how much
    stream.expires_after(shared.settings.transfer);
    const auto [failed, count] = co_await http::async_read_header(stream, buffer, parser, kAsTuple);
    if (failed) {
        const int status = status_of(failed);
        if (status != 0) {
            co_await refuse(plain(status, failed.message()));
        }
        co_return false;
    }
    const auto head = head_of(parser);
    if (const auto fault = fault_of(head)) {
        co_return co_await refuse(plain(fault->status, fault->message));
    }
    co_return co_await converse(parser, head);
}

/// What follows a good head.
asio::awaitable<bool> ServerConnection::Impl::converse(Parser& parser, const RawHead& head) {
    HttpRequest request(std::string(parser.get().method_string()), url_of(head));
    request.headers = head.headers;
    auto admission = shared.admit(request);
    const bool head_only = request.method == "HEAD";
    const bool keep_alive = parser.get().keep_alive();
    if (admission.known && shared.crowd.known_served() >= shared.settings.known) {
        admission.refusal = plain(503, "too many requests are being served");
    }
    guest.known = admission.known;
    guest.served = true;
    if (admission.refusal) {
        auto response = std::move(*admission.refusal);
        if (!parser.is_done()) {
            co_return co_await refuse(std::move(response), head_only);
        }
        co_return co_await answer(std::move(response), head_only, keep_alive);
    }
    if (waits_to_continue(head) && !parser.is_done()) {
        const std::string go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        (void)co_await asio::async_write(stream, asio::buffer(go_on), kAsTuple);
    }
    const int fault = co_await receive(parser, admission, request.body);
    if (fault > 0) {
        const auto* why = fault == 413 ? "the body is too large" : "the body is not framed as HTTP";
        co_return co_await refuse(plain(fault, why));
    }
    if (fault < 0 || guest.leaving) {
        co_return false;
    }
    stream.expires_never();
    auto response = co_await ask(admission.handler, std::move(request));
    co_return co_await answer(std::move(response), head_only, keep_alive);
}

/// Reads the body, into `body` where the admission has no reader. 0 when all is there, else the
/// status to refuse with; -1 when nobody is there any more.
asio::awaitable<int>
ServerConnection::Impl::receive(Parser& parser, const Admission& admission, std::string& body) {
    if (parser.content_length().value_or(0) > admission.body_limit) {
        co_return 413;
    }
    std::string piece(parser.is_done() ? 0 : kPiece, '\0');
    std::uint64_t total = 0;
    while (!parser.is_done()) {
        parser.get().body().data = piece.data();
        parser.get().body().size = piece.size();
        const auto [failed, ignored] =
            co_await http::async_read_some(stream, buffer, parser, kAsTuple);
        const auto count = piece.size() - parser.get().body().size;
        total += count;
        if (failed && failed != http::error::need_buffer) {
            const int status = status_of(failed);
            co_return status == 0 ? -1 : status;
        }
        if (total > admission.body_limit) {
            co_return 413;
        }
        if (admission.reader) {
            admission.reader(std::string_view(piece.data(), count));
        } else {
            body.append(piece.data(), count);
        }
    }
    co_return 0;
}

/// It is about to be sent so many bytes, which lie in memory until it has read them.
void ServerConnection::Impl::holds(std::size_t bytes) {
    guest.holds = bytes;
    shared.crowd.bound_holdings(shared.settings.unread, guest);
}

asio::awaitable<bool>
ServerConnection::Impl::answer(ServerResponse response, bool head_only, bool keep_alive) {
    if (response.stream && !head_only) {
        co_await send_stream(std::move(response));
        co_return false;
    }
    http::response<http::string_body> message;
    copy_head(response, message);
    message.body() = std::move(response.body);
    message.keep_alive(keep_alive && !shared.stopping);
    message.prepare_payload();
    holds(message.body().size());
    stream.expires_after(shared.settings.transfer);
    boost::system::error_code failed;
    if (head_only) {
        http::response_serializer<http::string_body> serializer(message);
        auto [broken, count] = co_await http::async_write_header(stream, serializer, kAsTuple);
        failed = broken;
    } else {
        auto [broken, count] = co_await http::async_write(stream, message, kAsTuple);
        failed = broken;
    }
    co_return !failed && message.keep_alive();
}

asio::awaitable<void> ServerConnection::Impl::send_stream(ServerResponse response) {
    http::response<http::empty_body> head;
    copy_head(response, head);
    head.keep_alive(false);
    head.chunked(true);
    http::response_serializer<http::empty_body> serializer(head);
    stream.expires_after(shared.settings.transfer);
    auto [failed, count] = co_await http::async_write_header(stream, serializer, kAsTuple);
    auto piece = std::optional<std::string>(std::move(response.body));
    while (!failed && piece) {
        // An empty chunk would end the stream.
        if (!piece->empty()) {
            auto chunk = http::make_chunk(asio::buffer(*piece));
            holds(piece->size());
            stream.expires_after(shared.settings.transfer);
            auto [broken, sent] = co_await asio::async_write(stream, chunk, kAsTuple);
            guest.holds = 0;
            failed = broken;
        }
        stream.expires_never();
        if (!failed) {
            piece = co_await next_piece(response.stream);
        }
    }
    if (!failed) {
        auto last = http::make_chunk_last();
        stream.expires_after(shared.settings.transfer);
        (void)co_await asio::async_write(stream, last, kAsTuple);
    }
}

/// Nothing when the source has ended, the client has left, or the server stops.
asio::awaitable<std::optional<std::string>> ServerConnection::Impl::next_piece(NextPiece& next) {
    using namespace asio::experimental::awaitable_operators;
    if (shared.stopping) {
        co_return std::nullopt;
    }
    // A client of a stream says nothing more: readable means that it left.
    auto client =
        stream.socket().async_wait(tcp::socket::wait_read, asio::as_tuple(asio::use_awaitable));
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

asio::awaitable<void> ServerConnection::Impl::wait_for_stop() {
    (void)co_await shared.stop_event.async_wait(kAsTuple);
}

/// Answers a request of which more may be on its way, and ends the connection: always false.
asio::awaitable<bool> ServerConnection::Impl::refuse(ServerResponse response, bool head_only) {
    (void)co_await answer(std::move(response), head_only, false);
    // Closing with unread bytes would reset the connection before the answer was read.
    boost::system::error_code ignored;
    stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
    for (int i = 0; i < 64; ++i) {
        buffer.clear();
        auto space = buffer.prepare(kPiece);
        auto [ended, count] = co_await stream.async_read_some(space, kAsTuple);
        if (ended) {
            break;
        }
    }
    co_return false;
}

ServerConnection::ServerConnection(ServerShared& shared, tcp::socket socket)
    : impl_(std::make_unique<Impl>(shared, std::move(socket))) {}

ServerConnection::~ServerConnection() = default;

asio::awaitable<void> ServerConnection::talk() {
    return impl_->talk();
}

void ServerConnection::end_if_waiting() {
    if (!impl_->guest.served) {
        impl_->stream.cancel();
    }
}

Crowd::Guest& ServerConnection::guest() {
    return impl_->guest;
}

}  // namespace wavegate::net
