#include "operator/model/inputs.hpp"
#include "tests/bench/meter.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace wavegate::testing {
namespace {

struct Figures {
    double requests = 0;  ///< of one pass
    std::size_t writes = 0;
    double cpu_us = 0;  ///< the operator's own, of one pass and service
};

std::size_t all_writes(const Rig& rig) {
    return rig.world.portainer.writes().size() + rig.world.keycloak.writes().size() +
           rig.world.openbao.writes().size() + rig.world.eunomia.writes().size();
}

/// Requests of passes. The lock is renewed beside them; what the watch asks between them (services,
/// the multiplexer, a minted token and its keys, decisions) has a budget of its own, in
/// test_watch.cpp.
std::size_t pass_requests(const Rig& rig) {
    const auto& seen = rig.world.network.seen();
    const auto is_beside = [](const sandbox::SeenRequest& request) {
        const auto ends = [&](std::string_view end) { return request.authority.ends_with(end); };
        return is_of_lock(request) || ends("-mcp.arpa") || ends("multiplexer.arpa") ||
               request.path.find("/protocol/openid-connect/") != std::string::npos ||
               request.path.find("/check") != std::string::npos;
    };
    return seen.size() -
           static_cast<std::size_t>(std::count_if(seen.begin(), seen.end(), is_beside));
}

/// Passes that looked at the systems: one that good answers of the watch woke up may do without.
std::size_t looks(const Rig& rig) {
    const auto& seen = rig.world.network.seen();
    return static_cast<std::size_t>(
        std::count_if(seen.begin(), seen.end(), [](const sandbox::SeenRequest& request) {
            return request.path.find("/docker/services") != std::string::npos;
        }));
}

/// What an operator that probed every service before would have left in the store. Probing them
/// anew is no part of a pass: the multiplexer takes ten requests a second.
void remember_probes(Rig& rig) {
    const auto view = rig.view();
    rig.kill();
    rig.overheard = false;
    rig.disk.kept.record = {};
    for (const auto& service : view->desired->services) {
        for (const auto kind : {CheckKind::Unauthorized, CheckKind::Through}) {
            Evidence evidence;
            evidence.kind = kind;
            evidence.subject = service.name;
            evidence.verdict = Verdict::Pass;
            evidence.inputs = service_inputs(*view->desired, *view->observed, service.name);
            evidence.taken = view->now;
            rig.disk.kept.ledger.evidence.push_back(std::move(evidence));
        }
    }
    rig.start();
}

/// A fleet of which every service runs enforcing, wired and taken over.
std::unique_ptr<Rig> enforcing(std::size_t count) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < count; ++i) {
        names.push_back(fmt::format("service{:04}-mcp", i));
    }
    auto world = small_world(names);
    for (auto& service : world.services) {
        service.jwt = true;
    }
    auto desired = one_wave(names, "jwt");
    // The watch as seldom as may be: a pass is what is measured.
    desired.fleet_extra = "  watch: { every: 1h }\n";
    auto rig = std::make_unique<Rig>(std::move(world), std::move(desired));
    // Not by Rig::until: the oracle's looks grow with the fleet, and are not what is measured.
    const auto wired = [&] { return !rig->world.portainer.writes().empty(); };
    EXPECT_TRUE(rig->sim.run_until(wired, std::chrono::minutes(1))) << rig->story();
    rig->sim.advance(std::chrono::seconds(1));
    remember_probes(*rig);
    const auto converged = [&] { return rig->view()->standing == "Converged"; };
    EXPECT_TRUE(rig->sim.run_until(converged, std::chrono::minutes(5)))
        << rig->story().substr(0, 2000);
    return rig;
}

/// So long of a converged fleet's virtual time.
Figures measure(std::size_t count, std::chrono::minutes time) {
    const auto rig = enforcing(count);
    rig->sim.advance(std::chrono::minutes(1));
    const Meter meter(*rig);
    const auto passes = rig->view()->passes;
    const auto requests = pass_requests(*rig);
    const auto looked = looks(*rig);
    const auto writes = all_writes(*rig);
    rig->sim.advance(time);

    const auto made = static_cast<double>(rig->view()->passes - passes);
    Figures figures;
    figures.requests = static_cast<double>(pass_requests(*rig) - requests) /
                       static_cast<double>(looks(*rig) - looked);
    figures.writes = all_writes(*rig) - writes;
    figures.cpu_us = meter.microseconds() / made / static_cast<double>(count);
    std::puts(fmt::format(
                  "noop_pass services={} passes={} requests={:.2f} writes={} us_per_service={:.1f}",
                  count,
                  made,
                  figures.requests,
                  figures.writes,
                  figures.cpu_us)
                  .c_str());
    return figures;
}

TEST(NoopPass, CostsTheSameHandfulOfRequestsWhateverTheFleetsSize) {
    const auto small = measure(60, std::chrono::minutes(10));
    const auto middle = measure(600, std::chrono::minutes(10));
    // Not the budget's 6,000: with the watch beside it, doubles and commits take minutes for those.
    const auto large = measure(1500, std::chrono::minutes(3));
    for (const auto& figures : {small, middle, large}) {
        // Minting the operator's own token now and then is the fraction above the whole number.
        EXPECT_LE(figures.requests, 8);
        // Fewer where looks come close together: not every system is looked at each time.
        EXPECT_LE(figures.requests, small.requests + 0.5);
        EXPECT_EQ(figures.writes, 0U);
    }
    // The budget is 1.1, and 20 us each; this only tells that nothing grows with the square of the
    // fleet, on however noisy a machine.
    EXPECT_LE(large.cpu_us, 5 * small.cpu_us);
}

/// The budget's largest fleet, or any other: WAVEGATE_BENCH_SERVICES says how many.
TEST(NoopPass, CostsNoMoreRequestsInAFleetOfAnySize) {
    const auto* count = std::getenv("WAVEGATE_BENCH_SERVICES");
    if (count == nullptr) {
        GTEST_SKIP() << "skipped: it takes minutes; WAVEGATE_BENCH_SERVICES=6000 runs it";
    }
    const auto figures = measure(std::stoul(count), std::chrono::minutes(3));
    EXPECT_LE(figures.requests, 8);
    EXPECT_EQ(figures.writes, 0U);
}

}  // namespace
}  // namespace wavegate::testing
