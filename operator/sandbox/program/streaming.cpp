#include "operator/sandbox/program/streaming.hpp"

#include "operator/base/doorbell.hpp"
#include "operator/base/text.hpp"

#include <memory>
#include <utility>

namespace wavegate::sandbox {
namespace {

/// A client that does not read is left.
constexpr std::size_t kUnread = std::size_t{1} << 20U;

struct Stream {
    std::string pieces;  ///< not taken yet
    bool open = false;
    std::optional<Result<HttpResponse>> answer;  ///< its end
    Doorbell news;

    bool take(std::string_view piece) {
        open = true;
        pieces += piece;
        news.ring();
        return pieces.size() < kUnread;
    }
};

/// Who reads; the request ends with it.
struct Reader {
    std::shared_ptr<Stream> stream;
    std::function<void()> cancel;

    Reader(std::shared_ptr<Stream> s, std::function<void()> c)
        : stream(std::move(s)), cancel(std::move(c)) {}
    ~Reader() { cancel(); }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
};

asio::awaitable<void>
carry(Transport* transport, HttpRequest request, std::shared_ptr<Stream> stream) {
    auto answer = co_await transport->send(std::move(request));
    stream->answer.emplace(std::move(answer));
    stream->news.ring();
}

Task<std::optional<std::string>> next(std::shared_ptr<Reader> reader) {
    auto& stream = *reader->stream;
    while (stream.pieces.empty() && !stream.answer) {
        co_await stream.news.wait();
    }
    std::optional<std::string> piece;
    if (!stream.pieces.empty()) {
        piece.emplace(std::exchange(stream.pieces, {}));
    }
    co_return piece;
}

net::ServerResponse streamed(std::shared_ptr<Reader> reader) {
    net::ServerResponse response(HttpResponse(200));
    response.headers.add("Content-Type", "application/json");
    response.stream = [reader = std::move(reader)] { return next(reader); };
    return response;
}

}  // namespace

bool is_endless(const HttpRequest& request) {
    const auto target = url_target(request.url);
    return request.method == "GET" &&
           target.substr(0, target.find('?')).ends_with("/docker/events");
}

asio::awaitable<net::ServerResponse>
answer_endless(Transport& transport, TaskGroup& beside, HttpRequest request) {
    auto stream = std::make_shared<Stream>();
    request.each = [stream](std::string_view piece) { return stream->take(piece); };
    auto cancel = beside.spawn("stream", carry(&transport, std::move(request), stream));
    auto reader = std::make_shared<Reader>(stream, std::move(cancel));
    while (!stream->open && !stream->answer) {
        co_await stream->news.wait();
    }
    if (stream->open) {
        co_return streamed(std::move(reader));
    }
    if (!*stream->answer) {
        co_return net::ServerResponse(HttpResponse(502));
    }
    co_return net::ServerResponse(std::move(**stream->answer));
}

}  // namespace wavegate::sandbox
