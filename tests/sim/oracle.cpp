#include "tests/sim/oracle.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wavegate::testing {
namespace {

constexpr const char* kMultiplexer = "mcp-multiplexer";

bool is_jwt(const std::map<std::string, std::string>& env) {
    const auto type = env.find("AUTH_TYPE");
    return type != env.end() && type->second == "jwt";
}

std::string value_of(const std::map<std::string, std::string>& env, const std::string& key) {
    const auto at = env.find(key);
    return at == env.end() ? std::string() : at->second;
}

sandbox::pdp::Question question(const std::string& principal, const std::string& tool) {
    return sandbox::pdp::tool_question(principal, tool, "execute");
}

}  // namespace

Oracle::Oracle(sandbox::World& world, const Clock& clock, Expectation expected)
    : world_(world), clock_(clock), expected_(std::move(expected)) {
    for (const auto& service : world_.plan().services) {
        seen_[service.name].jwt = is_jwt(world_.live_env(service.name));
        seen_[service.name].started_as_jwt = seen_[service.name].jwt;
        if (const auto* stack = world_.portainer.stack(service.name)) {
            first_env_[service.name] = stack->env.value_or(sandbox::EnvList());
        }
    }
}

void Oracle::look() {
    for (const auto& service : world_.plan().services) {
        auto& seen = seen_[service.name];
        const bool jwt = is_jwt(world_.live_env(service.name));
        if (jwt && !seen.jwt) {
            judge_flip(service.name);
            seen.flipped = clock_.now().mono;
            seen.by_us = true;
            flips_.push_back(service.name);
        }
        seen.jwt = jwt;
    }
    if (is_jwt(world_.live_env(kMultiplexer))) {
        violation(2, "the multiplexer runs enforcing");
    }
    judge_foreign_things();
}

void Oracle::judge_flip(const std::string& service) {
    judge_shared_parts(service);
    judge_order(service);
    judge_slots(service);
}

void Oracle::judge_shared_parts(const std::string& service) {
    const auto* client = world_.keycloak.client(kMultiplexer);
    if (client == nullptr || client->secret().empty()) {
        violation(1, service + " was flipped and the multiplexer's client is not there");
        return;
    }
    const auto env = world_.portainer.spec_env(sandbox::swarm_name(kMultiplexer));
    if (value_of(env, "OIDC_CLIENT_SECRET") != client->secret()) {
        violation(1, service + " was flipped and the multiplexer does not hold the secret");
    }
    const auto mappers = client->mappers();
    if (mappers.empty()) {
        violation(1, service + " was flipped and the client maps no audience");
    }
    const auto tool = service + "_tool";
    if (!world_.eunomia.decide(question("agent:mcp-multiplexer", tool)).allowed) {
        violation(1, service + " was flipped and the policy denies the multiplexer");
    }
    for (const auto* principal : {"agent:unknown", "agent:oracle-stranger"}) {
        if (world_.eunomia.decide(question(principal, tool)).allowed) {
            violation(
                1, fmt::format("{} was flipped and the policy lets {} in", service, principal));
        }
    }
}

void Oracle::judge_order(const std::string& service) {
    const auto wave = expected_.wave_of.find(service);
    if (wave == expected_.wave_of.end()) {
        violation(1, service + " was flipped and nobody asked for it");
        return;
    }
    const auto rank = [&](const std::string& name) {
        return std::find(expected_.waves.begin(), expected_.waves.end(), name) -
               expected_.waves.begin();
    };
    const auto now = clock_.now().mono;
    for (const auto& [other, its_wave] : expected_.wave_of) {
        const auto& seen = seen_[other];
        const bool before =
            rank(its_wave) < rank(wave->second) && !expected_.excepted.contains(other);
        const bool ready =
            seen.jwt && (!seen.by_us || now - seen.flipped >= expected_.soak[its_wave]);
        if (before && !ready) {
            violation(3, fmt::format("{} was flipped before {} was ready", service, other));
        }
        if (service == "portainer-mcp" && other != service && !ready &&
            !expected_.excepted.contains(other)) {
            violation(2, fmt::format("portainer-mcp was flipped before {}", other));
        }
    }
    if (expected_.canary && flips_.size() == 1) {
        const auto& canary = flips_.front();
        const auto soak = expected_.soak[expected_.wave_of[canary]];
        if (seen_[canary].jwt && now - seen_[canary].flipped < soak) {
            violation(4, fmt::format("{} was flipped while {} was the canary", service, canary));
        }
    }
}

void Oracle::judge_slots(const std::string& service) {
    // A flipped service is surely in motion until its new task runs.
    const auto& wave = expected_.wave_of[service];
    int moving = 1;
    for (const auto& [other, its_wave] : expected_.wave_of) {
        moving += other != service && its_wave == wave && seen_[other].by_us && seen_[other].jwt &&
                          !runs_well(other)
                      ? 1
                      : 0;
    }
    const auto limit = expected_.max_in_flight.find(wave);
    if (limit != expected_.max_in_flight.end() && moving > limit->second) {
        violation(4, fmt::format("{} services of wave {} in motion", moving, wave));
    }
}

bool Oracle::runs_well(const std::string& service) const {
    const auto tasks = world_.portainer.running_tasks(sandbox::swarm_name(service));
    return tasks.size() == 1;
}

void Oracle::judge_foreign_things() {
    for (const auto& [service, first] : first_env_) {
        const auto* stack = world_.portainer.stack(service);
        if (stack == nullptr) {
            violation(8, "the stack of " + service + " is gone");
            continue;
        }
        const auto now = stack->env.value_or(sandbox::EnvList());
        for (const auto& [name, value] : first) {
            const bool owned = name == "AUTH_TYPE" || name == "EUNOMIA_TYPE" ||
                               name == "EUNOMIA_REMOTE_URL" ||
                               name.starts_with("FASTMCP_SERVER_AUTH_JWT_");
            const auto* kept = sandbox::env_value(now, name);
            if (!owned && (kept == nullptr || *kept != value)) {
                violation(8, fmt::format("{} of {} was changed", name, service));
            }
        }
    }
}

void Oracle::violation(int invariant, const std::string& what) {
    auto text = fmt::format("invariant {}: {}", invariant, what);
    if (std::find(violations_.begin(), violations_.end(), text) == violations_.end()) {
        violations_.push_back(std::move(text));
    }
}

}  // namespace wavegate::testing
