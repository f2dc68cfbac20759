// How long things take, in virtual time: exact, whatever machine it runs on.
#include "tests/sim/rig.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;

double seconds(Duration time) {
    return std::chrono::duration<double>(time).count();
}

Mono now(const Rig& rig) {
    return rig.sim.clock.now().mono;
}

/// Every request is 10 ms on its way, and so is every answer.
void slow_down(Rig& rig) {
    sandbox::FaultRule rule;
    rule.before = 10ms;
    rule.after = 10ms;
    rig.world.network.inject(rule);
}

std::size_t writes(const Rig& rig) {
    return rig.world.portainer.writes().size() + rig.world.keycloak.writes().size() +
           rig.world.openbao.writes().size() + rig.world.eunomia.writes().size();
}

/// Services a-mcp, b-mcp… in waves of four.
sandbox::DesiredPlan waves_of_four(const std::vector<std::string>& names, const std::string& auth) {
    sandbox::DesiredPlan plan;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i % 4 == 0) {
            sandbox::WavePlan wave;
            wave.name = fmt::format("wave-{}", i / 4);
            plan.waves.push_back(wave);
        }
        sandbox::Wish wish;
        wish.auth = auth;
        wish.wave = plan.waves.back().name;
        plan.services[names[i]] = wish;
    }
    return plan;
}

std::vector<std::string> letters(int count) {
    std::vector<std::string> names;
    for (int i = 0; i < count; ++i) {
        names.push_back(fmt::format("{}-mcp", static_cast<char>('a' + i)));
    }
    return names;
}

/// Until the next write of anything; how long that took.
Duration until_next_write(Rig& rig) {
    const auto before = writes(rig);
    const auto began = now(rig);
    EXPECT_TRUE(rig.until([&] { return writes(rig) > before; }, 1h)) << rig.story();
    return now(rig) - began;
}

/// When the service's next deployment ran, seen from when it was written; then Swarm watches for
/// its monitor time before it calls the update completed, and the operator as long again.
Duration converges_in(Rig& rig, const std::string& service) {
    const auto began = now(rig);
    const auto runs = [&] {
        const auto tasks = rig.world.portainer.running_tasks(sandbox::swarm_name(service));
        return tasks.size() == 1 && sandbox::env_of(*tasks.front()->spec)["AUTH_TYPE"] == "jwt";
    };
    EXPECT_TRUE(rig.until(runs, 1h)) << rig.story();
    return now(rig) - began + 5s + 5s;
}

/// Delays that nobody can shorten: the canary and its soak, then in each wave the flips two by two
/// and the soak after the last.
TEST(Pace, ARolloutTakesLittleMoreThanTheDelaysOnItsCriticalPath) {
    const auto names = letters(12);
    Rig rig(small_world(names), waves_of_four(names, "none"));
    slow_down(rig);
    ASSERT_TRUE(rig.until_standing("Converged", 1h)) << rig.story();
    rig.commit(waves_of_four(names, "jwt"));
    rig.running().controller().look_now();
    ASSERT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::Flipping; }, 1h));
    const auto began = now(rig);
    const auto flip = converges_in(rig, "a-mcp");

    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();

    const auto took = now(rig) - began;
    const auto path = flip + 6min + 2 * flip + 6min + 2 * (2 * flip + 6min);
    const auto ratio = seconds(took) / seconds(path);
    std::puts(fmt::format(
                  "rollout services={} seconds={:.1f} path={:.1f} ratio={:.4f}",
                  names.size(),
                  seconds(took),
                  seconds(path),
                  ratio)
                  .c_str());
    EXPECT_LE(ratio, 1.03);
}

TEST(Pace, TheFirstWriteFollowsACommitWithAWebhookWithinASecond) {
    const auto names = letters(4);
    Rig rig(small_world(names), one_wave(names, "none"));
    slow_down(rig);
    ASSERT_TRUE(rig.until_standing("Converged", 1h)) << rig.story();
    rig.pass_time(7s);
    rig.commit(one_wave(names, "jwt"));
    rig.running().controller().look_now();

    const auto took = until_next_write(rig);

    std::puts(fmt::format("commit_to_write seconds={:.3f}", seconds(took)).c_str());
    EXPECT_LE(took, 1s);
}

/// From when a bad answer has been borne for as long as it may be (45 s for a refused token).
TEST(Pace, TheRollbackIsWrittenWithinASecondOfAFailedGate) {
    const auto names = letters(4);
    Rig rig(small_world(names), one_wave(names, "jwt"));
    slow_down(rig);
    rig.world.behaviour("b-mcp").jwks_down = true;
    const auto bad_since = [&] {
        const auto* member = rig.view()->record.member("b-mcp");
        const auto* trouble = member == nullptr ? nullptr : member->trouble();
        return trouble == nullptr ? std::nullopt : trouble->since;
    };
    ASSERT_TRUE(rig.until([&] { return bad_since().has_value(); }, 1h)) << rig.story();
    const auto failed = bad_since()->mono + 45s;
    ASSERT_EQ(rig.auth("b-mcp"), "jwt");

    ASSERT_TRUE(rig.until([&] { return rig.auth("b-mcp") == "none"; }, 1h)) << rig.story();

    const auto took = now(rig) - failed;
    std::puts(fmt::format("failed_gate_to_rollback seconds={:.3f}", seconds(took)).c_str());
    EXPECT_LE(took, 1s);
}

TEST(Pace, ANewerCommitTakesOverWithinASecond) {
    const auto names = letters(4);
    Rig rig(small_world(names), one_wave(names, "jwt"));
    slow_down(rig);
    // The canary soaks: the rollout has minutes to go.
    ASSERT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::Probed; }, 1h)) << rig.story();
    rig.pass_time(33s);
    rig.commit(one_wave(names, "none"));
    rig.running().controller().look_now();
    const auto began = now(rig);

    ASSERT_TRUE(rig.until([&] { return rig.auth("a-mcp") == "none"; }, 1h)) << rig.story();

    const auto took = now(rig) - began;
    std::puts(fmt::format("supersession seconds={:.3f}", seconds(took)).c_str());
    EXPECT_LE(took, 1s);
}

}  // namespace
}  // namespace wavegate::testing
