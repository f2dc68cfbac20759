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
    bool released() {
        const auto& release = scene_.decide().release;
        return std::any_of(
            release.begin(), release.end(), [](const Edit& edit) { return edit.id == "mapper"; });
    }
    Scene scene_;
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

}  // namespace
}  // namespace wavegate::rollout
