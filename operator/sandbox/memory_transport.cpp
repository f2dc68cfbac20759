#include "operator/sandbox/memory_transport.hpp"

#include "operator/base/resumption.hpp"
#include "operator/sandbox/network.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>

namespace wavegate::sandbox {
namespace {

bool has_line_break(std::string_view text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

bool is_sendable(const HttpRequest& request) {
    const auto& fields = request.headers.fields();
    return std::none_of(fields.begin(), fields.end(), [](const Headers::Field& field) {
        return has_line_break(field.first) || has_line_break(field.second);
    });
}

void fold_secret_headers(HttpRequest& request) {
    for (const auto& [name, secret] : std::exchange(request.secret_headers, {})) {
        secret->reveal([&, key = name](std::string_view value) {
            request.headers.add(key, std::string(value));
        });
    }
}

/// The body as it would have come in pieces: up to the first end of a block that is enough.
std::size_t length_that_is_enough(
    const std::string& body,
    const std::function<bool(std::string_view)>& enough) {
    std::size_t end = 0;
    while (end < body.size()) {
        const auto blank = body.find("\n\n", end);
        end = blank == std::string::npos ? body.size() : blank + 2;
        if (enough(std::string_view(body).substr(0, end))) {
            break;
        }
    }
    return end;
}

}  // namespace

/// What the site did not stream itself.
void stream_rest(HttpResponse& response, const std::function<bool(std::string_view)>& each) {
    if (!each || response.status / 100 != 2) {
        return;
    }
    if (each({}) && !response.body.empty()) {
        each(response.body);
    }
    response.body.clear();
}

struct MemoryTransport::State {
    explicit State(Network& n) : network(n) {}

    void finish(std::uint64_t id, Result<HttpResponse> result) {
        if (auto waiting = pending.extract(id)) {
            waiting.mapped()(std::move(result));
        }
    }

    Network& network;
    std::map<std::uint64_t, Resumption<Result<HttpResponse>>> pending;
    std::uint64_t next_id = 1;
    bool severed = false;
    std::size_t refused = 0;

    /// Asks the sender as long as it waits; then it has enough.
    static std::function<bool(std::string_view)> while_waiting(
        const std::weak_ptr<State>& weak,
        std::uint64_t id,
        std::function<bool(std::string_view)> each) {
        return [weak, id, each = std::move(each)](std::string_view piece) {
            const auto state = weak.lock();
            return state && state->pending.contains(id) && each(piece);
        };
    }

    static void start(
        const std::shared_ptr<State>& state,
        HttpRequest request,
        Resumption<Result<HttpResponse>> sender,
        asio::cancellation_slot slot);
};

void MemoryTransport::State::start(
    const std::shared_ptr<State>& state,
    HttpRequest request,
    Resumption<Result<HttpResponse>> sender,
    asio::cancellation_slot slot) {
    const auto id = state->next_id++;
    const std::weak_ptr<State> weak = state;
    if (slot.is_connected()) {
        slot.assign([weak, id](asio::cancellation_type /*type*/) {
            if (auto alive = weak.lock()) {
                alive->finish(id, Error(ErrorKind::Cancelled, "request cancelled", Effect::Maybe));
            }
        });
    }
    state->pending.emplace(id, std::move(sender));
    if (request.each) {
        request.each = while_waiting(weak, id, std::move(request.each));
    }

    auto reply = [weak, id](Result<HttpResponse> result) {
        if (auto alive = weak.lock()) {
            alive->finish(id, std::move(result));
        }
    };
    auto& network = state->network;
    auto hand_over = [&network, sent = std::move(request), reply]() mutable {
        network.deliver(std::move(sent), reply);
    };
    asio::post(network.executor(), std::move(hand_over));
}

MemoryTransport::MemoryTransport(Network& network) : state_(std::make_shared<State>(network)) {}

MemoryTransport::~MemoryTransport() {
    drop_pending();
}

void MemoryTransport::sever() {
    state_->severed = true;
}

std::size_t MemoryTransport::refused() const {
    return state_->refused;
}

void MemoryTransport::drop_pending() {
    // Destroying a coroutine may cancel another's request: empty the map first.
    const auto dropped = std::exchange(state_->pending, {});
}

Task<HttpResponse> MemoryTransport::send(HttpRequest request) {
    if (state_->severed) {
        ++state_->refused;
        co_return Error(ErrorKind::Unavailable, "connection refused");
    }
    fold_secret_headers(request);
    if (!is_sendable(request)) {
        co_return Error(ErrorKind::Invalid, "a header holds a line break");
    }
    const auto limit = request.response_limit;
    const auto enough = std::exchange(request.enough, nullptr);
    const auto each = request.each;

    // By pointer: a frame that owned the state would be owned by it in turn, for ever.
    const auto* state = &state_;
    auto start = [state, sent = std::move(request)](auto sender, auto slot) mutable {
        State::start(*state, std::move(sent), std::move(sender), slot);
    };
    auto result = co_await suspend<Result<HttpResponse>>(std::move(start));
    if (!result) {
        co_return result.take_error();
    }
    HttpResponse response = std::move(*result);
    stream_rest(response, each);
    if (enough) {
        response.body.resize(length_that_is_enough(response.body, enough));
    }
    if (response.body.size() > limit) {
        co_return Error(ErrorKind::Protocol, "answer is over the size limit", Effect::Maybe);
    }
    co_return response;
}

}  // namespace wavegate::sandbox
