#include "tests/sim/oracle.hpp"

#include "tests/sim/oracle_facts.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace wavegate::testing {

using facts::is_jwt;
using facts::kMultiplexer;
using facts::value_of;

Oracle::Oracle(sandbox::World& world, const Clock& clock, Expectation expected)
    : world_(world),
      clock_(clock),
      expected_(std::move(expected)),
      rollout_began_(clock.now().mono) {
    for (const auto& service : world_.plan().services) {
        look_at(service);
        seen_[service.name].by_us = false;
        seen_[service.name].brought = false;
        seen_[service.name].moved = Mono{};
    }
    flips_.clear();
    rollout_flips_.clear();
    violations_.clear();
    for (const auto& [id, record] : world_.portainer.stacks()) {
        stacks_[record.name] = stack_of(record);
    }
    stack_writes_ = world_.portainer.writes().size();
    take_stock();
}

void Oracle::expect(Expectation expected) {
    for (auto& [service, seen] : seen_) {
        const bool was = expected_.wave_of.contains(service);
        if (was != expected.wave_of.contains(service)) {
            seen.accepted = seen.by_hand = false;
            seen.turned.push_back(clock_.now().mono);
        }
    }
    former_ = std::exchange(expected_, std::move(expected)).wave_of;
    rollout_flips_.clear();
    rollout_began_ = clock_.now().mono;
}

void Oracle::look() {
    listen_to_answers();
    look_at_lock();
    for (const auto& service : world_.plan().services) {
        look_at(service);
    }
    judge_multiplexer();
    judge_stacks();
    judge_writes();
    // What other hands do is only looked at now and then: it is not judged.
    if (clock_.now().mono - stock_at_ > std::chrono::seconds(5)) {
        judge_consumers(false);
        take_stock();
    }
}

void Oracle::listen_to_answers() {
    if (answers_ == world_.programs.answers()) {
        return;
    }
    answers_ = world_.programs.answers();
    for (const auto& [child, answer] : world_.programs.last_answers()) {
        auto& good = seen_[child].good;
        good = answer.denied ? good : std::max(good, answer.asked);
    }
}

void Oracle::look_at(const sandbox::ServicePlan& service) {
    auto& seen = seen_[service.name];
    const auto running = world_.portainer.swarm().find(sandbox::swarm_name(service.name));
    if (!running || running->version == seen.version) {
        return;
    }
    seen.version = running->version;
    const auto now = clock_.now().mono;
    // An accepted update that changes nothing of its tasks (an Env entry that no file names, say)
    // restarts nothing.
    if (auto runs_as = boost::json::serialize(*running->task_spec); seen.runs_as != runs_as) {
        seen.runs_as = std::move(runs_as);
        seen.changed = now;
    }
    const auto env = world_.live_env(service.name);
    const auto& keys = service.keys;
    seen.asks_policy = value_of(env, keys.policy) == keys.policy_on;
    const bool jwt = is_jwt(env, keys);
    if (jwt == seen.jwt) {
        return;
    }
    const auto before = seen;
    seen.jwt = jwt;
    seen.by_us = ours(service.name);
    seen.brought = seen.by_us;
    seen.moved = now;
    const bool wanted = expected_.wave_of.contains(service.name);
    seen.by_hand = !seen.by_us && jwt != wanted;
    seen.taken_back = seen.by_us && wanted && !jwt;
    seen.accepted = seen.accepted && !jwt;
    // What went back is no canary any more; flipped again, it comes after those flipped since.
    std::erase(rollout_flips_, service.name);
    if (!seen.by_us) {
        return;
    }
    if (jwt) {
        judge_flip(service.name);
        flips_.push_back(service.name);
        rollout_flips_.push_back(service.name);
        return;
    }
    if (refuses_open(service.name)) {
        violation(5, service.name + " is stranded: it refuses to start open");
    }
    judge_way_back(service.name, before);
    if (expected_.open.contains(service.name)) {
        judge_slots(service.name);
    }
}

/// Was the newest write on this stack the operator's?
bool Oracle::ours(const std::string& stack) const {
    const auto& writes = world_.portainer.writes();
    const auto newest = std::find_if(
        writes.rbegin(), writes.rend(), [&](const auto& write) { return write.stack == stack; });
    return newest != writes.rend() && !newest->by_hand;
}

void Oracle::judge_flip(const std::string& service) {
    if (!expected_.wave_of.contains(service)) {
        if (!former_.contains(service) || is_taken_up(service)) {
            violation(1, service + " was flipped and nobody asked for it");
        }
        return;
    }
    judge_gates(service);
    judge_freeze(service);
    judge_order(service);
    judge_canary(service);
    judge_slots(service);
    if (store_down_ && facts::at_or(stack_sent_, service, clock_.now().mono) > *store_down_) {
        violation(10, service + " was flipped while the store took no commits");
    }
}

void Oracle::judge_multiplexer() {
    const auto running = world_.portainer.swarm().find(sandbox::swarm_name(kMultiplexer));
    if (!running || running->version == multiplexer_version_) {
        return;
    }
    multiplexer_version_ = running->version;
    if (is_jwt(world_.live_env(kMultiplexer))) {
        violation(2, "the multiplexer runs enforcing");
    }
    const bool by_us = ours(kMultiplexer);
    if (by_us) {
        judge_needs();
    }
    judge_consumers(by_us);
}

void Oracle::store_lost() {
    for (auto& [service, seen] : seen_) {
        seen.by_us = false;
    }
    rollout_flips_.clear();
    rollout_began_ = clock_.now().mono;
    frozen_.reset();  // a person's word stood there
    aborted_.reset();
}

void Oracle::store_takes_commits(bool takes) {
    store_down_.reset();
    if (!takes) {
        store_down_ = clock_.now().mono;
    }
}

void Oracle::violation(int invariant, const std::string& what) {
    auto text = fmt::format("invariant {}: {}", invariant, what);
    if (std::find(violations_.begin(), violations_.end(), text) == violations_.end()) {
        violations_.push_back(std::move(text));
    }
}

bool Oracle::reported(int invariant) const {
    const auto start = fmt::format("invariant {}:", invariant);
    return std::any_of(violations_.begin(), violations_.end(), [&](const std::string& text) {
        return text.starts_with(start);
    });
}

}  // namespace wavegate::testing
