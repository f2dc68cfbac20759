// Other hands at the same stack, just when the operator reads it.
#include "tests/sim/rig.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Literal blocks: a flip writes the file.
sandbox::WorldPlan literal_world() {
    auto world = small_world({"a-mcp"});
    world.services.front().block = sandbox::BlockForm::Literal;
    return world;
}

std::string file_of(const sandbox::World& world) {
    const auto* stack = world.portainer.stack("a-mcp");
    return stack->disk.at(stack->entry_point);
}

void add_line(Rig& rig, const std::string& line) {
    rig.by_hand([&](sandbox::World& world) {
        const auto file = file_of(world) + line + "\n";
        ASSERT_TRUE(world.portainer.edit_by_hand("a-mcp", file, std::nullopt).has_value());
    });
}

std::size_t reads_of_the_file(const Rig& rig) {
    const auto path = fmt::format("/api/stacks/{}/file", rig.world.portainer.stack("a-mcp")->id);
    return rig.world.network.count("GET", "portainer.arpa", path);
}

/// Portainer knows no time but whole seconds.
void to_the_next_second(Rig& rig) {
    const auto rest = rig.sim.clock.now().wall.time_since_epoch() % 1s;
    rig.pass_time(std::chrono::duration_cast<Duration>(1s - rest));
}

TEST(ForeignEdit, WithinTheSecondOfOurReadIsSeenAndNeverOverwritten) {
    auto desired = one_wave({"a-mcp"}, "none");
    desired.services["a-mcp"].extra = "  env: { LOG_LEVEL: info }\n";  // so its file is read
    Rig rig(literal_world(), desired);
    ASSERT_TRUE(rig.until_standing("Converged", 1h)) << rig.story();
    rig.pass_time(1h);
    to_the_next_second(rig);

    const auto second = rig.sim.clock.now().wall;
    add_line(rig, "# a first line by hand");
    const auto before = reads_of_the_file(rig);
    rig.running().controller().look_now();
    ASSERT_TRUE(rig.until([&] { return reads_of_the_file(rig) > before; }, 1s)) << rig.story();
    rig.pass_time(200ms);
    add_line(rig, "# a second line by hand");
    ASSERT_LT(rig.sim.clock.now().wall - second, 1s) << "both bear the same time";

    desired.services["a-mcp"].auth = "jwt";
    rig.commit(desired);
    rig.running().controller().look_now();
    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    ASSERT_TRUE(rig.until([&] { return rig.auth("a-mcp") == "jwt"; }, 1h)) << rig.story();
    EXPECT_THAT(file_of(rig.world), HasSubstr("# a first line by hand"));
    EXPECT_THAT(file_of(rig.world), HasSubstr("# a second line by hand"));
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

TEST(ForeignEdit, BetweenThePlanAndTheWriteMakesThePlanStale) {
    Rig rig(literal_world(), one_wave({"a-mcp"}, "jwt"));
    // Questions take their time on the way: there is room between the plan and the re-read.
    sandbox::FaultRule slow;
    slow.authority = "portainer.arpa";
    slow.method = "GET";
    slow.before = 300ms;
    rig.world.network.inject(slow);
    const auto is_planned = [&] {
        const auto* member = rig.disk.kept.record.member("a-mcp");
        return member != nullptr && member->phase() == Phase::Flipping;
    };
    ASSERT_TRUE(rig.until(is_planned, 3h)) << rig.story();
    ASSERT_EQ(rig.auth("a-mcp"), "none");
    add_line(rig, "# by hand, in between");

    ASSERT_TRUE(rig.until_standing("Converged", 3h)) << rig.story();
    EXPECT_EQ(rig.auth("a-mcp"), "jwt");
    EXPECT_THAT(file_of(rig.world), HasSubstr("# by hand, in between"));
    EXPECT_THAT(rig.oracle.violations(), IsEmpty());
}

}  // namespace
}  // namespace wavegate::testing
