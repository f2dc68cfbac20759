// A client of the wanted id is there already, and is somebody else's.
#include "tests/sim/rig.hpp"

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace wavegate::testing {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

json::object somebodys() {
    return {
        {"clientId", "mcp-multiplexer"},
        {"publicClient", false},
        {"serviceAccountsEnabled", true},
        {"description", "of another team"}};
}

std::string told(const Rig& rig, const std::string& object) {
    for (const auto& wait : rig.view()->waits) {
        if (wait.object == object && wait.reason == Reason::Foreign) {
            return wait.message;
        }
    }
    return "";
}

TEST(ForeignClient, IsLeftAloneAndAwaitedAndItsEndLetsTheRolloutGoOn) {
    Rig rig(small_world(kTwo), one_wave(kTwo, "jwt"));
    rig.by_hand([](sandbox::World& world) { world.keycloak.add_client(somebodys()); });
    const auto before = json::serialize(rig.world.keycloak.client("mcp-multiplexer")->shown);
    ASSERT_TRUE(rig.until_standing("Awaited", 1h)) << rig.story();
    rig.pass_time(30min);
    EXPECT_EQ(rig.view()->standing, "Awaited") << rig.story();
    EXPECT_THAT(told(rig, "OidcClient/mcp-multiplexer"), HasSubstr("bears no mark of ours"));
    EXPECT_EQ(json::serialize(rig.world.keycloak.client("mcp-multiplexer")->shown), before);
    EXPECT_THAT(rig.world.openbao.writes(), IsEmpty()) << "its secret is copied nowhere";
    EXPECT_EQ(rig.auth("a-mcp"), "none");

    rig.by_hand([](sandbox::World& world) { world.keycloak.delete_client("mcp-multiplexer"); });
    ASSERT_TRUE(rig.until_standing("Converged", 5h)) << rig.story();
    EXPECT_EQ(told(rig, "OidcClient/mcp-multiplexer"), "");
    rig.judge_end();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty()) << rig.story();
}

TEST(ForeignClient, BecomesOursByItsDocumentAndAPersonsWordTogether) {
    auto desired = one_wave(kTwo, "jwt");
    desired.adopt_client = true;
    Rig rig(small_world(kTwo), desired);
    rig.by_hand([](sandbox::World& world) { world.keycloak.add_client(somebodys()); });
    ASSERT_TRUE(rig.until_standing("Awaited", 1h)) << rig.story();
    rig.pass_time(10min);
    EXPECT_THAT(
        told(rig, "OidcClient/mcp-multiplexer"),
        HasSubstr("rollout accept --client mcp-multiplexer"));
    EXPECT_THAT(rig.world.keycloak.writes(), IsEmpty());

    Command command;
    command.verb = Verb::Accept;
    command.client = "mcp-multiplexer";
    command.who = "alice";
    rig.oracle.client_accepted();
    ASSERT_TRUE(rig.running().run(rig.running().controller().command(command)));
    ASSERT_TRUE(rig.until_standing("Converged", 5h)) << rig.story();
    const auto* client = rig.world.keycloak.client("mcp-multiplexer");
    EXPECT_EQ(client->shown.at("description").as_string(), "of another team")
        << "what nobody declares stays";
    EXPECT_EQ(rig.auth("a-mcp"), "jwt");
    rig.judge_end();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty()) << rig.story();
}

TEST(OwnClient, IsKnownByItsMarkAfterTheStoreWasLost) {
    Rig rig(small_world(kTwo), one_wave(kTwo, "jwt"));
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    rig.lose_store();
    rig.by_hand([](sandbox::World& world) {
        world.keycloak.change_client("mcp-multiplexer", {{"standardFlowEnabled", true}});
    });
    rig.pass_time(30min);
    EXPECT_FALSE(rig.world.keycloak.client("mcp-multiplexer")->flag("standardFlowEnabled"));
    EXPECT_EQ(rig.view()->standing, "Converged") << rig.story();
    EXPECT_THAT(rig.oracle.violations(), IsEmpty()) << rig.story();
}

TEST(OwnClient, KeepsWhatOthersOpenedWhereDriftIsOnlyReported) {
    auto desired = one_wave(kTwo, "jwt");
    desired.fleet_extra = "  drift: report\n";
    Rig rig(small_world(kTwo), desired);
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    const auto writes = rig.world.keycloak.writes().size();
    rig.by_hand([](sandbox::World& world) {
        world.keycloak.change_client("mcp-multiplexer", {{"directAccessGrantsEnabled", true}});
    });
    rig.pass_time(10min);
    EXPECT_TRUE(rig.world.keycloak.client("mcp-multiplexer")->flag("directAccessGrantsEnabled"));
    EXPECT_THAT(rig.world.keycloak.writes(), SizeIs(writes));
    const auto& obstacles = rig.view()->diff.obstacles;
    ASSERT_THAT(obstacles, SizeIs(1));
    EXPECT_THAT(obstacles.front().message, HasSubstr("directAccessGrantsEnabled"));
}

}  // namespace
}  // namespace wavegate::testing
