#pragma once

#include "operator/access/credentials.hpp"
#include "operator/access/gate.hpp"
#include "operator/access/gated_transport.hpp"
#include "operator/base/task_group.hpp"
#include "operator/cli/env_files.hpp"
#include "operator/net/curl_transport.hpp"
#include "operator/net/server.hpp"
#include "operator/net/traffic.hpp"
#include "operator/ports/road.hpp"
#include "operator/runtime/system_clock.hpp"
#include "operator/runtime/system_random.hpp"
#include "operator/runtime/thread_pool_blocking.hpp"
#include "operator/serve/api.hpp"
#include "operator/settings/config.hpp"
#include "operator/store/memory_store.hpp"
#include "reconcilers/fleet/controller.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace wavegate::cli {

/// How much of an operator a command needs.
enum class Mode {
    Act,   ///< its own store, writes
    Look,  ///< a copy of the store, or none while another process holds it; no writes at all
};

/// One process of the operator: the only place that picks the real implementations. One thread;
/// files, git and SQLite on the pool.
class Operator {
  public:
    Operator(settings::Config config, settings::Environment environment, Mode mode);
    ~Operator();
    Operator(const Operator&) = delete;
    Operator& operator=(const Operator&) = delete;

    /// What a command does while the controller runs; its value is the exit code.
    using Body = std::function<asio::awaitable<int>(Operator&)>;
    /// Opens the store, starts the controller and `body`; when the body ends, stops everything in
    /// order. Errors of opening are logged and give 1. SIGINT and SIGTERM set `stopping`.
    int run(Body body);
    /// The same without the controller's loop: the body passes by itself.
    int run_once(Body body);

    /// Serves the API on the configured address until the body ends; gives the port. Errors also
    /// when a token that the configuration names is not there: never open by accident.
    Task<std::uint16_t> listen();
    /// Ends when a signal came.
    asio::awaitable<void> until_stopped() { return stop_bell_.wait(); }
    [[nodiscard]] bool stopping() const { return stopping_; }

    [[nodiscard]] const settings::Config& config() const { return config_; }
    fleet::Controller& controller() { return *controller_; }
    Clock& clock() { return clock_; }

  private:
    std::unique_ptr<Source> make_source();
    std::unique_ptr<Store> make_store(Mode mode);
    std::shared_ptr<fleet::Backends> connect(const FleetSpec& fleet);
    int start(Body body, bool loop);
    asio::awaitable<void> live(Body body, bool loop, int& exit);
    asio::awaitable<void> copy_store();
    [[nodiscard]] serve::Core core();
    Task<serve::Settings> api_settings();
    asio::awaitable<void> watch_signals();
    asio::awaitable<void> watch_folder();
    void request_stop();

    settings::Config config_;
    Mode mode_;
    asio::io_context io_;
    runtime::SystemClock clock_;
    runtime::SystemRandom random_;
    runtime::ThreadPoolBlocking blocking_;
    runtime::ThreadPoolBlocking parsing_{1};
    Result<Road> road_;
    access::Gate gate_;
    net::CurlTransport wire_;
    access::GatedTransport transport_;
    net::Traffic traffic_;
    access::VaultReferences vault_references_;
    access::AllowedCredentials credentials_;
    access::OwnCredentials own_credentials_;
    FolderEnvFiles env_files_;
    store::MemoryDisk copy_;  ///< of the store, for Mode::Look
    std::unique_ptr<Source> source_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<fleet::Controller> controller_;
    std::unique_ptr<serve::Api> api_;
    std::unique_ptr<net::Server> server_;
    std::unique_ptr<TaskGroup> watchers_;
    Doorbell stop_bell_;
    bool stopping_ = false;
};

}  // namespace wavegate::cli
