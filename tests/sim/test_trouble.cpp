#include "tests/sim/rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <iterator>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

bool is_flipped(Rig& rig, const std::string& service) {
    return rig.auth(service) == "jwt";
}

TEST(SharedParts, StopFurtherFlipsWhileTheyAreBadAndBlameNoService) {
    Rig rig(small_world(kThree), one_wave(kThree, "jwt"));
    ASSERT_TRUE(rig.until([&] { return is_flipped(rig, "b-mcp"); }, 3h)) << rig.story();
    rig.world.network.set_down("keycloak.arpa", true);
    rig.pass_time(20min);
    const auto flips = rig.oracle.flips().size();
    rig.pass_time(20min);
    EXPECT_EQ(rig.oracle.flips().size(), flips);

    rig.world.network.set_down("keycloak.arpa", false);
    ASSERT_TRUE(rig.until_standing("Converged", 5h)) << rig.story();
    EXPECT_TRUE(rig.view()->record.rejected().empty()) << "an outage is nobody's rejection";
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(Backend, ThatDoesNotAnswerIsLoggedOncePerChange) {
    Rig rig(small_world({"a-mcp"}), one_wave({"a-mcp"}, "none"));
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    const auto told = [&](std::string_view name) {
        std::vector<std::string> lines;
        std::copy_if(
            rig.log_lines.begin(),
            rig.log_lines.end(),
            std::back_inserter(lines),
            [&](const std::string& line) { return line.starts_with(name); });
        return lines;
    };
    EXPECT_THAT(told("openbao: "), IsEmpty());
    rig.world.network.set_down("openbao.arpa", true);
    rig.pass_time(30min);
    rig.world.network.set_down("openbao.arpa", false);
    rig.pass_time(5min);
    EXPECT_THAT(told("openbao: "), ElementsAre(HasSubstr("refused"), "openbao: answers again"));
}

TEST(PolicyServer, IsNotTheServicesFaultWhenItIsDown) {
    Rig rig(small_world(kThree), one_wave(kThree, "jwt"));
    ASSERT_TRUE(rig.until([&] { return is_flipped(rig, "a-mcp"); }, 3h)) << rig.story();
    rig.world.network.set_down("eunomia.arpa", true);
    rig.pass_time(5min);
    rig.world.network.set_down("eunomia.arpa", false);

    ASSERT_TRUE(rig.until_standing("Converged", 5h)) << rig.story();
    EXPECT_TRUE(rig.view()->record.rejected().empty());
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(PolicyServer, WhoseOutageMadeAControlFailDoesNotKeepTheLastServiceOutForEver) {
    const std::vector<std::string> two{"a-mcp", "portainer-mcp"};
    Rig rig(small_world(two), one_wave(two, "jwt"));
    ASSERT_TRUE(rig.until([&] { return rig.phase("portainer-mcp") == Phase::Probed; }, 3h))
        << rig.story();
    rig.world.network.set_down("eunomia.arpa", true);
    ASSERT_TRUE(rig.until([&] { return rig.phase("portainer-mcp") == Phase::RolledBack; }, 3h))
        << rig.story();
    rig.world.network.set_down("eunomia.arpa", false);

    ASSERT_TRUE(rig.until_standing("Converged", 1h)) << rig.story();
    EXPECT_THAT(rig.view()->refusals, IsEmpty()) << "the planner waits for what the guard wants";
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(Swarm, RollingAnUpdateBackItselfIsARejectedFlip) {
    Rig rig(small_world({"a-mcp"}), one_wave({"a-mcp"}, "jwt"));
    ASSERT_TRUE(rig.until([&] { return is_flipped(rig, "a-mcp"); }, 3h)) << rig.story();
    ASSERT_TRUE(rig.world.portainer.roll_back_by_hand("a-mcp_a-mcp").has_value());

    ASSERT_TRUE(rig.until_standing("Halted", 3h)) << rig.story();

    EXPECT_EQ(rig.phase("a-mcp"), Phase::RolledBack);
    EXPECT_EQ(rig.hold_of("a-mcp").reason, Reason::RejectedBySwarm);
    const auto* stack = rig.world.portainer.stack("a-mcp");
    EXPECT_EQ(*sandbox::env_value(*stack->env, "AUTH_TYPE"), "none") << "the stack says what runs";
}

TEST(AnotherHand, ChangingAnAuthBlockHoldsTheServiceAndIsNeverHealed) {
    Rig rig(small_world({"a-mcp"}), one_wave({"a-mcp"}, "jwt"));
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    auto env = *rig.world.portainer.stack("a-mcp")->env;
    for (auto& [name, value] : env) {
        if (name == "AUTH_TYPE") {
            value = "none";
        }
    }
    ASSERT_TRUE(rig.world.portainer.edit_by_hand("a-mcp", std::nullopt, env).has_value());

    ASSERT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::Held; }, 1h)) << rig.story();
    rig.pass_time(1h);

    EXPECT_EQ(rig.hold_of("a-mcp").reason, Reason::ChangedByHand);
    EXPECT_EQ(rig.auth("a-mcp"), "none");
}

