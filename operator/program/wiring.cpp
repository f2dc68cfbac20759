#include "operator/program/wiring.hpp"

#include "operator/access/gated_writes.hpp"
#include "operator/access/refusals.hpp"
#include "operator/access/vault_login.hpp"
#include "operator/backends/eunomia/client.hpp"
#include "operator/backends/grafana/client.hpp"
#include "operator/backends/keycloak/client.hpp"
#include "operator/backends/mcp/client.hpp"
#include "operator/backends/openbao/client.hpp"
#include "operator/backends/portainer/client.hpp"
#include "operator/backends/portainer/fleet_lock.hpp"
#include "operator/base/log.hpp"
#include "operator/base/text.hpp"
#include "operator/program/road.hpp"
#include "operator/runtime/process.hpp"
#include "operator/settings/git_settings.hpp"
#include "operator/source/folder_source.hpp"
#include "operator/source/git_source.hpp"
#include "operator/source/git_stack_repositories.hpp"
#include "operator/store/sqlite_store.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

namespace wavegate::program {
namespace {

/// Clients and the transports they use, together.
struct Connected : fleet::Backends {
    std::vector<std::unique_ptr<Transport>> transports;
    std::unique_ptr<access::VaultLogin> login;  ///< null: the vault is opened by other means
};

net::Patience patience(const char* backend, Duration deadline) {
    net::Patience patience;
    patience.backend = backend;
    patience.deadline = deadline;
    return patience;
}

/// Probes are asked once, since their failures are what they are about; and many hosts stand
/// behind them, of which one that is down must not silence the others.
net::Patience probes() {
    auto patience = program::patience("mcp", std::chrono::seconds(30));
    patience.attempts = 1;
    patience.open_after = 0;
    // More than all baselines at once: some of them may hang, and others must not wait for those.
    patience.max_in_flight = 48;
    return patience;
}

/// Every request to the multiplexer counts against its own limit of 10 a second, all clients
/// together (agent-utilities); what goes over it is answered by 429, its users' calls too.
net::Patience multiplexer_probes() {
    auto patience = probes();
    patience.backend = "multiplexer";
    patience.min_gap = std::chrono::milliseconds(150);
    return patience;
}

/// Probes by the host they go to: the multiplexer's are paced.
class ProbeTransport final : public Transport {
  public:
    ProbeTransport(Transport& services, Transport& multiplexer, std::string_view multiplexer_url)
        : services_(services),
          multiplexer_(multiplexer),
          authority_(url_authority(multiplexer_url)) {}

    Task<HttpResponse> send(HttpRequest request) override {
        const bool paced = url_authority(request.url) == authority_;
        return (paced ? multiplexer_ : services_).send(std::move(request));
    }

