// One process of the operator: what it is given for the outside.
#include "operator/backends/eunomia/client.hpp"
#include "operator/backends/grafana/client.hpp"
#include "operator/backends/keycloak/client.hpp"
#include "operator/backends/mcp/client.hpp"
#include "operator/backends/openbao/client.hpp"
#include "operator/backends/portainer/client.hpp"
#include "operator/backends/portainer/fleet_lock.hpp"
#include "operator/base/text.hpp"
#include "operator/sandbox/git/repositories.hpp"
#include "tests/sim/kept_file.hpp"
#include "tests/sim/overheard.hpp"
#include "tests/sim/rig.hpp"
#include "tests/sim/watched_ports.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace wavegate::testing {
namespace {

/// A transport with a deadline on every request, as the real wiring has one.
class Limited final : public Transport {
  public:
    Limited(Transport& inner, Clock& clock, Duration limit, std::size_t& sent, const bool& cut)
        : inner_(inner), clock_(clock), limit_(limit), sent_(sent), cut_(cut) {}
    Task<HttpResponse> send(HttpRequest request) override {
        ++sent_;
        if (cut_) {
            co_return Error(ErrorKind::Unavailable, "no route to host");
        }
        if (request.good_until && clock_.now().mono > *request.good_until) {
            co_return Error(ErrorKind::Conflict, "its permit has ended");
        }
        if (request.each) {
            co_return co_await inner_.send(std::move(request));
        }
        auto answer = co_await sandbox::within(clock_, limit_, inner_.send(std::move(request)));
        if (cut_) {
            co_return Error(ErrorKind::Unavailable, "no route to host", Effect::Maybe);
        }
        co_return answer;
    }

  private:
    Transport& inner_;
    Clock& clock_;
    Duration limit_;
    std::size_t& sent_;
    const bool& cut_;
};

/// What goes to the multiplexer begins 150 ms apart, as the real wiring has it: it takes ten
/// requests a second, of all its clients together.
class Paced final : public Transport {
  public:
    Paced(Transport& inner, Clock& clock, const std::string& multiplexer)
        : inner_(inner), clock_(clock), authority_(url_authority(multiplexer)) {}
    Task<HttpResponse> send(HttpRequest request) override {
        if (url_authority(request.url) == authority_) {
            const auto turn = std::max(clock_.now().mono, next_);
            next_ = turn + std::chrono::milliseconds(150);
            if (!co_await clock_.sleep_until(turn)) {
                co_return Error(ErrorKind::Cancelled, "cancelled");
            }
        }
        co_return co_await inner_.send(std::move(request));
    }

  private:
    Transport& inner_;
    Clock& clock_;
    std::string authority_;
    Mono next_{};
};

std::unique_ptr<Store> store_on(Disk& disk) {
    if (disk.file.empty()) {
        return std::make_unique<store::MemoryStore>(disk);
    }
    return std::make_unique<KeptFile>(disk.file, disk);
}

int next_incarnation() {
    static int last = 0;
    return ++last;
}

/// Clients and the transports they use, together.
struct Connected : fleet::Backends {
    std::vector<std::unique_ptr<Transport>> transports;
};

}  // namespace

std::string ScriptedSource::commit(std::map<std::string, std::string> files) {
    Revision revision;
    revision.id = fmt::format("r{}", revisions_.size() + 1);
    revision.files = std::move(files);
    parents_[revision.id] = std::exchange(parent_, revision.id);
    revisions_.push_back(std::move(revision));
    return revisions_.back().id;
}

void ScriptedSource::diverge(Ancestry seen_as) {
    parent_.clear();
    stranger_ = seen_as;
}

void ScriptedSource::go_back_to(const std::string& id) {
    revisions_.push_back(*std::find_if(
        revisions_.begin(), revisions_.end(), [&](const Revision& each) { return each.id == id; }));
    parent_ = id;
}

Ancestry ScriptedSource::ancestry(const std::string& last) const {
    if (last.empty()) {
        return Ancestry::First;
    }
    for (auto id = revisions_.back().id; !id.empty(); id = parents_.at(id)) {
        if (id == last) {
            return id == revisions_.back().id ? Ancestry::Same : Ancestry::Descends;
        }
    }
    return stranger_;
}

Task<Revision> ScriptedSource::fetch(std::string last) {
    if (before_answer) {
        co_await before_answer();
    }
    if (failing_ || revisions_.empty()) {
        co_return Error(ErrorKind::Unavailable, "the repository is not reachable");
    }
    auto revision = revisions_.back();
    revision.ancestry = ancestry(last);
    if (handed_out) {
        handed_out(revision.id);
    }
    co_return revision;
}

