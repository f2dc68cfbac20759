// What is in flight, or held, is not forgotten when it is out of sight for a while.
#include "tests/sim/rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

/// Portainer answers with an empty list, once.
void empty_list(Rig& rig, const std::string& path, int times) {
    sandbox::FaultRule rule;
    rule.fault = sandbox::Fault::Answer;
    rule.authority = "portainer.arpa";
    rule.method = "GET";
    rule.path_prefix = path;
    rule.answer.status = 200;
    rule.answer.body = "[]";
    rule.times = times;
    rig.world.network.inject(rule);
}

TEST(EmptyList, InMidFlightLosesNoFlipThatIsUnderTest) {
    Rig rig(small_world(kTwo), one_wave(kTwo, "jwt"));
    rig.world.behaviour("a-mcp").jwks_down = true;
    ASSERT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::Converging; }, 3h));
    empty_list(rig, "/api/stacks", 1);
    EXPECT_TRUE(rig.until_standing("Halted", 3h)) << rig.story();
    EXPECT_EQ(rig.auth("a-mcp"), "none");
    rig.judge_end();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty()) << rig.story();
}

TEST(EmptyList, ForgetsNoChangeByHandThatWaitsForAPerson) {
    Rig rig(small_world(kTwo), one_wave(kTwo, "jwt"));
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    rig.by_hand([](sandbox::World& world) {
        auto env = *world.portainer.stack("a-mcp")->env;
        for (auto& [name, value] : env) {
            const bool type = name == "AUTH_TYPE" || name == "EUNOMIA_TYPE";
            value = type ? "none" : value;
        }
        static_cast<void>(world.portainer.edit_by_hand("a-mcp", std::nullopt, env));
    });
    ASSERT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::Held; }, 3h));
    rig.pass_time(5min);
    empty_list(rig, "/api/stacks", 1);
    rig.pass_time(2h);
    EXPECT_EQ(rig.auth("a-mcp"), "none") << rig.story();
}

/// A commit after which the registry and the documents know nothing of a service.
void commit_without(Rig& rig, const std::string& service, sandbox::DesiredPlan desired) {
    sandbox::WorldPlan plan = rig.world.plan();
    std::erase_if(plan.services, [&](const auto& s) { return s.name == service; });
    desired.services.erase(service);
    rig.commit(sandbox::desired_files(plan, desired), desired);
    rig.running().controller().look_now();
}

TEST(LeftTheRegistry, WhileItGoesBackIsBroughtBackFirst) {
    Rig rig(small_world(kThree), one_wave(kThree, "jwt"));
    rig.world.behaviour("a-mcp").jwks_down = true;
    ASSERT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::RollingBack; }, 3h));
    commit_without(rig, "a-mcp", one_wave(kThree, "jwt"));
    EXPECT_TRUE(rig.until_standing("Converged", 5h)) << rig.story();
    rig.judge_end();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty()) << rig.story();
}

TEST(LeftTheRegistry, WhileItIsUnderTestGetsItsVerdictFirst) {
    Rig rig(small_world(kThree), one_wave(kThree, "jwt"));
    rig.world.behaviour("a-mcp").jwks_down = true;
    ASSERT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::Converging; }, 3h));
    commit_without(rig, "a-mcp", one_wave(kThree, "jwt"));
    EXPECT_TRUE(rig.until_standing("Converged", 5h)) << rig.story();
    rig.judge_end();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty()) << rig.story();
}

TEST(HeldRevision, IsTakenInTheMiddleOfAPassWithoutHarm) {
    Rig rig(small_world(kThree), one_wave(kThree, "jwt"));
    ASSERT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::Probed; }, 3h));
    rig.source.diverge();
    auto other = one_wave(kThree, "jwt");
    other.services["c-mcp"].auth = "none";
    rig.commit(other);
    ASSERT_TRUE(rig.until([&] { return rig.view()->source.reason == "Held"; }, 10min));
    // A pass that writes slowly, and asks afterwards.
    rig.by_hand([](sandbox::World& world) { world.eunomia.wipe(); });
    sandbox::FaultRule slow;
    slow.authority = "eunomia.arpa";
    slow.method = "POST";
    slow.path_prefix = "/admin/policies";
    slow.before = 3s;
    rig.world.network.inject(slow);
    const auto posts = [&] {
        return rig.world.network.count("POST", "eunomia.arpa", "/admin/policies");
    };
    const auto before = posts();
    ASSERT_TRUE(rig.until([&] { return posts() > before; }, 10min)) << rig.story();

    const auto taken = rig.running().run(
        rig.running().controller().take_held_revision(rig.view()->source.seen, "a person"));

    ASSERT_TRUE(taken);
    rig.world.network.lift_all();
    ASSERT_TRUE(rig.until([&] { return rig.auth("b-mcp") == "jwt"; }, 3h)) << rig.story();
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    EXPECT_EQ(rig.auth("c-mcp"), "none");
}

}  // namespace
}  // namespace wavegate::testing
