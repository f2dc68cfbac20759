// Children that refuse to start open (agent-utilities from 1.27.1 on): `modes: [jwt]`.
#include "tests/sim/hands.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::vector<std::string> kBoth{"a-mcp", "b-mcp"};
constexpr const char* kClosed = "  modes: [ jwt ]\n";

/// a-mcp can't be open, b-mcp can.
sandbox::WorldPlan two_generations(bool enforcing) {
    auto plan = small_world(kBoth);
    plan.services.front().generation = sandbox::Generation::Sdk;
    plan.services.front().jwt = enforcing;
    return plan;
}

sandbox::DesiredPlan wish(const std::string& auth_of_open = "jwt") {
    auto plan = one_wave(kBoth, "jwt");
    plan.services["a-mcp"].extra = kClosed;
    plan.services["b-mcp"].auth = auth_of_open;
    return plan;
}

std::string audience(const Rig& rig) {
    return rig.world.live_env("a-mcp")["FASTMCP_SERVER_AUTH_JWT_AUDIENCE"];
}

TEST(ClosedChild, IsAdoptedAsItEnforcesAndNothingIsWrittenToIt) {
    Rig rig(two_generations(true), wish());
    ASSERT_TRUE(rig.until_standing("Converged", 5h)) << rig.story();
    EXPECT_EQ(writes_sent(rig, "a-mcp"), 0U);
    EXPECT_EQ(rig.auth("b-mcp"), "jwt");
    rig.judge_end();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty()) << rig.story();
}

TEST(ClosedChild, IsNotOpenedByACommitWhichIsRefusedWithFileLineAndField) {
    Rig rig(two_generations(true), wish());
    ASSERT_TRUE(rig.until_standing("Converged", 5h)) << rig.story();
    auto open = wish("none");
    open.services["a-mcp"].auth = "none";
    commit_now(rig, open);
    ASSERT_TRUE(rig.until([&] { return !rig.view()->source.ready; }, 10min)) << rig.story();
    ASSERT_FALSE(rig.view()->source.found.empty());
    EXPECT_THAT(
        to_text(rig.view()->source.found.front()),
        HasSubstr("services.yaml:5:9: McpService/a-mcp: spec.auth: its spec.modes have no none"));
    rig.pass_time(10min);
    EXPECT_EQ(rig.auth("a-mcp"), "jwt") << "the last good revision stays in force, whole";
    EXPECT_EQ(rig.auth("b-mcp"), "jwt");
    rig.commit(wish("none"));
    ASSERT_TRUE(rig.until([&] { return rig.auth("b-mcp") == "none"; }, 1h)) << rig.story();
    rig.judge_end();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty()) << rig.story();
}

/// Where its document leaves it is let go as it is, whatever the fleet's defaults.
TEST(ClosedChild, IsLetGoAsItEnforcesOnceItsDocumentLeaves) {
    Rig rig(two_generations(true), wish("none"));
    ASSERT_TRUE(rig.until_standing("Converged", 5h)) << rig.story();
    auto without = wish("none");
    without.services.erase("a-mcp");
    auto files = sandbox::desired_files(rig.world.plan(), without);
    rig.commit(std::move(files), without);
    rig.running().controller().look_now();
    rig.until([&] { return rig.view()->source.reason == "Held"; }, 2min);
    if (!rig.view()->source.ready) {
        ASSERT_TRUE(rig.running().run(
            rig.running().controller().take_held_revision(rig.view()->source.seen, "a person")));
    }
    rig.pass_time(30min);
    EXPECT_EQ(rig.auth("a-mcp"), "jwt");
    EXPECT_EQ(writes_sent(rig, "a-mcp"), 0U);
    EXPECT_THAT(rig.oracle.violations(), IsEmpty()) << rig.story();
}

/// Somebody set it to a mode that it does not start in: setting it to jwt is all that can mend it.
TEST(ClosedChild, ThatStandsOpenIsSetToJwtThoughItsBaselineIsBroken) {
    Rig rig(two_generations(false), wish());
    ASSERT_TRUE(rig.until_standing("Converged", 5h)) << rig.story();
    EXPECT_EQ(rig.auth("a-mcp"), "jwt");
    rig.judge_end();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty()) << rig.story();
}