TEST(AnotherHand, DeletingAPolicyOrAMapperIsHealed) {
    Rig rig(small_world({"a-mcp"}), one_wave({"a-mcp"}, "jwt"));
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    rig.world.eunomia.wipe();
    rig.world.keycloak.remove_mapper("mcp-multiplexer", "wavegate-aud-agent-services");

    rig.pass_time(2min);

    EXPECT_THAT(rig.world.eunomia.policies(), SizeIs(1));
    EXPECT_THAT(rig.world.keycloak.client("mcp-multiplexer")->mappers(), SizeIs(1));
}

TEST(Commits, ThatAreBadLeaveTheLastGoodOneInForce) {
    Rig rig(small_world({"a-mcp"}), one_wave({"a-mcp"}, "jwt"));
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    auto bad = one_wave({"a-mcp"}, "jwt");
    bad.services["a-mcp"].wave = "no-such-wave";
    rig.commit(bad);
    rig.running().controller().look_now();
    ASSERT_TRUE(rig.until([&] { return rig.view()->source.reason == "Invalid"; }, 10min));

    rig.world.eunomia.wipe();
    rig.pass_time(2min);
    EXPECT_THAT(rig.world.eunomia.policies(), SizeIs(1)) << "it is still being reconciled";
    EXPECT_FALSE(rig.view()->source.ready);
    EXPECT_EQ(rig.view()->source.revision, "r1");
}

