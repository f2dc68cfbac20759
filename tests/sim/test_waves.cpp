#include "tests/sim/rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::vector<std::string> kFive{"a-mcp", "b-mcp", "c-mcp", "d-mcp", "portainer-mcp"};

/// a and b first, then c and d, portainer-mcp alone at the end.
sandbox::DesiredPlan three_waves(const std::string& auth = "jwt") {
    sandbox::DesiredPlan plan;
    for (const auto* name : {"read-only", "data", "sensitive"}) {
        sandbox::WavePlan wave;
        wave.name = name;
        plan.waves.push_back(wave);
    }
    const std::map<std::string, std::string> waves{
        {"a-mcp", "read-only"},
        {"b-mcp", "read-only"},
        {"c-mcp", "data"},
        {"d-mcp", "data"},
        {"portainer-mcp", "sensitive"}};
    for (const auto& [service, wave] : waves) {
        sandbox::Wish wish;
        wish.auth = auth;
        wish.wave = wave;
        plan.services[service] = wish;
    }
    return plan;
}

TEST(Waves, GoOneAfterAnotherBehindACanary) {
    Rig rig(small_world(kFive), three_waves());

    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();

    EXPECT_THAT(
        rig.oracle.flips(), ElementsAre("a-mcp", "b-mcp", "c-mcp", "d-mcp", "portainer-mcp"));
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(Waves, HaltAndPutTheWholeBlockBackWhenAServiceRefusesGoodTokens) {
    Rig rig(small_world(kFive), three_waves());
    rig.world.behaviour("b-mcp").jwks_down = true;
    const auto before = rig.world.live_env("b-mcp");

    ASSERT_TRUE(rig.until_standing("Halted", 3h)) << rig.story();

    EXPECT_EQ(rig.phase("b-mcp"), Phase::RolledBack);
    EXPECT_EQ(rig.auth("b-mcp"), "none");
    EXPECT_EQ(rig.world.live_env("b-mcp"), before);
    EXPECT_EQ(rig.view()->waves.at("read-only"), WavePhase::Halted);
    EXPECT_EQ(rig.auth("a-mcp"), "jwt") << "the rest keeps serving";
    rig.pass_time(1h);
    EXPECT_EQ(rig.auth("c-mcp"), "none") << "no later wave starts";
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(Waves, RememberARejectionUntilSomebodyRetries) {
    Rig rig(small_world({"a-mcp"}), one_wave({"a-mcp"}, "jwt"));
    auto& behaviour = rig.world.behaviour("a-mcp");
    behaviour.jwks_down = true;
    ASSERT_TRUE(rig.until_standing("Halted", 3h)) << rig.story();
    behaviour.jwks_down = false;
    rig.pass_time(2h);
    EXPECT_THAT(rig.oracle.flips(), SizeIs(1)) << "it is not tried again by itself";

    Command retry;
    retry.verb = Command::Verb::Retry;
    retry.service = "a-mcp";
    const auto done = rig.running().run(rig.running().controller().command(retry));
    ASSERT_TRUE(done.has_value());

    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    EXPECT_EQ(rig.auth("a-mcp"), "jwt");
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(Waves, DoNotStartWhileAForeignPolicyLetsEverybodyIn) {
    Rig rig(small_world({"a-mcp"}), one_wave({"a-mcp"}, "jwt"));
    rig.world.eunomia.add_allow_all();

    rig.pass_time(30min);

    EXPECT_THAT(rig.oracle.flips(), IsEmpty());
    const auto view = rig.view();
    const auto* gate = view->ledger->latest(CheckKind::Policy, "sandbox");
    ASSERT_NE(gate, nullptr);
    EXPECT_EQ(gate->verdict, Verdict::Fail);
    EXPECT_THAT(
        gate->facts, Contains(std::pair<std::string, std::string>("policy", "mcp-default-policy")));

    rig.world.eunomia.remove("mcp-default-policy");
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(Waves, StopAtTheCanaryWhenTheMultiplexerSendsNoPrincipal) {
    auto world = small_world({"a-mcp", "b-mcp"});
    world.sends_agent_id = false;
    Rig rig(std::move(world), one_wave({"a-mcp", "b-mcp"}, "jwt"));

    ASSERT_TRUE(rig.until_standing("Halted", 3h)) << rig.story();

    EXPECT_THAT(rig.oracle.flips(), SizeIs(1));
    EXPECT_EQ(rig.auth("a-mcp"), "none");
    EXPECT_EQ(rig.auth("b-mcp"), "none");
    EXPECT_THAT(rig.hold_of("a-mcp").message, HasSubstr("PolicyDenied"));
}

TEST(Waves, GoBackInReverseOrderWithoutGatesTowardsNone) {
    Rig rig(small_world(kFive), three_waves());
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    rig.world.network.set_down("keycloak.arpa", true);

    rig.commit(three_waves("none"));
    rig.running().controller().look_now();
    ASSERT_TRUE(rig.until(
        [&] {
            return rig.auth("a-mcp") == "none" && rig.auth("d-mcp") == "none" &&
                   rig.auth("portainer-mcp") == "none";
        },
        1h))
        << rig.story();
    ASSERT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::Ready; }, 1h)) << rig.story();
}

TEST(Waves, AdoptAFleetThatIsHalfJwtAlready) {
    auto world = small_world({"a-mcp", "b-mcp"});
    world.services.front().jwt = true;
    Rig rig(std::move(world), one_wave({"a-mcp", "b-mcp"}, "jwt"));

    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();

    EXPECT_THAT(rig.oracle.flips(), ElementsAre("b-mcp")) << "what enforces is not flipped again";
    EXPECT_EQ(rig.phase("a-mcp"), Phase::Ready);
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(Waves, KeepAGitStackAGitStack) {
    auto world = small_world({"a-mcp"});
    world.services.front().git = true;
    Rig rig(std::move(world), one_wave({"a-mcp"}, "jwt"));
    const auto before = rig.world.portainer.stack("a-mcp")->git;

    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();

    const auto& after = rig.world.portainer.stack("a-mcp")->git;
    ASSERT_TRUE(after.has_value());
    EXPECT_EQ(after->reference, before->reference);
    EXPECT_EQ(after->hash, before->hash);
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(Waves, SayWhichLinesAGitStackWithALiteralBlockNeeds) {
    auto world = small_world({"a-mcp"});
    world.services.front().git = true;
    world.services.front().block = sandbox::BlockForm::Literal;
    Rig rig(std::move(world), one_wave({"a-mcp"}, "jwt"));

    ASSERT_TRUE(rig.until_standing("Awaited", 3h)) << rig.story();

    const auto held = rig.hold_of("a-mcp");
    EXPECT_EQ(held.reason, Reason::NeedsPassThrough);
    EXPECT_THAT(held.message, HasSubstr("AUTH_TYPE=${AUTH_TYPE}"));
    EXPECT_THAT(rig.oracle.flips(), IsEmpty());
}

TEST(Waves, EditALiteralBlockInAStringStack) {
    auto world = small_world({"a-mcp"});
    world.services.front().block = sandbox::BlockForm::Literal;
    Rig rig(std::move(world), one_wave({"a-mcp"}, "jwt"));

    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();

    EXPECT_EQ(rig.auth("a-mcp"), "jwt");
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

}  // namespace
}  // namespace wavegate::testing
