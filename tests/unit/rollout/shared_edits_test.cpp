#include "tests/support/amend.hpp"
#include "tests/unit/rollout/scene.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace wavegate::rollout {
namespace {

using namespace std::chrono_literals;

/// A fleet as it should be, but for its client at Keycloak.
class SharedEdits : public ::testing::Test {
  protected:
    SharedEdits() {
        Edit edit;
        edit.id = "mapper";
        edit.target = "client/mcp-multiplexer";
        edit.body = ClientEdit{};
        scene_.diff.edits.push_back(std::move(edit));
    }
    /// Once more that it was written, now.
    void written() {
        Intent intent;
        intent.edit = "mapper";
        intent.target = "client/mcp-multiplexer";
        intent.kind = "client";
        intent.state = IntentState::Written;
        intent.at = scene_.now;
        intent.settled = scene_.now;
        scene_.ledger.intents.push_back(std::move(intent));
    }
    /// Once more that it was refused, now.
    void refused(bool lasting, const std::string& edit = "mapper") {
        written();
        testing::amend_last(scene_.ledger.intents, [&](Intent& intent) {
            intent.state = IntentState::Refused;
            intent.lasting = lasting;
            intent.edit = edit;
        });
    }
    /// How long it is until it is released again, in steps of five seconds.
    Duration paused() {
        Duration waited{};
        while (!released() && waited < 3h) {
            scene_.pass_time(5s);
            waited += 5s;
        }
        return waited;
    }
    bool released() {
        const auto& release = scene_.decide().release;
        return std::any_of(
            release.begin(), release.end(), [](const Edit& edit) { return edit.id == "mapper"; });
    }
    Story scene_;
};

TEST_F(SharedEdits, GoAsSoonAsTheyDiffer) {
    EXPECT_TRUE(released());
}

TEST_F(SharedEdits, ThatSomebodyUndidAreWrittenAgainAtOnce) {
    written();
    EXPECT_TRUE(released());
}

TEST_F(SharedEdits, WrittenTwiceInVainWait) {
    written();
    scene_.pass_time(1s);
    written();
    EXPECT_FALSE(released());
    scene_.pass_time(1min);
    EXPECT_TRUE(released());
}

TEST_F(SharedEdits, ThatMeetARefusalThatStaysPauseTwiceAsLongEachTimeUpToAnHour) {
    for (const Duration expected : {10s, 20s, 40s, 80s, 160s, 320s, 640s, 1280s, 2560s}) {
        refused(true);
        EXPECT_EQ(paused(), expected);
    }
    for (int i = 0; i < 3; ++i) {
        refused(true);
        EXPECT_EQ(paused(), 1h);
    }
}

TEST_F(SharedEdits, ThatAreRefusedForAMomentPauseForAMoment) {
    for (int i = 0; i < 5; ++i) {
        refused(false);
        EXPECT_EQ(paused(), 10s);
    }
}

TEST_F(SharedEdits, OfAnotherContentDoNotBearTheOldOnesPause) {
    for (int i = 0; i < 5; ++i) {
        refused(true, "an older mapper");
    }
    EXPECT_EQ(paused(), 10s);
    refused(true);
    EXPECT_EQ(paused(), 10s) << "its own first";
}

TEST_F(SharedEdits, NeededAgainAndAgainPauseTwiceAsLongEachTimeUpToAnHour) {
    written();
    written();
    for (const auto pause : {10s, 20s, 40s, 80s, 160s, 320s, 640s, 1280s, 2560s, 3600s, 3600s}) {
        EXPECT_FALSE(released()) << pause.count();
        scene_.pass_time(pause - 1s);
        EXPECT_FALSE(released()) << pause.count();
        scene_.pass_time(1s);
        EXPECT_TRUE(released()) << pause.count();
        written();
    }
    const auto& waits = scene_.decide().waits;
    const auto told = std::find_if(waits.begin(), waits.end(), [](const Wait& wait) {
        return wait.object == "client/mcp-multiplexer";
    });
    ASSERT_NE(told, waits.end());
    EXPECT_NE(told->message.find("written 13 times"), std::string::npos) << told->message;

    scene_.pass_time(3h);
    written();
    EXPECT_TRUE(released()) << "what was long ago does not count";
}

}  // namespace
}  // namespace wavegate::rollout
