// Known faults: what breaks after it was proven, and is claimed for ever (design §6, Watch).
#include "tests/sim/hands.hpp"
#include "tests/sim/visitor.hpp"
#include "tests/support/while_unmended.hpp"

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr const char* kMultiplexer = "mcp-multiplexer";
const std::vector<std::string> kTwo{"a-mcp", "b-mcp"};
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
void redeploy_multiplexer(sandbox::World& world) {
    const auto* stack = world.portainer.stack(kMultiplexer);
    auto file = stack->disk.at(stack->entry_point);
    const std::string line = "      - TRANSPORT=streamable-http\n";
    file.insert(file.find(line) + line.size(), "      - SOMEBODY=was here\n");
    ASSERT_TRUE(world.portainer.edit_by_hand(kMultiplexer, file, std::nullopt).has_value());
}

TEST(Watch, FindsAChildThatIsParkedAfterConvergence) {
    Proven rig;
    ASSERT_TRUE(rig.world.park("a-mcp"));
    ASSERT_NE(rig.call_through("a-mcp"), "");
    while_unmended("a child parked after convergence is never noticed", [&] {
        rig.pass_time(2 * kNoticed);
        EXPECT_EQ(rig.call_through("a-mcp"), "") << "it earned a restart";
        EXPECT_TRUE(rig.until_standing("Converged", 5min)) << rig.story();
    });
}

TEST(Watch, FindsAServiceThatDied) {
    Proven rig;
    rig.world.network.set_down("a-mcp.arpa", true);
    while_unmended("a service that dies after convergence stays Ready", [&] {
        rig.pass_time(kNoticed);
        EXPECT_NE(told(rig, "Ready", "a-mcp"), "True");
        EXPECT_NE(told(rig, "Ready"), "True");
    });
    EXPECT_EQ(rig.auth("a-mcp"), "jwt") << "it was not the flip that broke it";
}

TEST(Watch, FindsAForeignPolicyThatOpensEverything) {
    Proven rig;
    rig.by_hand([](sandbox::World& world) { world.eunomia.add_allow_all(); });
    const auto name = rig.world.eunomia.policies().back().name;
    while_unmended("a foreign policy that opens everything is Ready and Converged", [&] {
        rig.pass_time(kNoticed);
        EXPECT_NE(told(rig, "Ready"), "True");
        EXPECT_THAT(boost::json::serialize(status_now(rig)), HasSubstr(name)) << "it is named";
    });
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
    while_unmended("a multiplexer without its principal's header is Ready and Converged", [&] {
        rig.pass_time(kNoticed);
        EXPECT_NE(told(rig, "Ready", "a-mcp"), "True");
        EXPECT_NE(told(rig, "Ready"), "True");
    });
}

TEST(Watch, FindsAMultiplexerThatLostAllItsChildren) {
    Proven rig;
    rig.by_hand([](sandbox::World& world) {
        world.multiplexer().loads_no_child = true;
        redeploy_multiplexer(world);
    });
    rig.pass_time(1min);
    ASSERT_NE(rig.call_through("a-mcp"), "");
    while_unmended("a multiplexer that lost its children is Ready and Converged", [&] {
        rig.pass_time(kNoticed);
        EXPECT_NE(told(rig, "Ready"), "True");
    });
}

TEST(Watch, SaysThatAGateFails) {
    Proven rig;
    rig.world.network.set_down("keycloak.arpa", true);
    while_unmended("a token gate that fails after convergence leaves the fleet Ready", [&] {
        rig.pass_time(kNoticed);
        EXPECT_NE(told(rig, "Ready"), "True");
    });
}

}  // namespace
}  // namespace wavegate::testing
