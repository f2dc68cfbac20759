#include "tests/real/fleet/whole_fleet.hpp"

#include <gtest/gtest.h>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;

/// A system around is killed and started again while the first of two services is between the
/// flip and its proof.
class Outage : public WholeFleet {
  protected:
    void flip_through(
        const std::vector<std::string>& services,
        const std::function<void()>& outage) {
        ask_for("jwt", services);
        const auto moved = [&] { return site().live_env(services.front())["AUTH_TYPE"] == "jwt"; };
        ASSERT_TRUE(until(moved, 90s)) << story();
        outage();
        EXPECT_TRUE(come_to_enforce(services, 300s));
        EXPECT_TRUE(come_to_enforce(first_services(), 1s));
    }
};

TEST_F(Outage, OfKeycloakStrandsNoService) {
    flip_through({"archivebox-mcp", "audio-mcp"}, [] {
        site().keycloak().kill();
        ASSERT_TRUE(site().keycloak().start());
    });
}

TEST_F(Outage, OfOpenBaoStrandsNoService) {
    flip_through({"camunda-mcp", "clarity-mcp"}, [] {
        site().openbao().kill();
        ASSERT_TRUE(site().openbao().start());
    });
}

TEST_F(Outage, OfThePolicyServerStrandsNoService) {
    flip_through({"documentdb-mcp", "egeria-mcp"}, [] {
        site().eunomia().kill();
        site().eunomia().start_again();
    });
}

TEST_F(Outage, OfTheMultiplexerStrandsNoService) {
    flip_through({"erpnext-mcp", "fan-mcp"}, [] { site().kill_container("mcp-multiplexer"); });
}

}  // namespace
}  // namespace wavegate::testing
