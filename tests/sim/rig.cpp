#include "tests/sim/rig.hpp"

#include "operator/base/log.hpp"
#include "operator/status/document.hpp"
#include "operator/status/metrics.hpp"
#include "operator/store/codec.hpp"
#include "tests/sim/oracle_facts.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace wavegate::testing {

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
        sim,
        world,
        source,
        disk,
        settings_,
        env_files,
        overheard ? &oracle : nullptr,
        witness,
        doom);
}

void Rig::store_in(const std::string& folder) {
    kill();
    disk = Disk();
    disk.file = folder + "/store.db";
    start();
}

void Rig::lose_store() {
    kill();
    const auto lost = disk.identity;
    disk = Disk();
    disk.identity = lost + ", and another one";
    oracle.store_lost();
    start();
}

int Rig::lose_leader() {
    sandbox::FaultRule rule;
    rule.fault = sandbox::Fault::Answer;
    rule.authority = "portainer.arpa";
    rule.path_prefix = "/api/endpoints/1/docker/configs";
    rule.answer = HttpResponse(
        500, R"({"message":"rpc error: code = Unknown desc = The swarm does not have a leader."})");
    return world.network.inject(rule);
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
    const auto end = sim.clock.now().mono + limit;
    const auto step = [&] {
        oracle.look();
        overhear_documents(false);
        return doom.has_struck() || done();
    };
    bool over = sim.run_until(step, limit);
    while (doom.has_struck()) {
        be_struck();
        over = sim.run_until(step, std::max(end - sim.clock.now().mono, Duration(0)));
    }
    return over;
}

void Rig::be_struck() {
    constexpr auto away = std::chrono::seconds(3);
    kill();
    doom.bury();
    pass_time(away);
    start();
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
    const auto type = env.find(facts::keys_of(world, service).mode);
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
        declare_env_files(wish.extra, env_files, expected.env_of[service]);
        expected.declared_env.insert(
            expected.env_of[service].begin(), expected.env_of[service].end());
    }
    return expected;
}

Expectation expectation_of(const sandbox::DesiredPlan& plan) {
    Expectation expected;
    expected.adopts_client = plan.adopt_client;
    expected.commits = plan.stack_repo;
    expected.frozen_until = parse_rfc3339(plan.freeze_until);
    for (const auto& wave : plan.waves) {
        expected.waves.push_back(wave.name);
        expected.soak[wave.name] = parse_duration(wave.soak).value_or(Duration(0));
        expected.max_in_flight[wave.name] = wave.max_in_flight;
        if (wave.extra.find("onBrokenBaseline: skip") != std::string::npos) {
            expected.skipping.insert(wave.name);
        }
    }
    for (const auto& [service, wish] : plan.services) {
        (wish.auth == "jwt" ? expected.wave_of : expected.open)[service] = wish.wave;
        declare_env(wish.extra, expected.env_of[service]);
        expected.declared_env.insert(
            expected.env_of[service].begin(), expected.env_of[service].end());
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
