#include "tests/sim/rig.hpp"

#include "operator/backends/eunomia/client.hpp"
#include "operator/backends/grafana/client.hpp"
#include "operator/backends/keycloak/client.hpp"
#include "operator/backends/mcp/client.hpp"
#include "operator/backends/openbao/client.hpp"
#include "operator/backends/portainer/client.hpp"
#include "operator/base/log.hpp"
#include "operator/sandbox/git/repositories.hpp"
#include "operator/status/document.hpp"
#include "operator/status/metrics.hpp"
#include "operator/store/codec.hpp"
#include "tests/sim/overheard.hpp"
#include "tests/sim/watched_ports.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace wavegate::testing {
namespace {

/// A transport with a deadline on every request, as the real wiring has one.
class Limited final : public Transport {
  public:
    Limited(Transport& inner, Clock& clock, Duration limit)
        : inner_(inner), clock_(clock), limit_(limit) {}
    Task<HttpResponse> send(HttpRequest request) override {
        if (request.each) {
            return inner_.send(std::move(request));
        }
        return sandbox::within(clock_, limit_, inner_.send(std::move(request)));
    }

  private:
    Transport& inner_;
    Clock& clock_;
    Duration limit_;
};

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
    store::MemoryDisk& disk,
    fleet::Settings settings,
    const ScriptedEnvFiles::Files& env_files,
    Oracle* oracle,
    Witness& witness)
    : sim_(sim),
      witness_(witness),
      store_(disk),
      transport_(world.network),
      overheard_(
          oracle == nullptr
              ? nullptr
              : std::make_unique<Overheard>(transport_, *oracle, next_incarnation(), &witness)),
      env_files_(env_files) {
    credentials_.set("env:SANDBOX_PORTAINER", sandbox::secrets::kPortainerKey);
    credentials_.set("env:SANDBOX_KEYCLOAK", sandbox::secrets::kKeycloakSecret);
    credentials_.set("env:SANDBOX_OPENBAO", sandbox::secrets::kBaoToken);
    credentials_.set("env:SANDBOX_EUNOMIA", sandbox::secrets::kEunomiaKey);
    credentials_.set("env:SANDBOX_GRAFANA", sandbox::secrets::kGrafanaToken);
    credentials_.set("env:SANDBOX_GIT", sandbox::secrets::kGitToken);
    fleet::Outside outside{
        sim.clock,
        source,
        store_,
        credentials_,
        env_files_,
        parsing_,
        [this](const FleetSpec& fleet) { return connect(fleet); },
        {},
        &random_};
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
    Transport& wire = overheard_ == nullptr ? transport_ : *overheard_;
    const auto limited = [&](Duration limit) -> Transport& {
        made->transports.push_back(std::make_unique<Limited>(wire, sim_.clock, limit));
        return *made->transports.back();
    };
    auto& quick = limited(std::chrono::seconds(10));
    auto& slow = limited(std::chrono::seconds(30));
    made->stacks = std::make_unique<WatchedStacks>(
        std::make_unique<portainer::Client>(slow, credentials_, sim_.clock, fleet.portainer),
        witness_);
    if (fleet.stack_repo) {
        made->repositories = std::make_unique<WatchedRepositories>(
            std::make_unique<sandbox::SimulatedRepositories>(slow, credentials_, *fleet.stack_repo),
            witness_);
    }
    made->identity = std::make_unique<WatchedIdentity>(
        std::make_unique<keycloak::Client>(quick, credentials_, sim_.clock, fleet.keycloak),
        witness_);
    made->vault = std::make_unique<WatchedVault>(
        std::make_unique<openbao::Client>(quick, credentials_, sim_.clock, fleet.openbao),
        witness_);
    made->policies = std::make_unique<WatchedPolicies>(
        std::make_unique<eunomia::Client>(quick, credentials_, sim_.clock, fleet.eunomia),
        witness_);
    made->mcp = std::make_unique<mcp::Client>(slow, &sim_.clock);
    if (fleet.grafana) {
        made->annotations = std::make_unique<WatchedAnnotations>(
            std::make_unique<grafana::Client>(quick, credentials_, sim_.clock, *fleet.grafana),
            witness_);
    }
    return made;
}

Rig::Rig(sandbox::WorldPlan world_plan, sandbox::DesiredPlan desired, fleet::Settings settings)
    : world(sim.executor(), sim.clock, std::move(world_plan)),
      oracle(world, sim.clock, expectation_of(desired)),
      settings_(settings) {
    log::divert([this](log::Level /*level*/, std::string_view line) {
        log_lines.emplace_back(line);
        oracle.hear("a log line", line);
    });
    source.handed_out = [this](const std::string& id) {
        // The same documents under another commit are the same rollout.
        if (id != handed_out_ && files_[id] != files_[handed_out_]) {
            oracle.expect(expectation_at(id));
        }
        handed_out_ = id;
    };
    sim.advance(std::chrono::seconds(5));
    commit(desired);
    start();
}

Rig::~Rig() {
    log::divert(nullptr);
}

void Rig::commit(const sandbox::DesiredPlan& desired) {
    commit(sandbox::desired_files(world.plan(), desired), desired);
}

void Rig::commit(std::map<std::string, std::string> files, const sandbox::DesiredPlan& desired) {
    const auto id = source.commit(files);
    files_[id] = std::move(files);
    plans_[id] = desired;
}

