// What a whole rollout asks of the systems and of the machine (design §13).
#include "tests/bench/meter.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;

struct RolloutCost {
    std::size_t requests = 0;
    double cpu_us = 0;
    Duration took{0};
};

std::vector<std::string> numbered(std::size_t count) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < count; ++i) {
        names.push_back(fmt::format("s{:04}-mcp", i));
    }
    return names;
}

/// Waves of these sizes, in the order of the names.
sandbox::DesiredPlan in_waves(
    const std::vector<std::string>& names,
    const std::vector<std::size_t>& sizes,
    const sandbox::WavePlan& like) {
    sandbox::DesiredPlan plan;
    plan.token_lifespan = "1m";
    plan.short_soak = true;
    // The watch as seldom as may be: it has a budget of its own.
    plan.fleet_extra = "  watch: { every: 1h }\n";
    std::size_t next = 0;
    for (const auto size : sizes) {
        auto wave = like;
        wave.name = fmt::format("wave-{}", plan.waves.size());
        plan.waves.push_back(wave);
        for (std::size_t i = 0; i < size; ++i) {
            plan.services[names.at(next++)].wave = wave.name;
        }
    }
    return plan;
}

/// All of it from the first look until everything has converged.
RolloutCost whole_rollout(const std::vector<std::string>& names, const sandbox::DesiredPlan& plan) {
    Rig rig(small_world(names), plan);
    rig.kill();
    rig.overheard = false;
    const Meter meter(rig);
    const auto began = rig.sim.clock.now().mono;
    rig.start();
    const auto done = [&] { return rig.view()->standing == "Converged"; };
    EXPECT_TRUE(rig.sim.run_until(done, 48h)) << rig.story().substr(0, 3000);
    RolloutCost cost;
    const auto& seen = rig.world.network.seen();
    cost.requests = rig.running().sent() -
                    static_cast<std::size_t>(std::count_if(seen.begin(), seen.end(), is_of_lock));
    cost.cpu_us = meter.microseconds();
    cost.took = rig.sim.clock.now().mono - began;
    return cost;
}

void tell(const char* what, std::size_t services, const RolloutCost& cost) {
    const auto count = static_cast<double>(services);
    std::puts(fmt::format(
                  "{} services={} requests={} requests_per_service={:.1f} ms_per_service={:.2f} "
                  "minutes={:.1f}",
                  what,
                  services,
                  cost.requests,
                  static_cast<double>(cost.requests) / count,
                  cost.cpu_us / 1e3 / count,
                  std::chrono::duration<double>(cost.took).count() / 60)
                  .c_str());
}

/// As the real fleet's first eight: waves of three, two and three, each with a soak.
TEST(RolloutCost, OfEightServicesInThreeWavesIsWithinItsRequests) {
    sandbox::WavePlan wave;
    wave.soak = "75s";
    const auto names = numbered(8);
    const auto cost = whole_rollout(names, in_waves(names, {3, 2, 3}, wave));
    tell("rollout_of_eight", names.size(), cost);
    EXPECT_LE(cost.requests, 400U);
}

TEST(RolloutCost, WithoutASoakGrowsWithItsServicesAlone) {
    sandbox::WavePlan wave;
    wave.soak = "0s";
    wave.max_in_flight = 4;
    const auto cost_of = [&](std::size_t count) {
        const auto names = numbered(count);
        const auto cost = whole_rollout(names, in_waves(names, {count}, wave));
        tell("rollout", count, cost);
        return cost;
    };
    const auto small = cost_of(60);
    const auto large = cost_of(120);
    // 22 of them are its own probes and what its write re-reads.
    EXPECT_LE(small.requests, 60U * 25);
    EXPECT_LE(large.requests, 120U * 25) << "a larger fleet asks for no more of each";
    EXPECT_LE(small.cpu_us, 60 * 15e3);
    // The budget's ratio is 1.2. As many flips at once as before are twice as many passes, and each
    // of them is told of every service.
    EXPECT_LE(large.cpu_us / 120, 3 * small.cpu_us / 60);
}

}  // namespace
}  // namespace wavegate::testing
