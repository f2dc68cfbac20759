#include "operator/access/missing.hpp"
#include "operator/base/log.hpp"
#include "operator/base/task_group.hpp"
#include "operator/program/wiring.hpp"
#include "operator/runtime/process.hpp"
#include "operator/settings/config_fields.hpp"
#include "operator/settings/git_settings.hpp"
#include "operator/settings/listener.hpp"
#include "operator/source/folder_watch.hpp"
#include "operator/source/git_command.hpp"
#include "operator/source/ssh.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>

#include <csignal>
#include <functional>
#include <utility>
#include <vector>

namespace wavegate::program {

Result<void> Operator::take_address() {
    if (auto may = settings::may_listen(config_); !may) {
        return may.take_error();
    }
    server_ = std::make_unique<net::Server>(
        io_.get_executor(), [this](const HttpRequest& head) { return api_->admit(head); });
    const auto port = server_->bind(config_.listen);
    if (!port) {
        return Error(
            port.error().kind(),
            fmt::format(
                "listen: {}: {}; nothing was begun. Leave the work to the operator that runs "
                "here, or set listen ({}) to another address",
                config_.listen,
                port.error().message(),
                settings::variable_of("listen")));
    }
    port_ = *port;
    return {};
}

Task<void> Operator::look_for_references() {
    std::function<Result<std::vector<Diagnostic>>()> look = [this] {
        auto missing = access::missing_references(config_, environment_);
        if (source::is_ssh(config_.git.url)) {
            const auto fit = source::check_files(settings::git_settings(config_).remote.ssh);
            if (!fit) {
                missing.push_back(settings::diagnostic_for(
                    config_, "source.git.sshKeyFile", fit.error().message()));
            }
        }
        return Result<std::vector<Diagnostic>>(std::move(missing));
    };
    auto missing = co_await run_blocking(blocking_, std::move(look));
    if (!missing) {
        co_return missing.take_error();
    }
    for (const auto& one : *missing) {
        log::error("{}", to_text(one));
    }
    if (!missing->empty()) {
        co_return Error(
            ErrorKind::NotFound,
            "nothing was begun: set what is missing, or take its line out of the configuration");
    }
    co_return Result<void>();
}

Task<void> Operator::prepare(bool serves) {
    if (!road_) {
        co_return road_.error();
    }
    if (serves) {
        if (auto taken = take_address(); !taken) {
            co_return taken.take_error();
        }
    }
    if (!etcd_road_) {
        co_return etcd_road_.error();
    }
    if (mode_ == Mode::Look) {
        co_await copy_store();
    } else if (auto taken = co_await take_store(); !taken) {
        co_return taken.take_error();
    }
    auto started = co_await controller_->start();
    if (!started) {
        co_return started.take_error();
    }
    auto found = co_await look_for_references();
    if (!found) {
        co_return found.take_error();
    }
    auto settings = co_await api_settings();
    if (!settings) {
        co_return settings.take_error();
    }
    api_ = std::make_unique<serve::Api>(core(), clock_, std::move(*settings));
    std::function<Result<void>()> tidy = [] {
        source::remove_stale_repositories({});
        return Result<void>();
    };
    co_return co_await run_blocking(blocking_, std::move(tidy));
}

asio::awaitable<void> Operator::live(Body body, bool loop, int& exit) {
    const auto executor = co_await asio::this_coro::executor;
    watchers_ = std::make_unique<TaskGroup>(executor);
    const auto ready = co_await prepare(loop);
    if (!ready) {
        log::error("{}", ready.error().message());
        exit = 1;
        co_await end_watches();
        co_return;
    }
    TaskGroup passes(executor);
    watchers_->spawn("signals", watch_signals());
    if (loop) {
        if (!config_.folder.empty()) {
            watchers_->spawn("folder", watch_folder());
        }
        watchers_->spawn("api", api_->follow(controller_->changed()));
        watchers_->spawn("hooks", api_->follow_hooks());
        passes.spawn("controller", controller_->run());
        server_->serve();
    }
    exit = co_await body(*this);
    controller_->stop();
    co_await passes.join();
    co_await give_back_store();
    if (server_) {
        co_await server_->stop();
    }
    co_await end_watches();
    exit = failed_ ? 1 : exit;
}

asio::awaitable<void> Operator::end_watches() {
    watchers_->cancel();
    co_await watchers_->join();
    co_await give_back_store();
}

asio::awaitable<void> Operator::give_back_store() {
    if (leasing_ != nullptr) {
        leasing_->cancel();
        co_await leasing_->join();
        static_cast<void>(co_await etcd_->lease().resign());
    }
}

Task<void> Operator::take_store() {
    if (etcd_ == nullptr) {
        co_return Result<void>();
    }
    auto taken = co_await etcd_->try_once();
    if (!taken) {
        co_return taken.take_error().in("store.etcd");
    }
    leasing_ = std::make_unique<TaskGroup>(io_.get_executor());
    leasing_->spawn("lease", contend_for_store());
    co_return taken;
}

asio::awaitable<void> Operator::contend_for_store() {
    while (true) {
        if (!etcd_->lease().is_held()) {
            const auto won = co_await etcd_->campaign();
            if (!won && won.error().kind() == ErrorKind::Cancelled) {
                co_return;
            }
            if (!won) {
                log::error("store.etcd: {}", won.error().message());
                failed_ = true;
                request_stop();
                co_return;
            }
            controller_->store_turned();
        }
        const auto kept = co_await etcd_->lease().keep();
        if (!kept && kept.error().kind() == ErrorKind::Cancelled) {
            co_return;
        }
        log::error("{}; standing by", kept.error().message());
        controller_->store_turned();
    }
}

int Operator::start(Body body, bool loop) {
    runtime::outlive_broken_pipes();
    int exit = 1;
    TaskGroup all(io_.get_executor());
    all.spawn("operator", live(std::move(body), loop, exit));
    io_.run();
    return all.failures() == 0 ? exit : 1;
}

int Operator::run(Body body) {
    return start(std::move(body), true);
}

int Operator::run_once(Body body) {
    return start(std::move(body), false);
}

void Operator::request_stop() {
    stopping_ = true;
    stop_bell_.ring();
    controller_->stop();
}

asio::awaitable<void> Operator::watch_signals() {
    asio::signal_set signals(co_await asio::this_coro::executor, SIGINT, SIGTERM);
    const auto [failed, number] = co_await signals.async_wait(asio::as_tuple(asio::use_awaitable));
    if (!failed) {
        log::info("signal {}: stopping", number);
        request_stop();
    }
}

asio::awaitable<void> Operator::watch_folder() {
    source::FolderWatch watch(co_await asio::this_coro::executor, config_.folder, blocking_);
    while (!stopping_) {
        const auto changed = co_await watch.changed();
        if (!changed) {
            co_return;  // the interval is enough
        }
        controller_->look_now();
        // Files are written one after the other.
        static_cast<void>(
            co_await clock_.sleep_until(clock_.now().mono + std::chrono::milliseconds(200)));
    }
}

}  // namespace wavegate::program
