// What breaks after it was proven is found, named, and ends when it is mended (design §6, Watch).
#include "tests/sim/hands.hpp"
#include "tests/sim/visitor.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Within what the watch allows, plus a minute.
constexpr Duration kNoticed = 6min;

/// Everything is as desired, and proven.
struct Proven : Rig {
    Proven() : Rig(small_world(kTwo), one_wave(kTwo, "jwt")) {
        EXPECT_TRUE(until_standing("Converged", 3h)) << story();
        pass_time(1min);
        EXPECT_EQ(told(*this, "Ready"), "True") << story();
    }
    std::string call_through(const std::string& service) {
        return Visitor(sim, world).call_through(service);
    }
};

/// It starts anew by another hand's deployment.
void redeploy_multiplexer(sandbox::World& world, const std::string& variable = "SOMEBODY=here") {
    const auto* stack = world.portainer.stack(kMultiplexer);
    auto file = stack->disk.at(stack->entry_point);
    const std::string line = "      - TRANSPORT=streamable-http\n";
    file.insert(file.find(line) + line.size(), "      - " + variable + "\n");
    ASSERT_TRUE(world.portainer.edit_by_hand(kMultiplexer, file, std::nullopt).has_value());
}

/// What people read first of what broke.
std::string headline(const Rig& rig) {
    const auto status = status_now(rig);
    const auto& broken = status.at("broken").as_array();
    return broken.empty() ? "" : std::string(broken.front().at("message").as_string());
}

std::size_t all_writes(const Rig& rig) {
    return rig.world.portainer.writes().size() + rig.world.keycloak.writes().size() +
           rig.world.openbao.writes().size() + rig.world.eunomia.writes().size();
}

TEST(Watch, FindsAChildThatIsParkedAfterConvergence) {
    Proven rig;
    ASSERT_TRUE(rig.world.park("a-mcp"));
    ASSERT_NE(rig.call_through("a-mcp"), "");
    rig.pass_time(2 * kNoticed);
    EXPECT_EQ(rig.call_through("a-mcp"), "") << "it earned a restart";
    EXPECT_TRUE(rig.until_standing("Converged", 5min)) << rig.story();
    EXPECT_THAT(events(rig, "Degraded"), IsEmpty()) << "it answers by itself";
}

TEST(Watch, FindsAServiceThatDiedAndThatComesBack) {
    Proven rig;
    const auto flips = rig.oracle.flips().size();
    rig.world.network.set_down("a-mcp.arpa", true);
    rig.pass_time(kNoticed);
    EXPECT_EQ(told(rig, "Ready", "a-mcp"), "False");
    EXPECT_EQ(rig.phase("a-mcp"), Phase::Degraded);
    EXPECT_EQ(told(rig, "Ready"), "False");
    EXPECT_EQ(rig.view()->standing, "Awaited") << "a person is needed";
    EXPECT_THAT(headline(rig), AllOf(HasSubstr("a-mcp: Degraded"), HasSubstr("Down")));
    EXPECT_EQ(rig.phase("b-mcp"), Phase::Ready) << "the other is not blamed";
    EXPECT_EQ(rig.auth("a-mcp"), "jwt") << "it was not the flip that broke it";

    rig.world.network.set_down("a-mcp.arpa", false);
    ASSERT_TRUE(rig.until_standing("Converged", 3min)) << rig.story();
    EXPECT_EQ(rig.phase("a-mcp"), Phase::Ready);
    EXPECT_EQ(headline(rig), "");
    EXPECT_EQ(rig.oracle.flips().size(), flips);
}

TEST(Watch, LetsAPersonAcceptWhatIsDegradedUntilItRecovers) {
    Proven rig;
    rig.world.network.set_down("a-mcp.arpa", true);
    rig.pass_time(kNoticed);
    ASSERT_EQ(rig.view()->standing, "Awaited");
    ASSERT_TRUE(tell(rig, Command::Verb::Accept, "a-mcp").has_value());
    rig.pass_time(1min);
    EXPECT_EQ(rig.view()->standing, "Converged");
    EXPECT_EQ(told(rig, "Ready", "a-mcp"), "False") << "accepted is not well";

    rig.world.network.set_down("a-mcp.arpa", false);
    ASSERT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::Ready; }, 3min));
    rig.world.network.set_down("a-mcp.arpa", true);
    EXPECT_TRUE(rig.until_standing("Awaited", kNoticed)) << "it was accepted once";
}

