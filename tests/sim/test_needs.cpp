// Commits and mends that could take from enforcing services what they need.
#include "tests/sim/rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

MultiplexerStage stage_of(const Rig& rig) {
    return rig.view()->record.multiplexer().stage();
}

TEST(Wiring, IsNotTakenBackToASecretThatMintsNoMore) {
    Rig rig(small_world(kTwo), one_wave(kTwo, "jwt"));
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    rig.by_hand([](sandbox::World& world) {
        world.keycloak.regenerate_secret("mcp-multiplexer");
        world.multiplexer().crash = 1;
    });
    ASSERT_TRUE(rig.until([&] { return stage_of(rig) == MultiplexerStage::Unwiring; }, 1h));
    rig.pass_time(1min);
    rig.world.multiplexer().crash.reset();
    rig.pass_time(1h);
    EXPECT_EQ(rig.view()->standing, "Halted");
    EXPECT_THAT(
        rig.view()->hold("Multiplexer/mcp-multiplexer").message, HasSubstr("another secret"));
    rig.judge_end();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty()) << rig.story();
}

TEST(PausedRollout, RewiresTheMultiplexerOfAnEnforcingFleet) {
    Rig rig(small_world(kTwo), one_wave(kTwo, "jwt"));
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    Command pause;
    pause.verb = Command::Verb::Pause;
    static_cast<void>(rig.running().run(rig.running().controller().command(pause)));
    rig.by_hand([](sandbox::World& world) { world.keycloak.delete_client("mcp-multiplexer"); });
    rig.pass_time(30min);
    rig.judge_end();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty()) << rig.story();
}

TEST(AuthBlock, ThatANewerCommitWantsOtherwiseIsARolloutAndNoChangeByHand) {
    Rig rig(small_world(kTwo), one_wave(kTwo, "jwt"));
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    auto files = sandbox::desired_files(rig.world.plan(), one_wave(kTwo, "jwt"));
    auto& fleet = files["fleet.yaml"];
    const std::string from = "eunomia: { type: remote, url: \"http://eunomia.arpa\" }";
    fleet.replace(
        fleet.find(from),
        from.size(),
        "eunomia: { type: remote, url: \"http://eunomia.arpa:80\" }");
    rig.commit(files, one_wave(kTwo, "jwt"));
    // Whom services ask is changed by a person's word alone.
    ASSERT_TRUE(rig.until([&] { return rig.view()->source.reason == "Held"; }, 10min));
    ASSERT_TRUE(rig.running().run(
        rig.running().controller().take_held_revision(rig.view()->source.seen, "a person")));
    rig.pass_time(2h);
    EXPECT_EQ(rig.world.live_env("b-mcp")["EUNOMIA_REMOTE_URL"], "http://eunomia.arpa:80");
    EXPECT_EQ(rig.view()->standing, "Converged") << rig.story();
}

TEST(Policies, ThatDenyTheMultiplexerWaitUntilNobodyEnforces) {
    Rig rig(small_world(kTwo), one_wave(kTwo, "jwt"));
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    auto desired = one_wave(kTwo, "none");
    desired.policies =
        "apiVersion: wavegate.dev/v1\nkind: EunomiaPolicy\nmetadata: { name: multiplexer-baseline "
        "}\nspec:\n  rules:\n"
        "    - { name: deny-mux, effect: deny, principals: [ \"agent:mcp-multiplexer\" ], servers: "
        "[ \"*\" ], tools: [ \"*\" ], actions: [ list, execute ] }\n";
    rig.commit(desired);
    rig.pass_time(10min);
    EXPECT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    EXPECT_EQ(rig.auth("a-mcp"), "none");
    rig.judge_end();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty()) << rig.story();
}

TEST(Principal, ThatIsReplacedWhileServicesEnforceCutsNobodyOff) {
    Rig rig(small_world(kTwo), one_wave(kTwo, "jwt"));
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    auto files = sandbox::desired_files(rig.world.plan(), one_wave(kTwo, "jwt"));
    // In the Fleet and in the policy: the multiplexer itself goes on sending the old one.
    for (auto& [path, text] : files) {
        const std::string from = "agent:mcp-multiplexer";
        for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
            text.replace(at, from.size(), "agent:another");
        }
    }
    rig.commit(files, one_wave(kTwo, "jwt"));
    rig.pass_time(2h);
    EXPECT_EQ(rig.view()->source.reason, "Held");
    EXPECT_THAT(rig.view()->source.message, HasSubstr("multiplexer.principal"));
    rig.judge_end();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty()) << rig.story();
}

TEST(Policies, StayAsWideAsAServiceThatWasLetGoNeeds) {
    Rig rig(small_world(kThree), one_wave(kThree, "jwt"));
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    auto desired = one_wave({"a-mcp", "b-mcp"}, "jwt");
    desired.fleet_extra = "  limits: { maxDeletions: 9, maxShrink: 90% }\n";
    desired.policies =
        "apiVersion: wavegate.dev/v1\nkind: EunomiaPolicy\nmetadata: { name: multiplexer-baseline "
        "}\nspec:\n  rules:\n"
        "    - { name: allow-mux, effect: allow, principals: [ \"agent:mcp-multiplexer\" ], "
        "servers: [ a-mcp, b-mcp ], tools: [ \"*\" ], actions: [ list, execute ] }\n";
    auto wide = one_wave(kThree, "jwt");
    wide.fleet_extra = desired.fleet_extra;
    rig.commit(wide);
    rig.pass_time(5min);
    rig.commit(desired);
    rig.pass_time(1h);
    rig.judge_end();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty()) << rig.story();
}

TEST(Policies, ThatNobodyNeedsArePrunedWhileServicesEnforce) {
    auto desired = one_wave(kTwo, "jwt");
    desired.fleet_extra = "  prune: true\n";
    Rig rig(small_world(kTwo), desired);
    desired.policies =
        "apiVersion: wavegate.dev/v1\nkind: EunomiaPolicy\nmetadata: { name: extra }\nspec:\n  "
        "rules:\n"
        "    - { name: allow-x, effect: allow, principals: [ \"agent:x\" ], tools: [ \"*\" ], "
        "actions: [ list ] }\n"
        "---\n"
        "apiVersion: wavegate.dev/v1\nkind: EunomiaPolicy\nmetadata: { name: multiplexer-baseline "
        "}\nspec:\n  rules:\n"
        "    - { name: allow-mux, effect: allow, principals: [ \"agent:mcp-multiplexer\" ], "
        "servers: [ \"*\" ], tools: [ \"*\" ], actions: [ list, execute ] }\n";
    rig.commit(desired);
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    desired.policies.clear();
    rig.commit(desired);
    rig.pass_time(1h);
    EXPECT_EQ(rig.view()->standing, "Converged") << rig.story();
    EXPECT_THAT(rig.view()->refusals, IsEmpty()) << rig.story();
}

}  // namespace
}  // namespace wavegate::testing
