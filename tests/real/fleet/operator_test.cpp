#include "tests/real/fleet/whole_fleet.hpp"

#include <gtest/gtest.h>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;

class Operator : public WholeFleet {};

TEST_F(Operator, KilledInMidWaveConvergesWhenItIsStartedAgain) {
    ask_for("jwt", {"home-mcp", "keycloak-mcp"});
    const auto moved = [&] { return site().live_env("home-mcp")["AUTH_TYPE"] == "jwt"; };
    ASSERT_TRUE(until(moved, 90s)) << story();
    controller().kill();
    ASSERT_EQ(knock("keycloak-mcp"), 400) << "the wave is not done";
    controller().start();
    EXPECT_TRUE(come_to_enforce({"home-mcp", "keycloak-mcp"}, 180s));
}

TEST_F(Operator, OfNoMemoryAdoptsWhatWasFlippedByHandAndFlipsTheRest) {
    controller().stop();
    controller().forget();
    site().flip_by_hand("nextcloud-mcp");
    ASSERT_TRUE(until([&] { return knock("nextcloud-mcp") == 401; }, 60s)) << story();
    auto enforcing = first_services();
    enforcing.emplace_back("nextcloud-mcp");
    std::map<std::string, std::string> containers;
    for (const auto& service : enforcing) {
        containers[service] = site().container(service);
    }
    ask_for("jwt", {"nextcloud-mcp", "owncast-mcp"});
    controller().start();
    EXPECT_TRUE(come_to_enforce({"nextcloud-mcp", "owncast-mcp"}, 180s));
    for (const auto& [service, container] : containers) {
        EXPECT_EQ(site().container(service), container) << service << " was started anew";
    }
}

}  // namespace
}  // namespace wavegate::testing
