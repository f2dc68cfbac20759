// Services that wait for a person, and what waits for them in turn.
#include "tests/sim/hands.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(HeldService, DoesNotKeepTheMultiplexerFromItsSecret) {
    auto desired = one_wave(kTwo, "jwt");
    desired.waves.front().extra = "onFailure: hold";
    Rig rig(small_world(kTwo), desired);
    rig.world.behaviour("b-mcp").jwks_down = true;
    ASSERT_TRUE(rig.until([&] { return rig.phase("b-mcp") == Phase::Held; }, 3h)) << rig.story();
    replace_secret(rig);
    EXPECT_TRUE(rig.until([&] { return has_secret_in_force(rig); }, 5min)) << rig.story();
}

TEST(HeldService, ThatSomebodyChangedInMidFlipDoesNotEither) {
    Rig rig(small_world(kTwo), one_wave(kTwo, "jwt"));
    rig.world.behaviour("a-mcp").jwks_down = true;
    ASSERT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::Probing; }, 3h));
    open_by_hand(rig, "a-mcp");
    ASSERT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::Held; }, 1h)) << rig.story();
    replace_secret(rig);
    EXPECT_TRUE(rig.until([&] { return has_secret_in_force(rig); }, 5min)) << rig.story();
}

/// b-mcp enforces for long; a-mcp turns to jwt, to open and to jwt again before it was probed.
struct Flapping : Rig {
    Flapping() : Rig(world_of_two(), a_is("none")) {
        EXPECT_TRUE(until_standing("Converged", 3h)) << story();
        commit_now(*this, a_is("jwt"));
        EXPECT_TRUE(until([&] { return auth("a-mcp") == "jwt"; }, 1h)) << story();
        commit_now(*this, a_is("none"));
        EXPECT_TRUE(until([&] { return auth("a-mcp") == "none"; }, 1min)) << story();
        turned = sim.clock.now();
        commit_now(*this, a_is("jwt"));
        const auto waits = [&] { return hold_of("a-mcp").reason == Reason::Flapping; };
        EXPECT_TRUE(until(waits, 1h)) << story();
    }
    static sandbox::WorldPlan world_of_two() {
        auto plan = small_world(kTwo);
        plan.services.back().jwt = true;
        return plan;
    }
    static sandbox::DesiredPlan a_is(const std::string& auth) {
        auto plan = one_wave(kTwo, "jwt");
        plan.services["a-mcp"].auth = auth;
        return plan;
    }
    Time turned{};
};

TEST(HeldService, ThatFlapsDoesNotEither) {
    Flapping rig;
    replace_secret(rig);
    EXPECT_TRUE(rig.until([&] { return has_secret_in_force(rig); }, 5min)) << rig.story();
}

TEST(HeldService, ThatFlapsIsSaidByAnEventAndALogLine) {
    Flapping rig;
    std::vector<std::string> said;
    for (const auto& event : rig.view()->events) {
        if (event.object == "Service/a-mcp" && event.at.wall >= rig.turned.wall) {
            said.push_back(event.reason);
        }
    }
    EXPECT_THAT(said, Contains(AnyOf("Held", "Flapping"))) << rig.story();
    EXPECT_THAT(rig.log_lines, Contains(HasSubstr("Flapping")));
}

/// b-mcp failed and went back; nobody else moves.
struct RolledBack : Rig {
    RolledBack() : Rig(small_world(kTwo), one_wave(kTwo, "jwt")) {
        world.behaviour("b-mcp").jwks_down = true;
        EXPECT_TRUE(until_standing("Halted", 3h)) << story();
    }
};

TEST(Accept, EndsARollout) {
    RolledBack rig;
    ASSERT_TRUE(tell(rig, Command::Verb::Accept, "b-mcp"));
    EXPECT_TRUE(rig.until_standing("Converged", 20min)) << rig.story();
}

TEST(Accept, IsNotSaidToBeInForceEverywhere) {
    RolledBack rig;
    const auto asked = rig.sim.clock.now();
    ASSERT_TRUE(tell(rig, Command::Verb::Accept, "b-mcp"));
    const auto complete = [&] { return events(rig, "RolloutComplete", asked); };
    ASSERT_TRUE(rig.until([&] { return !complete().empty(); }, 20min)) << rig.story();
    ASSERT_EQ(rig.auth("b-mcp"), "none");
    EXPECT_THAT(
        complete().front().message, AnyOf(Not(HasSubstr("everywhere")), HasSubstr("b-mcp")));
}

}  // namespace
}  // namespace wavegate::testing
