// What looking costs the systems, and how soon another's hand is seen.
#include "tests/sim/rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

const std::vector<std::string> kTwo{"a-mcp", "b-mcp"};

/// How often one of Swarm's lists was asked for as a whole.
std::size_t whole_lists(const Rig& rig, std::string_view list) {
    const auto& seen = rig.world.network.seen();
    return static_cast<std::size_t>(
        std::count_if(seen.begin(), seen.end(), [&](const sandbox::SeenRequest& request) {
            return request.path.ends_with(list) && !request.filtered;
        }));
}

TEST(Looking, ReadsAllOfSwarmOnceAPassAndBeforeAWriteWhatTheWriteReaches) {
    Rig rig(small_world(kTwo), one_wave(kTwo, "jwt"));
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    ASSERT_GE(rig.world.portainer.writes().size(), 3U);
    const auto passes = rig.view()->passes;
    EXPECT_LE(whole_lists(rig, "/docker/services"), passes);
    EXPECT_LE(whole_lists(rig, "/docker/tasks"), passes);
    EXPECT_THAT(rig.oracle.violations(), IsEmpty()) << rig.story();
}

}  // namespace
}  // namespace wavegate::testing