  private:
    Transport& services_;
    Transport& multiplexer_;
    std::string authority_;
};

net::CurlSettings curl_settings(const Result<Road>& road) {
    net::CurlSettings settings;
    if (road) {
        settings.road = *road;
    }
    return settings;
}

/// What mints the JWT of each login to the vault, where the fleet logs in by one. It is `made`'s,
/// as `keycloak` will be: the vault's client lives no longer.
openbao::JwtSource mint_logins(
    Connected& made,
    const access::Gate& gate,
    Credentials& credentials,
    keycloak::Client& keycloak,
    const FleetSpec& fleet) {
    if (!fleet.openbao.jwt_login) {
        return nullptr;
    }
    auto administers = [&keycloak](SecretValue token) {
        return keycloak.administers(std::move(token));
    };
    made.login = std::make_unique<access::VaultLogin>(
        gate, credentials, keycloak, std::move(administers), fleet);
    return [login = made.login.get()] { return login->mint(); };
}

/// No two processes are called the same.
fleet::Contender
contender(const settings::Config& config, const std::string& command, Random& random) {
    fleet::Contender self;
    self.locked = config.locks;
    self.holder = fmt::format("{}-{:016x}", command, random.next());
    self.host = runtime::host_name();
    return self;
}

fleet::Settings controller_settings(const settings::Config& config, Mode mode) {
    fleet::Settings settings;
    settings.source_interval = config.interval;
    settings.only_look = mode == Mode::Look;
    return settings;
}

}  // namespace

Operator::Operator(
    settings::Config config,
    settings::Environment environment,
    Mode mode,
    const std::string& command)
    : config_(std::move(config)),
      environment_(std::move(environment)),
      mode_(mode),
      io_(1),
      self_(contender(config_, command, random_)),
      road_(open_road(config_, environment_, clock_.now().wall)),
      gate_(config_.access),
      wire_(io_.get_executor(), curl_settings(road_)),
      transport_(wire_, gate_),
      vault_references_(clock_),
      credentials_(gate_, environment_, blocking_, vault_references_),
      own_credentials_(credentials_),
      env_files_(config_.env_root, config_.env_files, blocking_),
      source_(make_source()),
      etcd_road_(road_ ? open_etcd_road(config_, *road_, clock_.now().wall) : road_),
      etcd_(make_etcd()),
      store_(make_store(mode)) {
    fleet::Outside outside{
        clock_,
        *source_,
        *store_,
        credentials_,
        env_files_,
        parsing_,
        [this](const FleetSpec& fleet) { return connect(fleet); },
        [this](const DesiredState& desired) { return access::refusals(gate_, desired); },
        &random_};
    auto settings = controller_settings(config_, mode);
    settings.self = self_;
    controller_ = std::make_unique<fleet::Controller>(
        std::move(outside), desired::Schemas::embedded(), std::move(settings));
}

Operator::~Operator() = default;

std::unique_ptr<Source> Operator::make_source() {
    if (config_.git.url.empty()) {
        return std::make_unique<source::FolderSource>(config_.folder, blocking_);
    }
    auto settings = settings::git_settings(config_);
    if (road_) {
        settings.remote.road = *road_;
    }
    return std::make_unique<source::GitSource>(std::move(settings), fetching_, own_credentials_);
}

std::unique_ptr<EtcdSite> Operator::make_etcd() {
    if (config_.etcd.urls.empty() || !etcd_road_) {
        return nullptr;
    }
    return std::make_unique<EtcdSite>(
        config_,
        *etcd_road_,
        io_.get_executor(),
        clock_,
        random_,
        traffic_,
        own_credentials_,
        self_.holder,
        self_.host);
}

std::unique_ptr<Store> Operator::make_store(Mode mode) {
    if (mode == Mode::Act && etcd_ != nullptr) {
        return etcd_->store();
    }
    if (mode == Mode::Act) {
        return std::make_unique<store::SqliteStore>(config_.database, storing_);
    }
    return std::make_unique<store::MemoryStore>(copy_);
}

std::shared_ptr<fleet::Backends> Operator::connect(const FleetSpec& fleet) {
    auto made = std::make_shared<Connected>();
    const auto patient = [&](net::Patience how) -> Transport& {
        made->transports.push_back(std::make_unique<net::PatientTransport>(
            transport_, clock_, random_, traffic_, std::move(how)));
        return *made->transports.back();
    };
    // Who renews has his own time for it, and must not wait behind what others ask.
    auto renewals = patience("portainer", std::chrono::seconds(5));
    renewals.attempts = 1;
    renewals.open_after = 0;
    made->lock = std::make_unique<portainer::LockClient>(
        patient(std::move(renewals)), credentials_, fleet.portainer);
    constexpr auto quick = std::chrono::seconds(10);
    constexpr auto slow = std::chrono::seconds(30);
    made->stacks = std::make_unique<access::GatedStacks>(
        std::make_unique<portainer::Client>(
            patient(patience("portainer", slow)),
            credentials_,
            clock_,
            fleet.portainer,
            fleet.auth_profile),
        gate_);
    if (fleet.stack_repo) {
        source::StackRepositorySettings settings;
        settings.spec = *fleet.stack_repo;
        settings.road = *road_;
        settings.known_hosts = settings::absolute(config_.known_hosts_file);
        made->repositories = std::make_unique<source::GitStackRepositories>(
            std::move(settings), branches_, credentials_, clock_);
    }
    auto identity = std::make_unique<keycloak::Client>(
        patient(patience("keycloak", quick)), credentials_, clock_, fleet.keycloak);
    auto login_token = mint_logins(*made, gate_, credentials_, *identity, fleet);
    made->identity = std::move(identity);
    made->vault = std::make_unique<access::GatedVault>(
        std::make_unique<openbao::Client>(
            patient(patience("openbao", quick)),
            credentials_,
            clock_,
            fleet.openbao,
            std::move(login_token)),
        gate_);
    made->policies = std::make_unique<eunomia::Client>(
        patient(patience("eunomia", quick)), credentials_, clock_, fleet.eunomia);
    auto& services = patient(probes());
    auto& multiplexer = patient(multiplexer_probes());
    made->transports.push_back(
        std::make_unique<ProbeTransport>(services, multiplexer, fleet.multiplexer.url));
    made->mcp = std::make_unique<mcp::Client>(*made->transports.back(), &clock_);
    if (fleet.grafana) {
        made->annotations = std::make_unique<grafana::Client>(
            patient(patience("grafana", quick)), credentials_, clock_, *fleet.grafana);
    }
    vault_references_.use(
        std::shared_ptr<Vault>(made, made->vault.get()),
        {fleet.openbao.mount, fleet.openbao.name_space});
    return made;
}

std::unique_ptr<Transport> Operator::transport(net::Patience how) {
    return std::make_unique<net::PatientTransport>(
        transport_, clock_, random_, traffic_, std::move(how));
}

serve::Core Operator::core() {
    serve::Core core;
    core.view = [this] { return controller_->view(); };
    core.look_now = [this] { return controller_->look_now(); };
    core.command = [this](Command command) { return controller_->command(std::move(command)); };
    core.probe = [this](std::string service) { return controller_->probe(std::move(service)); };
    core.take_held_revision = [this](std::string revision, std::string who, std::string why) {
        return controller_->take_held_revision(std::move(revision), std::move(who), std::move(why));
    };
    core.requests = [this] { return traffic_.requests; };
    core.passes = [this] { return controller_->passes(); };
    return core;
}

Task<serve::Settings> Operator::api_settings() {
    serve::Settings settings;
    settings.reads_need_token = config_.reads_need_token;
    settings.hosts = config_.hosts;
    for (auto& bearer : settings::bearers_of(config_)) {
        auto token = co_await credentials_.resolve_own(bearer.token);
        if (!token) {
            co_return token.take_error().in(bearer.field);
        }
        settings.bearers.push_back({std::move(bearer.person), std::move(*token)});
    }
    if (!config_.git.webhook_secret.empty()) {
        auto secret = co_await credentials_.resolve_own(config_.git.webhook_secret);
        if (!secret) {
            co_return secret.take_error().in("source.git.webhookSecretRef");
        }
        settings.webhook_secret = std::move(*secret);
    }
    co_return std::move(settings);
}

asio::awaitable<void> Operator::copy_store() {
    std::unique_ptr<Store> store;
    if (etcd_ != nullptr) {
        store = etcd_->look();
    } else if (std::filesystem::exists(config_.database)) {
        store = std::make_unique<store::SqliteStore>(config_.database, storing_);
    } else {
        co_return;
    }
    auto kept = co_await store->load(clock_.now());
    if (kept) {
        copy_.kept = std::move(*kept);
    } else {
        log::warn("planned without the rollout's record: {}", kept.error().message());
    }
}

}  // namespace wavegate::program
