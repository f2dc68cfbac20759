#include "operator/sandbox/program/serve.hpp"

#include "operator/base/task_group.hpp"
#include "operator/base/text.hpp"
#include "operator/client/commands.hpp"
#include "operator/net/server.hpp"
#include "operator/runtime/process.hpp"
#include "operator/runtime/system_clock.hpp"
#include "operator/sandbox/memory_transport.hpp"
#include "operator/sandbox/program/bare_repository.hpp"
#include "operator/sandbox/program/control.hpp"
#include "operator/sandbox/program/plan.hpp"
#include "operator/sandbox/program/streaming.hpp"
#include "operator/sandbox/vault_login.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>

#include <csignal>
#include <filesystem>
#include <functional>
#include <memory>
#include <ostream>
#include <utility>

namespace wavegate::sandbox {
namespace {

/// A World on loopback: one listener, systems and services told apart by the Host header.
class SandboxServer {
  public:
    explicit SandboxServer(SandboxPlan plan)
        : plan_(std::move(plan)), server_(io_.get_executor(), handler(), settings()) {}

    /// Binds the port, writes the files, makes the World.
    Result<std::string> open(const client::SandboxOptions& options) {
        auto port = server_.listen(fmt::format("127.0.0.1:{}", options.port));
        if (!port) {
            return port.take_error();
        }
        plan_.world.domain = fmt::format("localhost:{}", *port);
        if (options.git_stacks) {
            const auto base = std::filesystem::absolute(options.write) / "git";
            plan_.world.git_base = "file://" + base.lexically_normal().string();
            plan_.world.git_disk = make_bare_repository;
        }
        if (!options.write.empty()) {
            if (auto written = write_sandbox_files(options.write, plan_); !written) {
                return written.take_error();
            }
        }
        world_ = std::make_unique<World>(io_.get_executor(), clock_, plan_.world);
        offer_vault_login(*world_);
        transport_ = std::make_unique<MemoryTransport>(world_->network);
        return plan_.world.domain;
    }

    /// Serves until SIGINT or SIGTERM; calls `up` once the fleet's containers listen.
    void serve(std::function<void()> up) {
        TaskGroup group(io_.get_executor());
        group.spawn("signals", wait_for_signal());
        group.spawn("start", announce(std::move(up)));
        io_.run();
    }

  private:
    static net::ServerSettings settings() {
        net::ServerSettings settings;
        settings.connections = 1'000;
        settings.known = 1'000;
        settings.grace = std::chrono::milliseconds(200);
        return settings;
    }

    net::Server::Handler handler() {
        return [this](HttpRequest request) { return answer(std::move(request)); };
    }

    asio::awaitable<net::ServerResponse> answer(HttpRequest request) {
        if (url_authority(request.url) == "sandbox." + plan_.world.domain) {
            co_return net::ServerResponse(control_sandbox(*world_, request));
        }
        if (is_endless(request)) {
            co_return co_await answer_endless(*transport_, beside_, std::move(request));
        }
        auto answered = co_await transport_->send(std::move(request));
        if (!answered) {
            // What would be a refused or cut connection elsewhere: behind one port, the proxy's.
            co_return net::ServerResponse(HttpResponse(502));
        }
        co_return net::ServerResponse(std::move(*answered));
    }

    asio::awaitable<void> announce(std::function<void()> up) {
        while (!world_->is_up()) {
            constexpr auto pause = std::chrono::milliseconds(20);
            static_cast<void>(co_await clock_.sleep_until(clock_.now().mono + pause));
        }
        up();
    }

    asio::awaitable<void> wait_for_signal() {
        asio::signal_set signals(io_, SIGINT, SIGTERM);
        static_cast<void>(co_await signals.async_wait(asio::as_tuple(asio::use_awaitable)));
        co_await server_.stop();
        io_.stop();
    }

    SandboxPlan plan_;
    asio::io_context io_{1};
    runtime::SystemClock clock_;
    std::unique_ptr<World> world_;
    std::unique_ptr<MemoryTransport> transport_;
    TaskGroup beside_{io_.get_executor()};
    net::Server server_;
};

}  // namespace

int serve_sandbox(const client::SandboxOptions& options, std::ostream& out, std::ostream& error) {
    runtime::outlive_broken_pipes();
    auto plan = plan_sandbox(options);
    if (!plan) {
        error << plan.error().message() << "\n";
        return client::kExitError;
    }
    const auto count = plan->world.services.size();
    SandboxServer server(std::move(*plan));
    const auto domain = server.open(options);
    if (!domain) {
        error << domain.error().message() << "\n";
        return client::kExitError;
    }
    server.serve([&out, &domain, count] {
        out << fmt::format(
            "http://{0}\n{1} services; systems at http://portainer.{0}, http://keycloak.{0}, "
            "http://openbao.{0}, http://eunomia.{0}\n",
            *domain,
            count);
        out.flush();
    });
    return client::kExitGood;
}

}  // namespace wavegate::sandbox