TEST(Watch, FindsAForeignPolicyThatOpensEverything) {
    Proven rig;
    rig.by_hand([](sandbox::World& world) { world.eunomia.add_allow_all(); });
    const auto name = rig.world.eunomia.policies().back().name;
    rig.pass_time(3min);
    EXPECT_EQ(told(rig, "Ready"), "False");
    EXPECT_THAT(headline(rig), HasSubstr("policy " + name + " opens everything"));
    EXPECT_EQ(rig.phase("a-mcp"), Phase::Ready) << "no service is to blame";
}

TEST(Watch, FindsAMultiplexerThatSendsNoPrincipal) {
    Proven rig;
    rig.by_hand([](sandbox::World& world) {
        for (auto& child : world.multiplexer().children) {
            child.agent_id.clear();
        }
        redeploy_multiplexer(world);
    });
    rig.pass_time(1min);
    ASSERT_NE(rig.call_through("a-mcp"), "") << "every service denies it";
    rig.pass_time(kNoticed);
    EXPECT_EQ(told(rig, "Ready", "a-mcp"), "Unknown");
    EXPECT_EQ(rig.phase("a-mcp"), Phase::Ready) << "unproven, but not to blame";
    EXPECT_EQ(told(rig, "Ready"), "False");
    EXPECT_THAT(headline(rig), HasSubstr("multiplexer: sends no principal")) << rig.story();

    rig.by_hand([](sandbox::World& world) {
        for (auto& child : world.multiplexer().children) {
            child.agent_id = kMultiplexer;
        }
        redeploy_multiplexer(world, "SOMEBODY_ELSE=here");
    });
    EXPECT_TRUE(rig.until_standing("Converged", kNoticed)) << rig.story();
}

TEST(Watch, FindsAMultiplexerThatLostAllItsChildren) {
    Proven rig;
    rig.by_hand([](sandbox::World& world) {
        world.multiplexer().loads_no_child = true;
        redeploy_multiplexer(world);
    });
    rig.pass_time(1min);
    ASSERT_NE(rig.call_through("a-mcp"), "");
    rig.pass_time(kNoticed);
    EXPECT_NE(told(rig, "Ready"), "True");
    EXPECT_TRUE(rig.until_standing("Halted", 1h)) << rig.story();
    EXPECT_EQ(rig.auth("a-mcp"), "jwt");
}

TEST(Watch, SaysThatAGateFailsAndThatItHoldsAgain) {
    Proven rig;
    rig.world.network.set_down("keycloak.arpa", true);
    rig.pass_time(3min);
    EXPECT_EQ(told(rig, "Ready"), "False");
    EXPECT_EQ(rig.view()->standing, "Awaited");
    EXPECT_THAT(headline(rig), HasSubstr("keycloak: "));
    EXPECT_EQ(told(rig, "SourceReady"), "True");
    EXPECT_EQ(rig.phase("a-mcp"), Phase::Ready);
    rig.world.network.set_down("keycloak.arpa", false);
    EXPECT_TRUE(rig.until_standing("Converged", 3min)) << rig.story();
}

/// It starts anew, and from then on its verifier does not look at what it should.
void restart_careless(Rig& rig, bool sandbox::Behaviour::*carelessness) {
    rig.by_hand([&](sandbox::World& world) {
        world.behaviour("a-mcp").*carelessness = true;
        const auto* stack = world.portainer.stack("a-mcp");
        auto file = stack->disk.at(stack->entry_point);
        const std::string line = "      - TRANSPORT=streamable-http\n";
        file.insert(file.find(line) + line.size(), "      - SOMEBODY=was here\n");
        ASSERT_TRUE(world.portainer.edit_by_hand("a-mcp", file, std::nullopt).has_value());
    });
}

