#include "tests/sim/seed_fleet.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>

namespace wavegate::testing {

sandbox::WorldPlan random_world(Dice& dice) {
    sandbox::WorldPlan plan;
    plan.dynamic_multiplexer = dice.chance(30);
    plan.principal = dice.chance(30) ? PrincipalSource::Jwt : PrincipalSource::Header;
    const int count = 3 + dice.pick(7);
    for (int i = 0; i < count; ++i) {
        sandbox::ServicePlan service;
        service.name = fmt::format("{}-mcp", std::string(1, static_cast<char>('a' + i)));
        service.git = dice.chance(30);
        service.block = !service.git && dice.chance(40) ? sandbox::BlockForm::Literal
                                                        : sandbox::BlockForm::PassThrough;
        service.jwt = dice.chance(15);
        if (dice.chance(20)) {
            service.generation = sandbox::Generation::Sdk;  // it refuses to start open
            service.jwt = true;
        }
        service.env.emplace_back("UPSTREAM_KEY", fmt::format("upstream-{:016x}", dice.number()));
        plan.services.push_back(std::move(service));
    }
    if (dice.chance(30)) {
        plan.services.back().name = "portainer-mcp";
    }
    return plan;
}

bool is_closed(const sandbox::ServicePlan& service) {
    return service.generation == sandbox::Generation::Sdk;
}

std::string modes_of(const sandbox::ServicePlan& service) {
    return is_closed(service) ? "  modes: [ jwt ]\n" : "";
}

sandbox::DesiredPlan random_desired(Dice& dice, const sandbox::WorldPlan& world) {
    sandbox::DesiredPlan plan;
    plan.grafana = dice.chance(50);
    plan.principal_from = world.principal == PrincipalSource::Jwt ? "jwt" : "header";
    const int waves = 1 + dice.pick(3);
    for (int i = 0; i < waves; ++i) {
        sandbox::WavePlan wave;
        wave.name = fmt::format("wave-{}", i);
        wave.max_in_flight = 1 + dice.pick(3);
        plan.waves.push_back(std::move(wave));
    }
    for (const auto& service : world.services) {
        sandbox::Wish wish;
        wish.auth = dice.chance(80) || is_closed(service) ? "jwt" : "none";
        wish.extra = modes_of(service);
        const bool last = service.name == "portainer-mcp";
        wish.wave = last ? plan.waves.back().name : dice.one_of(plan.waves).name;
        plan.services[service.name] = std::move(wish);
    }
    return plan;
}

}  // namespace wavegate::testing