TEST(Supersession, TakesOverAServiceThatIsGoingBackOnlyAfterItsVerifiedReturn) {
    Rig rig(small_world({"a-mcp"}), one_wave({"a-mcp"}, "jwt"));
    rig.world.behaviour("a-mcp").jwks_down = true;
    ASSERT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::RollingBack; }, 3h))
        << rig.story();

    rig.commit(one_wave({"a-mcp"}, "none"));
    rig.running().controller().look_now();

    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    EXPECT_EQ(rig.auth("a-mcp"), "none");
    EXPECT_EQ(rig.phase("a-mcp"), Phase::Ready);
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(LostReplies, AreSettledByLookingNotByRepeating) {
    Rig rig(small_world({"a-mcp"}), one_wave({"a-mcp"}, "jwt"));
    sandbox::FaultRule lost;
    lost.fault = sandbox::Fault::LoseReply;
    lost.authority = "portainer.arpa";
    lost.method = "PUT";
    lost.times = 2;
    rig.world.network.inject(lost);

    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();

    std::size_t updates = 0;
    for (const auto& write : rig.world.portainer.writes()) {
        updates += write.stack == "a-mcp" && write.what == "update" ? 1 : 0;
    }
    EXPECT_EQ(updates, 1U);
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(LostStore, InMidWaveConvergesFromWhatRuns) {
    Rig rig(small_world(kThree), one_wave(kThree, "jwt"));
    ASSERT_TRUE(rig.until([&] { return is_flipped(rig, "b-mcp"); }, 3h)) << rig.story();
    rig.kill();
    rig.disk = Disk();
    rig.start();

    ASSERT_TRUE(rig.until_standing("Converged", 5h)) << rig.story();
    EXPECT_EQ(rig.auth("c-mcp"), "jwt");
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(ParkedChild, EarnsTheMultiplexerARestartAndIsNotBlamed) {
    Rig rig(small_world({"a-mcp", "b-mcp"}), one_wave({"a-mcp", "b-mcp"}, "jwt"));
    // The canary is away for long while somebody calls it: the multiplexer parks it for good.
    rig.world.behaviour("a-mcp").start = 30s;
    ASSERT_TRUE(rig.until_standing("Converged", 5h)) << rig.story();
    EXPECT_TRUE(rig.view()->record.rejected().empty());
    EXPECT_THAT(rig.oracle.flips(), ElementsAre("a-mcp", "b-mcp"));
}

/// The multiplexer gives a child up for good in this phase of its flip.
void park_in(Phase phase) {
    Rig rig(small_world({"a-mcp", "b-mcp"}), one_wave({"a-mcp", "b-mcp"}, "jwt"));
    ASSERT_TRUE(rig.until([&] { return rig.phase("a-mcp") == phase; }, 3h)) << rig.story();
    ASSERT_TRUE(rig.world.park("a-mcp"));
    ASSERT_TRUE(rig.until_standing("Converged", 5h)) << rig.story();
    EXPECT_EQ(rig.view()->record.multiplexer().restarts.size(), 1U) << rig.story();
    EXPECT_TRUE(rig.view()->record.rejected().empty());
    EXPECT_THAT(rig.oracle.flips(), ElementsAre("a-mcp", "b-mcp"));
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(FullDisk, BeginsNoFlipAndIsWaitedForWithoutAskingTheFleetAgainAndAgain) {
    Rig rig(small_world(kThree), one_wave(kThree, "jwt"));
    ASSERT_TRUE(rig.until([&] { return is_flipped(rig, "a-mcp"); }, 3h)) << rig.story();
    rig.fill_disk(true);
    const auto before = rig.world.network.seen().size();
    rig.pass_time(1min);
    EXPECT_LT(rig.world.network.seen().size() - before, 500U);
    EXPECT_THAT(rig.oracle.flips(), SizeIs(1));

    rig.fill_disk(false);
    ASSERT_TRUE(rig.until_standing("Converged", 5h)) << rig.story();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(FullDisk, IsTriedAgainByAFleetThatHasNothingElseToSay) {
    Rig rig(small_world({"a-mcp"}), one_wave({"a-mcp"}, "jwt"));
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    rig.fill_disk(true);
    rig.world.keycloak.remove_mapper("mcp-multiplexer", "wavegate-aud-agent-services");
    rig.pass_time(2min);
    EXPECT_THAT(rig.world.keycloak.client("mcp-multiplexer")->mappers(), IsEmpty())
        << "nothing is written that could not be noted first";

    rig.fill_disk(false);
    rig.pass_time(2min);
    EXPECT_THAT(rig.world.keycloak.client("mcp-multiplexer")->mappers(), SizeIs(1));
}

TEST(ParkedChild, CostsOneRestartWhenItIsParkedBeforeAnyFlip) {
    Rig rig(small_world({"a-mcp", "b-mcp"}), one_wave({"a-mcp", "b-mcp"}, "jwt"));
    ASSERT_TRUE(rig.until([&] { return rig.auth("a-mcp") == "jwt"; }, 3h)) << rig.story();
    ASSERT_TRUE(rig.world.park("b-mcp"));
    ASSERT_TRUE(rig.until_standing("Converged", 5h)) << rig.story();
    EXPECT_EQ(rig.view()->record.multiplexer().restarts.size(), 1U) << rig.story();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(ParkedChild, CostsOneRestartWhenItIsParkedDuringItsFlip) {
    park_in(Phase::Converging);
}

TEST(ParkedChild, CostsOneRestartWhenItIsParkedDuringItsSoak) {
    park_in(Phase::Probed);
}

TEST(Controller, GivesTimeItsTurnWhenThePlannerAsksTheSameWithoutEnd) {
    constexpr int enough = 5000;
    int calls = 0;
    fleet::Settings settings;
    settings.planner = [&calls](
                           const DesiredState& desired,
                           const Observed& /*observed*/,
                           const Diff& /*diff*/,
                           const RolloutRecord& record,
                           const Ledger& /*ledger*/,
                           Time now) {
        Step step;
        step.next = record;
        step.look_again = now.mono;
        if (++calls < enough) {
            Check check;
            check.kind = CheckKind::Token;
            check.subject = desired.fleet.name;
            step.ask.push_back(std::move(check));
        }
        return step;
    };
    Rig rig(small_world({"a-mcp"}), one_wave({"a-mcp"}, "jwt"), settings);
    rig.pass_time(1s);
    EXPECT_LT(calls, 2000);
}

}  // namespace
}  // namespace wavegate::testing