TEST(Watch, FindsAVerifierThatLetsAnExpiredTokenIn) {
    Proven rig;
    rig.pass_time(10min);
    restart_careless(rig, &sandbox::Behaviour::takes_expired);
    EXPECT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::Degraded; }, 2 * kNoticed))
        << rig.story();
    EXPECT_THAT(headline(rig), HasSubstr("has expired"));
    EXPECT_EQ(rig.phase("b-mcp"), Phase::Ready);
}

TEST(Watch, FindsAVerifierThatAsksForNoSignature) {
    Proven rig;
    restart_careless(rig, &sandbox::Behaviour::takes_unsigned);
    EXPECT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::Degraded; }, 2 * kNoticed))
        << rig.story();
    EXPECT_THAT(headline(rig), HasSubstr("nobody signed"));
}

TEST(Watch, WritesNothingWhileItProvesEverythingAgain) {
    Proven rig;
    const auto writes = all_writes(rig);
    rig.pass_time(2h);
    EXPECT_EQ(all_writes(rig), writes);
    EXPECT_EQ(rig.view()->standing, "Converged");
    EXPECT_THAT(events(rig, "Degraded"), IsEmpty());
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(Probe, AsksNowAndAnswersWithWhatCameAfterTheQuestion) {
    Proven rig;
    auto ask = [&rig] { return rig.running().run(rig.running().controller().probe("a-mcp")); };
    const auto asked = rig.sim.clock.now();
    const auto good = ask();
    ASSERT_TRUE(good.has_value());
    ASSERT_EQ(good->size(), 3U);
    for (const auto& evidence : *good) {
        EXPECT_EQ(evidence.verdict, Verdict::Pass) << evidence.phrase;
        EXPECT_GE(evidence.taken.mono, asked.mono);
    }
    rig.world.network.set_down("a-mcp.arpa", true);
    const auto bad = ask();
    ASSERT_TRUE(bad.has_value());
    ASSERT_EQ(bad->size(), 1U) << "a call through to what does not answer could park it";
    EXPECT_EQ(bad->front().seen, ProbeClass::Down);
    EXPECT_FALSE(rig.running().run(rig.running().controller().probe("no-mcp")).has_value());
}

/// Sixty services that run enforcing and were proven.
TEST(Watch, ProvesSixtyServicesWithinFiveMinutesByTwoRequestsASecond) {
    std::vector<std::string> names;
    for (int i = 0; i < 60; ++i) {
        names.push_back(fmt::format("service{:02}-mcp", i));
    }
    auto world = small_world(names);
    for (auto& service : world.services) {
        service.jwt = true;
    }
    Rig rig(std::move(world), one_wave(names, "jwt"));
    // Not by Rig::until: the oracle's looks grow with the fleet, and are not what is measured.
    const auto converged = [&] { return rig.view()->standing == "Converged"; };
    ASSERT_TRUE(rig.sim.run_until(converged, 1h)) << rig.story().substr(0, 2000);
    rig.sim.advance(10min);
    const auto sent = rig.oracle.requests();
    Duration oldest{};
    const auto end = rig.sim.clock.now().mono + 10min;
    auto seen = rig.view();
    rig.sim.run_until([&] {
        const auto view = rig.view();
        const bool news = view != std::exchange(seen, view);
        for (const auto& name : news ? names : std::vector<std::string>()) {
            for (const auto kind : {CheckKind::Unauthorized, CheckKind::Through}) {
                const auto* proof = view->ledger->latest(kind, name);
                oldest = std::max(
                    oldest,
                    proof == nullptr ? Duration::max() : view->now.mono - proof->taken.mono);
            }
        }
        return rig.sim.clock.now().mono >= end;
    });
    const auto rate = static_cast<double>(rig.oracle.requests() - sent) / (10 * 60);
    EXPECT_LE(rate, 2.0);
    EXPECT_LE(oldest, Duration(5min)) << to_text(oldest);
    std::puts(
        fmt::format("watch services=60 requests_per_second={:.2f} oldest={}", rate, to_text(oldest))
            .c_str());
    EXPECT_EQ(rig.view()->standing, "Converged");
}

}  // namespace
}  // namespace wavegate::testing
