#include "operator/net/deadline.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <utility>
#include <variant>

namespace wavegate::net {

Task<HttpResponse>
send_within(Transport& transport, Clock& clock, HttpRequest request, Duration limit) {
    using namespace asio::experimental::awaitable_operators;
    const Mono end = clock.now().mono + limit;
    auto first = co_await (transport.send(std::move(request)) || clock.sleep_until(end));
    if (first.index() == 0) {
        co_return std::move(std::get<0>(first));
    }
    if (!std::get<1>(first)) {
        co_return Error(ErrorKind::Cancelled, "request cancelled", Effect::Maybe);
    }
    co_return Error(ErrorKind::Timeout, "no answer within " + to_text(limit), Effect::Maybe);
}

}  // namespace wavegate::net