void Rig::start() {
    operator_.reset();
    operator_ = std::make_unique<Operator>(
        sim, world, source, disk, settings_, env_files, overheard ? &oracle : nullptr, witness);
}

void Rig::lose_store() {
    kill();
    disk = store::MemoryDisk();
    oracle.store_lost();
    start();
}

void Rig::fill_disk(bool full) {
    disk.full = full;
    oracle.store_takes_commits(!full);
}

void Rig::by_hand(const std::function<void(sandbox::World&)>& act) {
    oracle.look();
    act(world);
    oracle.look();
    oracle.hand();
}

void Rig::judge_end() {
    overhear_documents(true);
    oracle.judge_end(sim);
}

/// What `/status`, `/api/v1/plan`, events, metrics and the store would show.
void Rig::overhear_documents(bool all) {
    const auto now = view();
    if (now == last_view_) {
        return;
    }
    last_view_ = now;
    constexpr std::size_t now_and_then = 64;
    if (!all && ++views_ % now_and_then != 0) {
        return;
    }
    oracle.hear("the status", boost::json::serialize(status::status_document(*now)));
    oracle.hear("the plan", boost::json::serialize(status::plan_document(*now)));
    oracle.hear("the events", boost::json::serialize(status::events_list(*now)));
    oracle.hear("the metrics", status::metrics_text(*now, status::Counters()));
    oracle.hear("the store", store::encode(disk.kept.record));
    for (const auto& evidence : disk.kept.ledger.evidence) {
        oracle.hear("the store", store::encode(evidence));
    }
    for (const auto& intent : disk.kept.ledger.intents) {
        oracle.hear("the store", store::encode(intent));
    }
}

bool Rig::until(const std::function<bool()>& done, Duration limit) {
    return sim.run_until(
        [&] {
            oracle.look();
            overhear_documents(false);
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
    // Nobody waits for anything while the operator is away and the World is at rest.
    if (const auto now = sim.clock.now().mono; now < end) {
        sim.advance(end - now);
    }
}

std::shared_ptr<const status::View> Rig::view() const {
    return operator_ == nullptr ? std::make_shared<const status::View>()
                                : operator_->controller().view();
}

Phase Rig::phase(const std::string& service) const {
    const auto now = view();
    const auto* member = now->record.member(service);
    return member == nullptr ? Phase::Held : member->phase();
}

Hold Rig::hold_of(const std::string& service) const {
    return view()->hold("Service/" + service);
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
        to_string(now->record.multiplexer().stage()),
        now->hold("Multiplexer/mcp-multiplexer").message);
    for (const auto& diagnostic : now->source.found) {
        text += "  " + to_text(diagnostic) + "\n";
    }
    for (const auto& member : now->record.members()) {
        const auto held = now->hold("Service/" + member.service);
        text += fmt::format(
            "  {} {} {}: {}\n",
            member.service,
            to_string(member.phase()),
            to_string(held.reason),
            held.message);
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

namespace {

/// What stands between `open` and `close`, split at commas; empty when `open` is not there.
std::vector<std::string> items_in(const std::string& text, const std::string& open, char close) {
    const auto start = text.find(open);
    if (start == std::string::npos) {
        return {};
    }
    const auto from = start + open.size();
    std::istringstream in(text.substr(from, text.find(close, from) - from));
    std::vector<std::string> items;
    for (std::string item; std::getline(in, item, ',');) {
        items.push_back(item.substr(item.find_first_not_of(' ')));
    }
    return items;
}

/// The keys of "env: { KEY: value, … }".
void declare_env(const std::string& extra, std::set<std::string>& keys) {
    for (const auto& item : items_in(extra, "env: {", '}')) {
        keys.insert(item.substr(0, item.find(':')));
    }
}

/// The keys that "envFrom: [ { file: NAME, exclude: [ … ] } ]" brings.
void declare_env_files(
    const std::string& extra,
    const ScriptedEnvFiles::Files& files,
    std::set<std::string>& keys) {
    const auto excluded = items_in(extra, "exclude: [", ']');
    for (const auto& [name, values] : files) {
        if (extra.find("file: " + name) == std::string::npos) {
            continue;
        }
        for (const auto& [key, value] : values) {
            if (std::find(excluded.begin(), excluded.end(), key) == excluded.end()) {
                keys.insert(key);
            }
        }
    }
}

}  // namespace

Expectation Rig::expectation_at(const std::string& revision) const {
    const auto& plan = plans_.at(revision);
    auto expected = expectation_of(plan);
    for (const auto& [service, wish] : plan.services) {
        declare_env_files(wish.extra, env_files, expected.declared_env);
    }
    return expected;
}

Expectation expectation_of(const sandbox::DesiredPlan& plan) {
    Expectation expected;
    for (const auto& wave : plan.waves) {
        expected.waves.push_back(wave.name);
        expected.soak[wave.name] = parse_duration(wave.soak).value_or(Duration(0));
        expected.max_in_flight[wave.name] = wave.max_in_flight;
    }
    for (const auto& [service, wish] : plan.services) {
        (wish.auth == "jwt" ? expected.wave_of : expected.open)[service] = wish.wave;
        declare_env(wish.extra, expected.declared_env);
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
