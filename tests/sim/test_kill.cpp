// Killed at any point and started again, the operator ends as if it had not been killed
// (invariant 9). WAVEGATE_KILLS: how many points of all scenarios, or "all"; WAVEGATE_FIRST_SEED:
// which ones; WAVEGATE_KILL: that one only. Those at which the store is in the middle of something
// are gone through with an SQLite file, too: WAVEGATE_FILE_KILLS of all, or "all".
#include "tests/sim/hands.hpp"
#include "tests/sim/kill_run.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string text_from(const char* variable, const char* otherwise) {
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : text;
}

std::uint64_t number_of(const std::string& text) {
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

/// What CI takes of all points.
constexpr const char* kStandard = "240";
constexpr const char* kStandardOnAFile = "24";

class KillPoints : public ::testing::TestWithParam<KillScenario> {
  protected:
    [[nodiscard]] std::vector<std::size_t> chosen(std::size_t scenarios) const {
        const auto wanted = text_from("WAVEGATE_KILLS", kStandard);
        const auto each = (number_of(wanted) + scenarios - 1) / scenarios;
        const auto seed = number_of(text_from("WAVEGATE_FIRST_SEED", "1"));
        return some_of(points_, wanted == "all" ? points_.size() : each, seed);
    }
    void expect_good(std::size_t index) {
        const auto name = name_of(GetParam(), points_, index);
        const auto one = text_from("WAVEGATE_KILL", "");
        if (!one.empty() && one != name) {
            return;
        }
        const auto killed = run_killed(GetParam(), points_[index], alone_);
        EXPECT_THAT(killed.faults, IsEmpty())
            << killed.cause << "\nrepeat it by: WAVEGATE_KILLS=all WAVEGATE_KILL=" << name
            << " build/release/tests/test_sim --gtest_filter='*KillPoints*'\n"
            << killed.story;
        ++taken_[points_[index].death];
    }
    /// Of each kind, how many of how many.
    void tell_counts() {
        std::map<Death, int> all;
        for (const auto& point : points_) {
            ++all[point.death];
        }
        std::string text = "kill points of " + GetParam().name + ":";
        for (std::size_t i = 0; i < kDeaths; ++i) {
            const auto death = static_cast<Death>(i);
            EXPECT_GT(all[death], 0) << "no point is " << to_string(death);
            text += fmt::format(" {} {}/{}", to_string(death), taken_[death], all[death]);
        }
        std::puts(text.c_str());
    }

    KillRun alone_;
    std::vector<KillPoint> points_;
    std::map<Death, int> taken_;
};

TEST_P(KillPoints, EndAsIfNobodyHadBeenKilled) {
    alone_ = run_alone(GetParam());
    ASSERT_THAT(alone_.faults, IsEmpty()) << "without a kill\n" << alone_.story;
    points_ = points_of(alone_.happenings);
    for (const auto index : chosen(kill_scenarios().size())) {
        expect_good(index);
    }
    tell_counts();
}

/// The store is about to take something, has just taken it, or takes what is told of a lost answer.
bool is_of_store(const KillPoint& point) {
    return point.death == Death::BeforeCommit || point.death == Death::AfterCommit ||
           point.death == Death::ReplyLost;
}

class KillPointsOnAFile : public ::testing::TestWithParam<KillScenario> {};

TEST_P(KillPointsOnAFile, EndAsIfNobodyHadBeenKilled) {
    constexpr auto medium = Medium::SqliteFile;
    const auto alone = run_alone(GetParam(), medium);
    ASSERT_THAT(alone.faults, IsEmpty()) << "without a kill\n" << alone.story;
    auto points = points_of(alone.happenings);
    std::erase_if(points, [](const KillPoint& point) { return !is_of_store(point); });
    const auto wanted = text_from("WAVEGATE_FILE_KILLS", kStandardOnAFile);
    const auto scenarios = kill_scenarios().size();
    const auto each =
        wanted == "all" ? points.size() : std::max<std::size_t>(number_of(wanted) / scenarios, 1);
    const auto taken = any_of(points, each, number_of(text_from("WAVEGATE_FIRST_SEED", "1")));
    for (const auto index : taken) {
        const auto killed = run_killed(GetParam(), points[index], alone, medium);
        EXPECT_THAT(killed.faults, IsEmpty())
            << killed.cause << " (" << name_of(GetParam(), points, index) << " on a file)\n"
            << killed.story;
    }
    std::puts(
        fmt::format(
            "kill points of {}: on-sqlite {}/{}", GetParam().name, taken.size(), points.size())
            .c_str());
}

std::string name_of_case(const ::testing::TestParamInfo<KillScenario>& info) {
    auto name = info.param.name;
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
}

INSTANTIATE_TEST_SUITE_P(
    Scenarios,
    KillPoints,
    ::testing::ValuesIn(kill_scenarios()),
    name_of_case);

INSTANTIATE_TEST_SUITE_P(
    Scenarios,
    KillPointsOnAFile,
    ::testing::ValuesIn(kill_scenarios()),
    name_of_case);

/// The process dies just before it sends its last write of a stack.
KillRun killed_before_the_last_write(const std::string& scenario) {
    const auto all = kill_scenarios();
    const auto& it = *std::find_if(
        all.begin(), all.end(), [&](const KillScenario& each) { return each.name == scenario; });
    const auto alone = run_alone(it);
    KillPoint point;
    for (std::size_t at = 0; at < alone.happenings.size(); ++at) {
        if (alone.happenings[at].label.starts_with("PUT portainer.arpa")) {
            point.at = at;
        }
    }
    return run_killed(it, point, alone);
}

TEST(KilledOperator, SendsAgainAtOnceWhatBringsASecretThatMints) {
    const auto killed = killed_before_the_last_write("rewiring");
    ASSERT_THAT(killed.faults, IsEmpty()) << killed.story;
    EXPECT_LT(killed.took, Duration(5min)) << killed.story;
}

TEST(KilledOperator, SendsAWayBackAgainAtOnce) {
    const auto killed = killed_before_the_last_write("rollback");
    ASSERT_THAT(killed.faults, IsEmpty()) << killed.story;
    EXPECT_LT(killed.took, Duration(5min)) << killed.story;
}

TEST(Supersession, MarksItsOwnFlipsWithItsOwnRollout) {
    Rig rig(small_world({"a-mcp"}), brief_wave({"a-mcp"}, "jwt"));
    ASSERT_TRUE(ends(rig, "Converged", {{"a-mcp", "jwt"}})) << rig.story();
    ASSERT_TRUE(turns(rig, brief_wave({"a-mcp"}, "none"), {{"a-mcp", "none"}})) << rig.story();
    const auto* mark =
        sandbox::env_value(*rig.world.portainer.stack("a-mcp")->env, "WAVEGATE_LAST_GOOD");
    ASSERT_NE(mark, nullptr);
    EXPECT_THAT(*mark, HasSubstr(rig.view()->record.id()));
}

TEST(KilledOperator, ThatWasRollingBackFinishesTheWayBack) {
    Rig rig(small_world({"a-mcp"}), one_wave({"a-mcp"}, "jwt"));
    rig.world.behaviour("a-mcp").jwks_down = true;
    ASSERT_TRUE(rig.until([&] { return rig.phase("a-mcp") == Phase::RollingBack; }, 3h));
    rig.kill();
    rig.pass_time(10s);
    rig.start();

    ASSERT_TRUE(rig.until_standing("Halted", 3h)) << rig.story();
    EXPECT_EQ(rig.auth("a-mcp"), "none");
    EXPECT_EQ(rig.phase("a-mcp"), Phase::RolledBack);
}

}  // namespace
}  // namespace wavegate::testing