TEST(ClosedChild, ThatFailsOnItsFirstEnforcingBlockIsLeftThereSinceItHasNoOther) {
    Rig rig(two_generations(false), wish());
    rig.world.behaviour("a-mcp").jwks_down = true;
    ASSERT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::Failed; }, 5h)) << rig.story();
    EXPECT_EQ(rig.hold_of("a-mcp").reason, Reason::NoWayBack);
    EXPECT_EQ(rig.auth("a-mcp"), "jwt");
    rig.pass_time(30min);
    EXPECT_EQ(rig.auth("a-mcp"), "jwt");
    EXPECT_THAT(rig.oracle.violations(), IsEmpty()) << rig.story();
}

/// Its block is the fleet's but for whom its tokens are for.
struct ServesOthers : Rig {
    ServesOthers() : Rig(two_generations(true), wish("none")) {
        by_hand([](sandbox::World& there) {
            auto env = *there.portainer.stack("a-mcp")->env;
            for (auto& [name, value] : env) {
                value = name == "FASTMCP_SERVER_AUTH_JWT_AUDIENCE" ? "others" : value;
            }
            static_cast<void>(there.portainer.edit_by_hand("a-mcp", std::nullopt, env));
        });
        EXPECT_TRUE(until([&] { return phase("a-mcp") == Phase::Held; }, 1h)) << story();
    }
};

TEST(ClosedChild, IsHeldWhereItEnforcesByAnotherBlockUntilAPersonSaysSo) {
    ServesOthers rig;
    rig.pass_time(30min);
    EXPECT_EQ(audience(rig), "others");
    EXPECT_EQ(writes_sent(rig, "a-mcp"), 0U);
    rig.pass_time(1s);
    ASSERT_TRUE(tell(rig, Command::Verb::Retry, "a-mcp"));
    ASSERT_TRUE(rig.until_standing("Converged", 5h)) << rig.story();
    EXPECT_EQ(audience(rig), "agent-services");
    rig.judge_end();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty()) << rig.story();
}

/// The keys are fetched from another address of the same server.
std::map<std::string, std::string> with_other_keys(const Rig& rig) {
    auto files = sandbox::desired_files(rig.world.plan(), wish("none"));
    auto& text = files.at("fleet.yaml");
    const std::string end = "/openid-connect/certs";
    text.insert(text.find(end) + end.size(), "?new");
    return files;
}

bool has_other_keys(const Rig& rig) {
    return rig.world.live_env("a-mcp")["FASTMCP_SERVER_AUTH_JWT_JWKS_URI"].ends_with("?new");
}

TEST(ClosedChild, GoesBackToItsLastEnforcingBlock) {
    Rig rig(two_generations(true), wish("none"));
    ASSERT_TRUE(rig.until_standing("Converged", 5h)) << rig.story();
    rig.commit(with_other_keys(rig), wish("none"));
    rig.running().controller().look_now();
    ASSERT_TRUE(rig.until([&] { return rig.view()->source.reason == "Held"; }, 10min));
    ASSERT_TRUE(rig.running().run(
        rig.running().controller().take_held_revision(rig.view()->source.seen, "a person")));
    ASSERT_TRUE(rig.until([&] { return has_other_keys(rig); }, 5h)) << rig.story();
    rig.world.behaviour("a-mcp").jwks_down = true;
    ASSERT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::RollingBack; }, 5h))
        << rig.story();
    rig.world.behaviour("a-mcp").jwks_down = false;
    ASSERT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::RolledBack; }, 1h))
        << rig.story();
    EXPECT_FALSE(has_other_keys(rig));
    EXPECT_EQ(rig.auth("a-mcp"), "jwt");
    rig.judge_end();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty()) << rig.story();
}

}  // namespace
}  // namespace wavegate::testing
