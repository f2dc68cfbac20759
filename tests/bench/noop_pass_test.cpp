#include "tests/sim/rig.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>

namespace wavegate::testing {
namespace {

struct Figures {
    std::size_t services = 0;
    std::uint64_t passes = 0;
    double requests = 0;  ///< of one pass
    std::size_t writes = 0;
    double cpu_us = 0;  ///< of one pass and service, doubles and operator together
};

std::size_t all_writes(const Rig& rig) {
    return rig.world.portainer.writes().size() + rig.world.keycloak.writes().size() +
           rig.world.openbao.writes().size() + rig.world.eunomia.writes().size();
}

/// A converged fleet, watched for ten minutes of virtual time.
Figures measure(std::size_t count) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < count; ++i) {
        names.push_back(fmt::format("service{}-mcp", i));
    }
    Rig rig(small_world(names), one_wave(names, "none"));
    EXPECT_TRUE(rig.until_standing("Converged", std::chrono::hours(1))) << rig.story();
    rig.pass_time(std::chrono::minutes(1));
    const auto passes = rig.view()->passes;
    const auto requests = rig.world.network.count();
    const auto writes = all_writes(rig);
    const auto started = std::chrono::steady_clock::now();
    rig.sim.advance(std::chrono::minutes(10));
    const std::chrono::duration<double, std::micro> took =
        std::chrono::steady_clock::now() - started;

    Figures figures;
    figures.services = count;
    figures.passes = rig.view()->passes - passes;
    figures.requests = static_cast<double>(rig.world.network.count() - requests) /
                       static_cast<double>(figures.passes);
    figures.writes = all_writes(rig) - writes;
    figures.cpu_us =
        took.count() / static_cast<double>(figures.passes) / static_cast<double>(count);
    std::puts(fmt::format(
                  "noop_pass services={} passes={} requests={:.2f} writes={} us_per_service={:.1f}",
                  figures.services,
                  figures.passes,
                  figures.requests,
                  figures.writes,
                  figures.cpu_us)
                  .c_str());
    return figures;
}

TEST(NoopPass, CostsTheSameHandfulOfRequestsWhateverTheFleetsSize) {
    const auto small = measure(60);
    const auto large = measure(600);
    // Minting the operator's own token now and then is the fraction above the whole number.
    EXPECT_LE(small.requests, 8);
    EXPECT_LE(large.requests, 8);
    EXPECT_NEAR(small.requests, large.requests, 0.5);
    EXPECT_EQ(small.writes + large.writes, 0U);
}

}  // namespace
}  // namespace wavegate::testing
