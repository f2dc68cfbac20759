// What looking costs the systems, and how soon another's hand is seen.
#include "tests/sim/rig.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <map>
#include <optional>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

/// How often one of Swarm's lists was asked for as a whole.
std::size_t whole_lists(const Rig& rig, std::string_view list) {
    const auto& seen = rig.world.network.seen();
    return static_cast<std::size_t>(
        std::count_if(seen.begin(), seen.end(), [&](const sandbox::SeenRequest& request) {
            return request.path.ends_with(list) && !request.filtered;
        }));
}

TEST(Looking, ReadsAllOfSwarmOnceAPassAndBeforeAWriteWhatTheWriteReaches) {
    Rig rig(small_world(kTwo), one_wave(kTwo, "jwt"));
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    ASSERT_GE(rig.world.portainer.writes().size(), 3U);
    const auto passes = rig.view()->passes;
    EXPECT_LE(whole_lists(rig, "/docker/services"), passes);
    EXPECT_LE(whole_lists(rig, "/docker/tasks"), passes);
    EXPECT_THAT(rig.oracle.violations(), IsEmpty()) << rig.story();
}

constexpr auto* kEvents = "/api/endpoints/1/docker/events";

/// Swarm alone is changed, as `docker service update` does it.
void change_in_swarm(Rig& rig) {
    rig.by_hand([](sandbox::World& world) {
        auto& swarm = world.portainer.swarm();
        const auto service = swarm.find(sandbox::swarm_name("a-mcp"));
        auto spec = service->spec;
        spec["TaskTemplate"].as_object()["ForceUpdate"] = 41;
        ASSERT_FALSE(swarm.update(service->id, service->version, std::move(spec)));
    });
}

bool shows_change(const Rig& rig) {
    const auto view = rig.view();
    const auto* service =
        view->observed == nullptr ? nullptr : view->observed->running("a-mcp", "a-mcp");
    return service != nullptr && service->force_update == 41;
}

/// Until another's change in Swarm is seen; of a fleet at rest.
std::optional<Duration> time_to_see(Rig& rig) {
    change_in_swarm(rig);
    const auto from = rig.sim.clock.now().mono;
    const bool seen = rig.until([&] { return shows_change(rig); }, 5min);
    const auto took = rig.sim.clock.now().mono - from;
    std::puts(fmt::format("foreign_edit_to_seen milliseconds={}", took.count()).c_str());
    return seen ? std::optional(took) : std::nullopt;
}

void spoil_events(Rig& rig, sandbox::Fault fault, HttpResponse answer = {}, Duration before = {}) {
    sandbox::FaultRule rule;
    rule.fault = fault;
    rule.path_prefix = kEvents;
    rule.answer = std::move(answer);
    rule.before = before;
    rig.world.network.inject(rule);
    rig.world.portainer.cut_events();
}

TEST(Looking, SeesAnothersChangeInSwarmWithinASecond) {
    Rig rig(small_world(kTwo), one_wave(kTwo, "jwt"));
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    // Where the passes at rest stand by then is chance: five moments of it.
    for (const auto pause : {7s, 61s, 133s, 217s, 305s}) {
        rig.pass_time(pause);
        rig.by_hand([](sandbox::World& world) {
            auto& swarm = world.portainer.swarm();
            const auto service = swarm.find(sandbox::swarm_name("a-mcp"));
            auto spec = service->spec;
            spec["TaskTemplate"].as_object()["ForceUpdate"] = 0;
            ASSERT_FALSE(swarm.update(service->id, service->version, std::move(spec)));
        });
        rig.pass_time(40s);
        const auto took = time_to_see(rig);
        ASSERT_TRUE(took) << rig.story();
        EXPECT_LE(*took, Duration(1s)) << pause.count();
    }
    EXPECT_EQ(rig.world.portainer.event_streams(), 1U);
}

