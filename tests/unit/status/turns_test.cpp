#include "operator/status/turns.hpp"

#include "operator/status/conditions.hpp"
#include "tests/support/sample_view.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;

/// A view that is told again and again, each time after what was told before.
struct Telling {
    status::View view = sample_view();

    void tell() {
        view.turns.reset();
        auto turns = status::turns_of(view, turns_.get());
        turns_ = std::make_shared<const status::Turns>(std::move(turns));
        view.turns = turns_;
        status::date_waits(view);
    }
    void pass(Duration by) {
        view.now.mono += by;
        view.now.wall += by;
    }
    [[nodiscard]] Time turned(const std::string& service, std::string_view type) const {
        const status::Index index(view);
        const auto conditions = status::service_conditions(index, *view.desired->service(service));
        const auto at = std::find_if(conditions.begin(), conditions.end(), [&](const auto& each) {
            return each.type == type;
        });
        return at->since;
    }

  private:
    std::shared_ptr<const status::Turns> turns_;
};

TEST(Turns, AreThoseOfThePhaseAtFirst) {
    Telling telling;
    telling.tell();
    const auto* member = telling.view.record.member("arr-mcp");
    ASSERT_NE(member, nullptr);
    EXPECT_EQ(telling.turned("arr-mcp", "Ready").wall, member->since.wall);
}

TEST(Turns, OfOneConditionLeaveTheOthersAlone) {
    Telling telling;
    telling.tell();
    const auto before = telling.turned("arr-mcp", "Ready");
    telling.pass(10min);
    telling.view.diff.obstacles.push_back({"Service/arr-mcp", "", "Drift", "LOG_LEVEL differs"});
    telling.tell();
    EXPECT_EQ(telling.turned("arr-mcp", "Drifted").wall, telling.view.now.wall);
    EXPECT_EQ(telling.turned("arr-mcp", "Ready").wall, before.wall);
}

TEST(Turns, StandWhileTheSameIsSaid) {
    Telling telling;
    telling.view.diff.obstacles.clear();
    telling.tell();
    telling.pass(10min);
    telling.view.diff.obstacles.push_back({"Service/arr-mcp", "", "Drift", "LOG_LEVEL differs"});
    telling.tell();
    const auto turned = telling.view.now.wall;
    telling.pass(10min);
    telling.tell();
    EXPECT_EQ(telling.turned("arr-mcp", "Drifted").wall, turned);
}

TEST(Turns, OfAWaitAreThoseOfItsReason) {
    Telling telling;
    ASSERT_FALSE(telling.view.waits.empty());
    auto waits = telling.view.waits;
    telling.tell();
    EXPECT_EQ(telling.view.waits.front().since.wall, waits.front().since.wall);

    telling.pass(10min);
    waits.front().reason = Reason::Paused;
    telling.view.waits = waits;
    telling.tell();
    EXPECT_EQ(telling.view.waits.front().since.wall, telling.view.now.wall);
}

/// The record tells more than the pass that first read it.
TEST(Turns, GoByTheRecordWhereItTellsWhen) {
    Telling telling;
    auto waits = telling.view.waits;
    telling.tell();
    telling.pass(10min);
    waits.front().reason = Reason::SharedCause;
    waits.front().since = {telling.view.now.wall - 2min, telling.view.now.mono - 2min};
    telling.view.waits = waits;
    telling.tell();
    EXPECT_EQ(telling.view.waits.front().since.wall, telling.view.now.wall - 2min);
}

}  // namespace
}  // namespace wavegate::testing
