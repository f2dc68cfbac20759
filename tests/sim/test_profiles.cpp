// Fleets whose services are told by other variables than agent-utilities': by FastMCP's own, and by
// keys that only the desired state knows. What a service does is decided by its program and env.
#include "tests/sim/hands.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

const std::vector<std::string> kPair{"a-mcp", "b-mcp"};

/// A program of somebody else: its switch, its words, and a policy server that it asks by itself.
sandbox::AuthKeys own_keys() {
    sandbox::AuthKeys keys;
    keys.mode = "GATE";
    keys.on = "strict";
    keys.off = "lax";
    keys.issuer = "TOKENS_FROM";
    keys.first_issuer.clear();
    keys.audience = "TOKENS_FOR";
    keys.jwks_uri = "KEYS_AT";
    keys.policy = "RULES";
    keys.policy_on = "ask";
    keys.policy_url = "RULES_AT";
    return keys;
}

constexpr const char* kOwn =
    "  authBlock:\n"
    "    custom:\n"
    "      switch: GATE\n"
    "      on: { GATE: strict, TOKENS_FROM: \"{issuer}\", TOKENS_FOR: \"{audience}\","
    " KEYS_AT: \"{jwksUri}\", RULES: ask, RULES_AT: \"{eunomia}\" }\n"
    "      off: { GATE: lax, RULES: lax }\n";

struct Make {
    std::string name;
    sandbox::AuthKeys keys;
    sandbox::Generation generation;
    std::string desired;
};

std::string name_of(const ::testing::TestParamInfo<Make>& info) {
    return info.param.name;
}

class Profile : public ::testing::TestWithParam<Make> {
  protected:
    static sandbox::WorldPlan world(bool enforcing = false) {
        auto plan = small_world(kPair);
        for (auto& service : plan.services) {
            service.keys = GetParam().keys;
            service.generation = GetParam().generation;
            service.jwt = enforcing;
        }
        plan.services.back().block = sandbox::BlockForm::Literal;
        return plan;
    }
    static sandbox::DesiredPlan wish(const std::string& auth) {
        auto plan = one_wave(kPair, auth);
        plan.fleet_extra = GetParam().desired;
        return plan;
    }
    static bool is(const Rig& rig, const std::string& service, const std::string& word) {
        return rig.auth(service) == word;
    }
    static std::size_t flips_of(const Rig& rig) {
        return writes_sent(rig, "a-mcp") + writes_sent(rig, "b-mcp");
    }
};

TEST_P(Profile, IsFlippedAndOpenedAgain) {
    Rig rig(world(), wish("jwt"));
    ASSERT_TRUE(rig.until_standing("Converged", 5h)) << rig.story();
    EXPECT_TRUE(is(rig, "a-mcp", GetParam().keys.on));
    EXPECT_TRUE(is(rig, "b-mcp", GetParam().keys.on));
    rig.judge_end();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty()) << rig.story();
    commit_now(rig, wish("none"));
    ASSERT_TRUE(rig.until_standing("Converged", 2h)) << rig.story();
    EXPECT_TRUE(is(rig, "a-mcp", GetParam().keys.off));
    EXPECT_TRUE(is(rig, "b-mcp", GetParam().keys.off));
    rig.judge_end();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty()) << rig.story();
}

TEST_P(Profile, GoesBackWhereItsFlipFails) {
    Rig rig(world(), wish("jwt"));
    rig.world.behaviour("b-mcp").jwks_down = true;
    ASSERT_TRUE(rig.until([&] { return rig.phase("b-mcp") == Phase::RolledBack; }, 5h))
        << rig.story();
    EXPECT_TRUE(is(rig, "a-mcp", GetParam().keys.on)) << rig.story();
    EXPECT_TRUE(is(rig, "b-mcp", GetParam().keys.off));
    rig.judge_end();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty()) << rig.story();
}

TEST_P(Profile, IsAdoptedWhereItEnforces) {
    Rig rig(world(true), wish("jwt"));
    ASSERT_TRUE(rig.until_standing("Converged", 2h)) << rig.story();
    EXPECT_EQ(flips_of(rig), 0U);
    rig.judge_end();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty()) << rig.story();
}

/// Its image was replaced by one that reads none of these variables: it serves open whatever they
/// say, as FastMCP from 3 on does (mcp.md §0).
TEST_P(Profile, GoesBackWhereItsProgramIsToldByOtherVariables) {
    Rig rig(world(), wish("jwt"));
    rig.world.behaviour("a-mcp").keys.mode.clear();
    ASSERT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::RolledBack; }, 5h))
        << rig.story();
    EXPECT_TRUE(is(rig, "a-mcp", GetParam().keys.off));
    EXPECT_TRUE(is(rig, "b-mcp", GetParam().keys.off)) << "it was the canary";
    rig.judge_end();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty()) << rig.story();
}

INSTANTIATE_TEST_SUITE_P(
    Fleets,
    Profile,
    ::testing::Values(
        Make{
            "Fastmcp",
            sandbox::fastmcp_keys(),
            sandbox::Generation::F2,
            "  authBlock: { profile: fastmcp }\n"},
        Make{"OwnKeys", own_keys(), sandbox::Generation::Fleet, kOwn}),
    name_of);

TEST(AuthBlockOfTheFleet, IsNotChangedWhileServicesEnforceBeforeAPersonSaysSo) {
    Rig rig(small_world(kPair), one_wave(kPair, "jwt"));
    ASSERT_TRUE(rig.until_standing("Converged", 5h)) << rig.story();
    auto other = one_wave(kPair, "jwt");
    other.fleet_extra = "  authBlock: { profile: fastmcp }\n";
    commit_now(rig, other);
    ASSERT_TRUE(rig.until([&] { return rig.view()->source.reason == "Held"; }, 10min));
    EXPECT_THAT(rig.view()->source.message, ::testing::HasSubstr("it changes authBlock"));
    rig.pass_time(10min);
    EXPECT_EQ(rig.auth("a-mcp"), "jwt");
}

}  // namespace
}  // namespace wavegate::testing