Task<ResolvedEnv> ScriptedEnvFiles::read(std::string /*service*/, std::vector<EnvFileSpec> files) {
    ResolvedEnv resolved;
    for (const auto& spec : files) {
        const auto at = files_.find(spec.file);
        if (at == files_.end()) {
            co_return Error(ErrorKind::NotFound, "no such env file");
        }
        for (const auto& [key, value] : at->second) {
            if (std::find(spec.exclude.begin(), spec.exclude.end(), key) == spec.exclude.end()) {
                resolved.values[key] = make_secret(std::string(value));
            }
        }
    }
    co_return resolved;
}

Operator::Operator(
    Simulation& sim,
    sandbox::World& world,
    Source& source,
    Disk& disk,
    fleet::Settings settings,
    const ScriptedEnvFiles::Files& env_files,
    Oracle* oracle,
    Witness& witness,
    Doom& doom,
    double speed)
    : sim_(sim),
      clock_(sim.clock, speed),
      life_(next_incarnation()),
      witness_(witness),
      kept_(store_on(disk)),
      store_(*kept_, doom),
      transport_(world.network),
      overheard_(
          oracle == nullptr ? nullptr
                            : std::make_unique<Overheard>(transport_, *oracle, life_, &witness)),
      wire_(std::make_unique<DoomedTransport>(
          overheard_ == nullptr ? transport_ : *overheard_,
          doom)),
      env_files_(env_files) {
    credentials_.set("env:SANDBOX_PORTAINER", sandbox::secrets::kPortainerKey);
    credentials_.set("env:SANDBOX_KEYCLOAK", sandbox::secrets::kKeycloakSecret);
    credentials_.set("env:SANDBOX_OPENBAO", sandbox::secrets::kBaoToken);
    credentials_.set("env:SANDBOX_EUNOMIA", sandbox::secrets::kEunomiaKey);
    credentials_.set("env:SANDBOX_GRAFANA", sandbox::secrets::kGrafanaToken);
    credentials_.set("env:SANDBOX_GIT", sandbox::secrets::kGitToken);
    fleet::Outside outside{
        clock_,
        source,
        store_,
        credentials_,
        env_files_,
        parsing_,
        [this](const FleetSpec& fleet) { return connect(fleet); },
        {},
        &random_};
    settings.self.holder = fmt::format("run-{}", life_);
    settings.self.host = "node-1";
    controller_ = std::make_unique<fleet::Controller>(
        std::move(outside), desired::Schemas::embedded(), settings);
    sim_.attach(context_);
    auto work = [](fleet::Controller& controller) -> asio::awaitable<void> {
        const auto started = co_await controller.start();
        if (started) {
            co_await controller.run();
        }
    };
    auto at_end = [ended = ended_](const std::exception_ptr& thrown) {
        if (thrown) {
            std::rethrow_exception(thrown);
        }
        *ended = true;
    };
    spawn(context_.get_executor(), work(*controller_), std::move(at_end));
}

Operator::~Operator() {
    transport_.sever();
    transport_.drop_pending();
    sim_.detach(context_);
}

std::shared_ptr<fleet::Backends> Operator::connect(const FleetSpec& fleet) {
    auto made = std::make_shared<Connected>();
    const auto limited = [&](Duration limit) -> Transport& {
        made->transports.push_back(std::make_unique<Limited>(*wire_, clock_, limit, sent_, cut_));
        return *made->transports.back();
    };
    auto& quick = limited(std::chrono::seconds(10));
    auto& slow = limited(std::chrono::seconds(30));
    made->stacks = std::make_unique<WatchedStacks>(
        std::make_unique<portainer::Client>(
            slow, credentials_, clock_, fleet.portainer, fleet.auth_profile),
        witness_);
    made->lock = std::make_unique<portainer::LockClient>(quick, credentials_, fleet.portainer);
    if (fleet.stack_repo) {
        made->repositories = std::make_unique<WatchedRepositories>(
            std::make_unique<sandbox::SimulatedRepositories>(slow, credentials_, *fleet.stack_repo),
            witness_);
    }
    made->identity = std::make_unique<WatchedIdentity>(
        std::make_unique<keycloak::Client>(quick, credentials_, clock_, fleet.keycloak), witness_);
    made->vault = std::make_unique<WatchedVault>(
        std::make_unique<openbao::Client>(quick, credentials_, clock_, fleet.openbao), witness_);
    made->policies = std::make_unique<WatchedPolicies>(
        std::make_unique<eunomia::Client>(quick, credentials_, clock_, fleet.eunomia), witness_);
    made->transports.push_back(std::make_unique<Paced>(slow, clock_, fleet.multiplexer.url));
    made->mcp = std::make_unique<mcp::Client>(*made->transports.back(), &clock_);
    if (fleet.grafana) {
        made->annotations = std::make_unique<WatchedAnnotations>(
            std::make_unique<grafana::Client>(quick, credentials_, clock_, *fleet.grafana),
            witness_);
    }
    return made;
}

}  // namespace wavegate::testing
