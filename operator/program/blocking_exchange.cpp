#include "operator/program/blocking_exchange.hpp"

#include "operator/base/task_group.hpp"
#include "operator/net/curl_transport.hpp"
#include "operator/net/patient_transport.hpp"
#include "operator/runtime/system_clock.hpp"
#include "operator/runtime/system_random.hpp"

#include <boost/asio/io_context.hpp>

#include <utility>

namespace wavegate::program {
namespace {

asio::awaitable<void> ask(Transport& transport, HttpRequest request, Result<HttpResponse>& answer) {
    answer = co_await transport.send(std::move(request));
}

asio::awaitable<void> wait(Clock& clock, Duration length) {
    static_cast<void>(co_await clock.sleep_until(clock.now().mono + length));
}

}  // namespace

Result<HttpResponse> exchange_blocking(HttpRequest request) {
    asio::io_context io(1);
    runtime::SystemClock clock;
    runtime::SystemRandom random;
    net::Traffic traffic;
    net::Patience patience;
    patience.backend = "operator";
    patience.deadline = std::chrono::seconds(30);
    patience.attempts = 1;
    net::CurlTransport curl(io.get_executor());
    net::PatientTransport transport(curl, clock, random, traffic, patience);
    Result<HttpResponse> answer = Error(ErrorKind::Internal, "the exchange did not end");
    TaskGroup group(io.get_executor());
    group.spawn("exchange", ask(transport, std::move(request), answer));
    io.run();
    return answer;
}

void pause_blocking(Duration length) {
    asio::io_context io(1);
    runtime::SystemClock clock;
    TaskGroup group(io.get_executor());
    group.spawn("pause", wait(clock, length));
    io.run();
}

Wall wall_now() {
    return runtime::SystemClock().now().wall;
}

}  // namespace wavegate::program