TEST(Looking, WhenAPersonAsksForItReadsEverySystemAnew) {
    Rig rig(small_world(kTwo), one_wave(kTwo, "jwt"));
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    for (const auto pause : {0ms, 700ms, 2'100ms, 5'300ms}) {
        rig.pass_time(30min + pause);  // a policy that does not stay is written more rarely
        rig.by_hand([](sandbox::World& world) { world.eunomia.wipe(); });
        const auto asked = rig.running().controller().look_now();
        const auto from = rig.sim.clock.now().mono;
        ASSERT_TRUE(rig.until([&] { return rig.view()->answered >= asked; }, 5min));
        EXPECT_FALSE(rig.world.eunomia.policies().empty())
            << (rig.sim.clock.now().mono - from).count() << " ms later\n"
            << rig.story();
    }
}

/// Spoiled in each way, a rollout ends as it does with the stream, and a change is seen later.
class WithoutEvents : public ::testing::TestWithParam<int> {};

TEST_P(WithoutEvents, NothingElseChanges) {
    Rig rig(small_world(kTwo), one_wave(kTwo, "jwt"));
    switch (GetParam()) {
        case 0:
            spoil_events(rig, sandbox::Fault::Answer, HttpResponse(404, "{}"));
            break;
        case 1:
            spoil_events(rig, sandbox::Fault::Answer, HttpResponse(200, "<html>\n<body>\n"));
            break;
        case 2:
            spoil_events(
                rig, sandbox::Fault::Answer, HttpResponse(200, std::string(1U << 20U, 'x')));
            break;
        case 3:
            spoil_events(rig, sandbox::Fault::Delay, {}, 24h);
            break;
        default:
            spoil_events(rig, sandbox::Fault::LoseReply);
            break;
    }
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    EXPECT_EQ(rig.auth("a-mcp"), "jwt");
    EXPECT_EQ(rig.auth("b-mcp"), "jwt");
    EXPECT_LE(rig.world.network.count("GET", "portainer.arpa", kEvents), 40U)
        << "asked for in moderation";
    rig.pass_time(1min);
    rig.world.portainer.cut_events();
    const auto took = time_to_see(rig);
    ASSERT_TRUE(took) << rig.story();
    EXPECT_LE(*took, Duration(35s));
    EXPECT_THAT(rig.oracle.violations(), IsEmpty()) << rig.story();
}

INSTANTIATE_TEST_SUITE_P(Spoiled, WithoutEvents, ::testing::Range(0, 5));

TEST(Looking, AnOpenStreamHoldsUpNoStop) {
    Rig rig(small_world(kTwo), one_wave(kTwo, "jwt"));
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    ASSERT_EQ(rig.world.portainer.event_streams(), 1U);
    const auto from = rig.sim.clock.now().mono;
    rig.running().controller().stop();
    ASSERT_TRUE(rig.sim.run_until([&] { return rig.running().ended(); }, 1min));
    EXPECT_LE(rig.sim.clock.now().mono - from, Duration(2s));
}

TEST(Looking, ItsOwnChangesBringNoStormOfPasses) {
    std::map<bool, std::uint64_t> passes;
    for (const bool heard : {false, true}) {
        Rig rig(small_world(kTwo), one_wave(kTwo, "jwt"));
        if (!heard) {
            spoil_events(rig, sandbox::Fault::Answer, HttpResponse(404, "{}"));
        }
        ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
        passes[heard] = rig.view()->passes;
        const auto streams = rig.world.network.count("GET", "portainer.arpa", kEvents);
        EXPECT_LE(streams, 5U);
        std::puts(fmt::format(
                      "rollout events={} services=2 passes={} requests={} streams={}",
                      heard,
                      passes[heard],
                      rig.oracle.requests(),
                      streams)
                      .c_str());
    }
    EXPECT_LE(passes[true], passes[false] + passes[false] / 20);
}

}  // namespace
}  // namespace wavegate::testing
