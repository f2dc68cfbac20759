#include "operator/base/task_group.hpp"
#include "operator/net/deadline.hpp"
#include "operator/sandbox/memory_transport.hpp"
#include "operator/sandbox/network.hpp"
#include "tests/support/simulation.hpp"
#include "tests/unit/net/transport_stage.hpp"

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;

class SceneSite final : public sandbox::Site {
  public:
    explicit SceneSite(Clock& clock) : clock_(clock) {}

    asio::awaitable<HttpResponse> answer(HttpRequest request) override {
        ++handled;
        if (scene == Scene::Hangs) {
            (void)co_await clock_.sleep_until(clock_.now().mono + 1h);
        }
        HttpResponse response(200, "hello");
        if (scene == Scene::Unavailable) {
            response.status = 503;
        }
        if (scene == Scene::Opens && !request.head_is_enough) {
            (void)co_await clock_.sleep_until(clock_.now().mono + 1h);
        }
        if (scene == Scene::Streams) {
            response.body = "data: 1\n\ndata: 2\n\n";
        }
        response.headers.add("X-Seen", request.method);
        if (auto secret = request.headers.get("X-Secret")) {
            response.headers.add("X-Secret-Size", std::to_string(secret->size()));
        }
        co_return response;
    }

    Scene scene = Scene::Answers;
    int handled = 0;

  private:
    Clock& clock_;
};

class MemoryStage final : public TransportStage {
  public:
    MemoryStage() {
        sim_.attach(sender_);
        network_.connect("server.arpa", site_);
    }
    ~MemoryStage() override {
        transport_.drop_pending();
        sim_.detach(sender_);
    }

    Result<HttpResponse> send(Scene scene, HttpRequest request, bool cancel) override {
        prepare(scene, request);
        if (!cancel) {
            return sim_.run_on(sender_, transport_.send(std::move(request)));
        }
        std::optional<Result<HttpResponse>> got;
        TaskGroup group(sender_.get_executor());
        auto task = [](Transport& transport,
                       HttpRequest sent,
                       std::optional<Result<HttpResponse>>& out) -> asio::awaitable<void> {
            out = co_await transport.send(std::move(sent));
        };
        group.spawn("sender", task(transport_, std::move(request), got));
        sim_.settle();
        group.cancel();
        sim_.run_on(sender_, group.join());
        return std::move(*got);
    }

    Result<HttpResponse> send_within_deadline(Scene scene, HttpRequest request) override {
        prepare(scene, request);
        return sim_.run_on(
            sender_, net::send_within(transport_, sim_.clock, std::move(request), 200ms));
    }

    int handled() override {
        sim_.advance(2h);
        return site_.handled;
    }

  private:
    void prepare(Scene scene, HttpRequest& request) {
        request.url = "http://server.arpa" + request.url;
        site_.scene = scene;
        sandbox::FaultRule rule;
        if (scene == Scene::Refuses) {
            rule.fault = sandbox::Fault::Refuse;
        } else if (scene == Scene::LosesRequest) {
            rule.fault = sandbox::Fault::LoseRequest;
        } else if (scene == Scene::LosesReply) {
            rule.fault = sandbox::Fault::LoseReply;
        } else if (scene == Scene::Truncates) {
            rule.fault = sandbox::Fault::Truncate;
        }
        network_.inject(rule);
    }

    Simulation sim_;
    SceneSite site_{sim_.clock};
    sandbox::Network network_{sim_.executor(), sim_.clock};
    asio::io_context sender_;
    sandbox::MemoryTransport transport_{network_};
};

}  // namespace

std::unique_ptr<TransportStage> memory_stage() {
    return std::make_unique<MemoryStage>();
}

}  // namespace wavegate::testing
