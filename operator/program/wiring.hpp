#pragma once

#include "operator/access/credentials.hpp"
#include "operator/access/gate.hpp"
#include "operator/access/gated_transport.hpp"
#include "operator/base/task_group.hpp"
#include "operator/net/curl_transport.hpp"
#include "operator/net/patient_transport.hpp"
#include "operator/net/server.hpp"
#include "operator/net/traffic.hpp"
#include "operator/ports/road.hpp"
#include "operator/program/env_files.hpp"
#include "operator/program/etcd_site.hpp"
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

namespace wavegate::program {

/// How much of an operator a command needs.
enum class Mode {
    Act,   ///< its own store, writes
    Look,  ///< a copy of the store, or none while another process holds it; no writes at all
};

/// One process of the operator: the only place that picks the real implementations. One thread;
/// files, git and SQLite on the pool.
class Operator {
  public:
    /// `command`: what others are told that it is, where it acts.
    Operator(
        settings::Config config,
        settings::Environment environment,
        Mode mode,
        const std::string& command);
    ~Operator();
    Operator(const Operator&) = delete;
    Operator& operator=(const Operator&) = delete;

    /// What a command does while the controller runs; its value is the exit code.
    using Body = std::function<asio::awaitable<int>(Operator&)>;
    /// Takes the configured address, then the store, then what the configuration names; once all of
    /// it is good, starts the controller, the API and `body`; when the body ends, stops everything
    /// in order. Until then nothing is written anywhere. Errors are logged and give 1. SIGINT and
    /// SIGTERM set `stopping`.
    int run(Body body);
    /// The same without API and the controller's loop: the body passes by itself.
    int run_once(Body body);

    /// Where the API is served.
    [[nodiscard]] std::uint16_t port() const { return port_; }
    /// Ends when a signal came.
    asio::awaitable<void> until_stopped() { return stop_bell_.wait(); }
    [[nodiscard]] bool stopping() const { return stopping_; }

    [[nodiscard]] const settings::Config& config() const { return config_; }
    fleet::Controller& controller() { return *controller_; }
    Clock& clock() { return clock_; }

    /// The clients of a fleet's systems, for as long as they are held: what they send passes the
    /// gate.
    std::shared_ptr<fleet::Backends> connect(const FleetSpec& fleet);
    /// A way out of a command's own, through the gate.
    std::unique_ptr<Transport> transport(net::Patience how);
    Credentials& credentials() { return credentials_; }

  private:
    std::unique_ptr<Source> make_source();
    std::unique_ptr<EtcdSite> make_etcd();
    std::unique_ptr<Store> make_store(Mode mode);
    int start(Body body, bool loop);
    asio::awaitable<void> live(Body body, bool loop, int& exit);
    /// Everything that it stands on. Errors: of the address, the store, a file or a secret that the
    /// configuration names (never open by accident); they name the field and the cure.
    Task<void> prepare(bool serves);
    Result<void> take_address();
    /// Says what is missing of what the configuration names.
    Task<void> look_for_references();
    asio::awaitable<void> copy_store();
    /// In etcd, takes it if nobody has it: else it is looked at, and waited for.
    Task<void> take_store();
    /// Waits for it and keeps it, again and again: acting ends before another may begin.
    asio::awaitable<void> contend_for_store();
    /// The next one need not wait for the lease's end, nor for who is still being answered.
    asio::awaitable<void> give_back_store();
    asio::awaitable<void> end_watches();
    [[nodiscard]] serve::Core core();
    Task<serve::Settings> api_settings();
    asio::awaitable<void> watch_signals();
    asio::awaitable<void> watch_folder();
    void request_stop();

    settings::Config config_;
    settings::Environment environment_;
    Mode mode_;
    asio::io_context io_;
    runtime::SystemClock clock_;
    runtime::SystemRandom random_;
    fleet::Contender self_;
    runtime::ThreadPoolBlocking blocking_;
    runtime::ThreadPoolBlocking parsing_{1};
    // Lanes of their own for what others may hold up for long, and for what must not wait behind
    // it.
    runtime::ThreadPoolBlocking storing_{1};
    runtime::ThreadPoolBlocking fetching_{1};
    runtime::ThreadPoolBlocking branches_{2};
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
    Result<Road> etcd_road_;
    std::unique_ptr<EtcdSite> etcd_;  ///< null: the store is a file
    std::unique_ptr<Store> store_;
    std::unique_ptr<fleet::Controller> controller_;
    std::unique_ptr<serve::Api> api_;
    std::unique_ptr<net::Server> server_;
    std::unique_ptr<TaskGroup> watchers_;
    std::unique_ptr<TaskGroup> leasing_;
    Doorbell stop_bell_;
    std::uint16_t port_ = 0;
    bool stopping_ = false;
    bool failed_ = false;
};

}  // namespace wavegate::program
