// Revisions with errors: what is in force goes on, and what is wrong is said while it is true.
#include "tests/sim/rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class BadRevision : public ::testing::Test {
  protected:
    BadRevision() : rig_(small_world(kTwo), one_wave(kTwo, "none")) {
        EXPECT_TRUE(rig_.until_standing("Converged", 1h)) << rig_.story();
        good_ = sandbox::desired_files(rig_.world.plan(), one_wave(kTwo, "none"));
    }
    void commit_bad() {
        auto files = good_;
        files["more.yaml"] = "kind: Nonsense\n";
        rig_.commit(std::move(files), one_wave(kTwo, "none"));
        EXPECT_TRUE(rig_.until([&] { return rig_.view()->source.reason == "Invalid"; }, 10min));
    }

    Rig rig_;
    std::map<std::string, std::string> good_;
};

TEST_F(BadRevision, IsCheckedOnceHoweverOftenItIsFetched) {
    const auto before = rig_.running().checked();
    commit_bad();
    rig_.pass_time(1h);
    EXPECT_EQ(rig_.running().checked(), before + 1);
    EXPECT_EQ(rig_.view()->source.revision, "r1");
    EXPECT_THAT(rig_.view()->source.message, HasSubstr("the last good one stays in force"));
    EXPECT_EQ(rig_.view()->standing, "Converged");
}

TEST_F(BadRevision, SaysWhatIsWrongOnlyWhileItIsTheNewest) {
    commit_bad();
    EXPECT_THAT(
        rig_.view()->source.found, Contains(Field(&Diagnostic::message, HasSubstr("Nonsense"))));

    rig_.source.fail(true);
    ASSERT_TRUE(rig_.until([&] { return rig_.view()->source.reason == "FetchFailed"; }, 10min));
    EXPECT_THAT(rig_.view()->source.found, IsEmpty());

    rig_.source.fail(false);
    ASSERT_TRUE(rig_.until([&] { return rig_.view()->source.reason == "Invalid"; }, 10min));
    EXPECT_THAT(rig_.view()->source.found, Not(IsEmpty()));

    rig_.commit(good_, one_wave(kTwo, "none"));
    ASSERT_TRUE(rig_.until([&] { return rig_.view()->source.ready; }, 10min)) << rig_.story();
    EXPECT_THAT(rig_.view()->source.found, IsEmpty());
    EXPECT_THAT(rig_.view()->source.message, IsEmpty());
}

TEST(FirstRevision, WithErrorsLeavesNothingInForceAndSaysSo) {
    Rig rig(small_world(kTwo), one_wave(kTwo, "none"));
    rig.kill();
    rig.disk = {};
    rig.commit({{"more.yaml", "kind: Nonsense\n"}}, one_wave(kTwo, "none"));
    rig.start();
    ASSERT_TRUE(rig.until([&] { return rig.view()->source.reason == "Invalid"; }, 10min));
    EXPECT_THAT(rig.view()->source.message, HasSubstr("none is in force"));
}

}  // namespace
}  // namespace wavegate::testing
