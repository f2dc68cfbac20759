#include "tests/sim/rig.hpp"

#include "operator/backends/eunomia/client.hpp"
#include "operator/backends/grafana/client.hpp"
#include "operator/backends/keycloak/client.hpp"
#include "operator/backends/mcp/client.hpp"
#include "operator/backends/openbao/client.hpp"
#include "operator/backends/portainer/client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <fmt/format.h>

namespace wavegate::testing {
namespace {

/// A transport with a deadline on every request, as the real wiring has one.
class Limited final : public Transport {
  public:
    Limited(Transport& inner, Clock& clock, Duration limit)
        : inner_(inner), clock_(clock), limit_(limit) {}
    Task<HttpResponse> send(HttpRequest request) override {
        return sandbox::within(clock_, limit_, inner_.send(std::move(request)));
    }

  private:
    Transport& inner_;
    Clock& clock_;
    Duration limit_;
};

/// Clients and the transports they use, together.
struct Connected : fleet::Backends {
    std::vector<std::unique_ptr<Transport>> transports;
};

}  // namespace

void ScriptedSource::commit(std::map<std::string, std::string> files) {
    Revision revision;
    revision.id = fmt::format("r{}", revisions_.size() + 1);
    revision.files = std::move(files);
    revisions_.push_back(std::move(revision));
}

Task<Revision> ScriptedSource::fetch(std::string last) {
    if (failing_ || revisions_.empty()) {
        co_return Error(ErrorKind::Unavailable, "the repository is not reachable");
    }
    auto revision = revisions_.back();
    if (last.empty()) {
        revision.ancestry = Ancestry::First;
    } else if (last == revision.id) {
        revision.ancestry = Ancestry::Same;
    } else {
        revision.ancestry = Ancestry::Descends;
    }
    co_return revision;
}

Task<ResolvedEnv> NoEnvFiles::read(std::vector<EnvFileSpec> /*files*/) {
    co_return ResolvedEnv();
}

Operator::Operator(
    Simulation& sim,
    sandbox::World& world,
    Source& source,
    store::MemoryDisk& disk,
    fleet::Settings settings)
    : sim_(sim), store_(disk), transport_(world.network) {
    credentials_.set("env:SANDBOX_PORTAINER", sandbox::secrets::kPortainerKey);
    credentials_.set("env:SANDBOX_KEYCLOAK", sandbox::secrets::kKeycloakSecret);
    credentials_.set("env:SANDBOX_OPENBAO", sandbox::secrets::kBaoToken);
    credentials_.set("env:SANDBOX_EUNOMIA", sandbox::secrets::kEunomiaKey);
    credentials_.set("env:SANDBOX_GRAFANA", sandbox::secrets::kGrafanaToken);
    fleet::Outside outside{
        sim.clock, source, store_, credentials_, env_files_, [this](const FleetSpec& fleet) {
            return connect(fleet);
        }};
    controller_ = std::make_unique<fleet::Controller>(
        std::move(outside), desired::Schemas::embedded(), settings);
    sim_.attach(context_);
    auto work = [](fleet::Controller& controller) -> asio::awaitable<void> {
        const auto started = co_await controller.start();
        if (started) {
            co_await controller.run();
        }
    };
    asio::co_spawn(context_, work(*controller_), [](const std::exception_ptr& thrown) {
        if (thrown) {
            std::rethrow_exception(thrown);
        }
    });
}

Operator::~Operator() {
    transport_.sever();
    transport_.drop_pending();
    sim_.detach(context_);
}

std::shared_ptr<fleet::Backends> Operator::connect(const FleetSpec& fleet) {
    auto made = std::make_shared<Connected>();
    const auto limited = [&](Duration limit) -> Transport& {
        made->transports.push_back(std::make_unique<Limited>(transport_, sim_.clock, limit));
        return *made->transports.back();
    };
    auto& quick = limited(std::chrono::seconds(10));
    auto& slow = limited(std::chrono::seconds(30));
    made->stacks =
        std::make_unique<portainer::Client>(slow, credentials_, sim_.clock, fleet.portainer);
    made->identity =
        std::make_unique<keycloak::Client>(quick, credentials_, sim_.clock, fleet.keycloak);
    made->vault = std::make_unique<openbao::Client>(quick, credentials_, sim_.clock, fleet.openbao);
    made->policies =
        std::make_unique<eunomia::Client>(quick, credentials_, sim_.clock, fleet.eunomia);
    made->mcp = std::make_unique<mcp::Client>(slow);
    if (fleet.grafana) {
        made->annotations =
            std::make_unique<grafana::Client>(quick, credentials_, sim_.clock, *fleet.grafana);
    }
    return made;
}

Rig::Rig(sandbox::WorldPlan world_plan, sandbox::DesiredPlan desired, fleet::Settings settings)
    : world(sim.executor(), sim.clock, std::move(world_plan)),
      oracle(world, sim.clock, expectation_of(desired)),
      settings_(settings) {
    sim.advance(std::chrono::seconds(5));
    commit(desired);
    start();
}

Rig::~Rig() = default;

void Rig::commit(const sandbox::DesiredPlan& desired) {
    source.commit(sandbox::desired_files(world.plan(), desired));
    oracle.expect(expectation_of(desired));
}

void Rig::start() {
    operator_.reset();
    operator_ = std::make_unique<Operator>(sim, world, source, disk, settings_);
}

bool Rig::until(const std::function<bool()>& done, Duration limit) {
    return sim.run_until(
        [&] {
            oracle.look();
            return done();
        },
        limit);
}

bool Rig::until_standing(const std::string& standing, Duration limit) {
    return until([&] { return view()->standing == standing; }, limit);
}

void Rig::pass_time(Duration by) {
    const auto end = sim.clock.now().mono + by;
    until([&] { return sim.clock.now().mono >= end; }, by);
}

std::shared_ptr<const status::View> Rig::view() const {
    return operator_ == nullptr ? std::make_shared<const status::View>()
                                : operator_->controller().view();
}

Phase Rig::phase(const std::string& service) const {
    const auto now = view();
    const auto* member = now->record.member(service);
    return member == nullptr ? Phase::Held : member->phase;
}

std::string Rig::auth(const std::string& service) const {
    const auto env = world.live_env(service);
    const auto type = env.find("AUTH_TYPE");
    return type == env.end() ? std::string() : type->second;
}

std::string Rig::story() const {
    const auto now = view();
    std::string text = fmt::format(
        "standing {}; source {} {}; multiplexer {} ({})\n",
        now->standing,
        now->source.reason,
        now->source.message,
        to_string(now->record.multiplexer.stage),
        now->record.multiplexer.message);
    for (const auto& diagnostic : now->source.found) {
        text += "  " + to_text(diagnostic) + "\n";
    }
    for (const auto& member : now->record.members) {
        text += fmt::format(
            "  {} {} {}: {}\n",
            member.service,
            to_string(member.phase),
            to_string(member.reason),
            member.message);
    }
    for (const auto& obstacle : now->diff.obstacles) {
        text += fmt::format("  obstacle {}: {}\n", obstacle.object, obstacle.message);
    }
    for (const auto& [name, backend] : now->backends) {
        if (!backend.ok) {
            text += fmt::format("  {} is sick: {}\n", name, backend.message);
        }
    }
    const auto count = now->events.size();
    for (std::size_t i = count > 30 ? count - 30 : 0; i < count; ++i) {
        const auto& event = now->events[i];
        text += fmt::format(
            "  {} {} {}: {}\n",
            to_rfc3339(event.at.wall),
            event.object,
            event.reason,
            event.message);
    }
    return text;
}

Expectation expectation_of(const sandbox::DesiredPlan& plan) {
    Expectation expected;
    for (const auto& wave : plan.waves) {
        expected.waves.push_back(wave.name);
        expected.soak[wave.name] = parse_duration(wave.soak).value_or(Duration(0));
        expected.max_in_flight[wave.name] = wave.max_in_flight;
    }
    for (const auto& [service, wish] : plan.services) {
        if (wish.auth == "jwt") {
            expected.wave_of[service] = wish.wave;
        }
    }
    return expected;
}

sandbox::WorldPlan small_world(const std::vector<std::string>& services) {
    sandbox::WorldPlan plan;
    for (const auto& name : services) {
        sandbox::ServicePlan service;
        service.name = name;
        plan.services.push_back(std::move(service));
    }
    return plan;
}

sandbox::DesiredPlan one_wave(const std::vector<std::string>& services, const std::string& auth) {
    sandbox::DesiredPlan plan;
    sandbox::WavePlan wave;
    wave.name = "read-only";
    plan.waves.push_back(wave);
    for (const auto& name : services) {
        sandbox::Wish wish;
        wish.auth = auth;
        wish.wave = wave.name;
        plan.services[name] = wish;
    }
    return plan;
}

}  // namespace wavegate::testing
