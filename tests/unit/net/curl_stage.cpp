#include "operator/base/task_group.hpp"
#include "operator/net/curl_transport.hpp"
#include "operator/net/deadline.hpp"
#include "operator/runtime/system_clock.hpp"
#include "tests/unit/net/raw_server.hpp"
#include "tests/unit/net/transport_stage.hpp"

#include <stdexcept>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;

std::string secret_size(const std::string& request) {
    const std::string name = "X-Secret: ";
    const auto at = request.find(name);
    if (at == std::string::npos) {
        return {};
    }
    const auto value = at + name.size();
    const auto size = request.find("\r\n", value) - value;
    return "X-Secret-Size: " + std::to_string(size) + "\r\n";
}

class CurlStage final : public TransportStage {
  public:
    Result<HttpResponse> send(Scene scene, HttpRequest request, bool cancel) override {
        prepare(scene, request);
        std::optional<Result<HttpResponse>> got;
        TaskGroup group(io_.get_executor());
        group.spawn("sender", keep(transport_.send(std::move(request)), got));
        if (cancel) {
            run_until(io_, [&] { return handled_ > 0; });
            group.cancel();
        }
        run_until(io_, [&] { return got.has_value(); });
        return std::move(*got);
    }

    Result<HttpResponse> send_within_deadline(Scene scene, HttpRequest request) override {
        prepare(scene, request);
        std::optional<Result<HttpResponse>> got;
        TaskGroup group(io_.get_executor());
        group.spawn(
            "sender", keep(net::send_within(transport_, clock_, std::move(request), 200ms), got));
        run_until(io_, [&] { return got.has_value(); });
        return std::move(*got);
    }

    int handled() override { return handled_; }

  private:
    static asio::awaitable<void> keep(
        Task<HttpResponse> task,
        std::optional<Result<HttpResponse>>& out) {
        out = co_await std::move(task);
    }

    void prepare(Scene scene, HttpRequest& request) {
        scene_ = scene;
        request.url = server_.url(request.url);
        if (scene == Scene::Refuses) {
            server_.stop_listening();
        }
    }

    asio::awaitable<void> talk(RawConnection& connection) {
        if (scene_ == Scene::LosesRequest) {
            co_await connection.wait_readable();
            co_return;
        }
        const auto request = co_await connection.read_request();
        if (request.empty()) {
            co_return;
        }
        ++handled_;
        if (scene_ == Scene::Hangs) {
            co_await connection.hang();
        } else if (scene_ == Scene::Opens) {
            co_await connection.write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
            co_await connection.hang();
        } else if (scene_ == Scene::Streams) {
            co_await stream(connection);
        } else if (scene_ != Scene::LosesReply) {
            co_await answer(connection, request);
        }
    }

    asio::awaitable<void> answer(RawConnection& connection, std::string request) {
        const auto method = request.substr(0, request.find(' '));
        std::string text = "HTTP/1.1 200 OK\r\n";
        if (scene_ == Scene::Unavailable) {
            text = "HTTP/1.1 503 Service Unavailable\r\n";
        }
        text += "Content-Length: 5\r\nX-Seen: " + method + "\r\n" + secret_size(request) + "\r\n";
        if (scene_ == Scene::Truncates) {
            text += "he";
        } else if (method != "HEAD") {
            text += "hello";
        }
        co_await connection.write(text);
        if (scene_ != Scene::Truncates) {
            co_await connection.hang();
        }
    }

    static asio::awaitable<void> stream(RawConnection& connection) {
        co_await connection.write(
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
            "Transfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n");
        co_await connection.write("9\r\ndata: 2\n\n\r\n");
        co_await connection.hang();
    }

    asio::io_context io_;
    runtime::SystemClock clock_;
    net::CurlTransport transport_{io_.get_executor()};
    Scene scene_ = Scene::Answers;
    int handled_ = 0;
    RawServer server_{io_, [this](RawConnection& connection) { return talk(connection); }};
};

}  // namespace

std::unique_ptr<TransportStage> curl_stage() {
    return std::make_unique<CurlStage>();
}

}  // namespace wavegate::testing
