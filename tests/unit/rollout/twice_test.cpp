// Deciding twice on the same world: Story::decide looks at every step of every test. Here is what
// it spares, and that it sees at all.
#include "tests/unit/rollout/scene.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace wavegate::rollout {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;

/// `a` is as it should be, but for an env sync that is due.
struct EnvDue : Story {
    EnvDue() {
        add("a", "first", AuthMode::None);
        StackEdit body;
        body.purpose = StackPurpose::EnvSync;
        body.service = "a";
        Edit edit;
        edit.id = "env-a";
        edit.target = "stack/a";
        edit.body = std::move(body);
        diff.edits.push_back(std::move(edit));
    }
};

TEST(Twice, ReleasesNothingAgainThatIsUnderWay) {
    EnvDue scene;
    scene.decide();
    ASSERT_EQ(scene.released("envsync"), 1U);
    EXPECT_THAT(scene.decide_again(), IsEmpty());
    EXPECT_THAT(scene.decide_again(false), IsEmpty());
}

TEST(Twice, IsSeenWhereAStepLeavesSomethingToDo) {
    EnvDue scene;
    scene.decide();
    scene.step.release.clear();
    scene.step.look_again = scene.now.mono + std::chrono::seconds(30);
    EXPECT_THAT(scene.decide_again(), Contains("releases env-a"));
}

}  // namespace
}  // namespace wavegate::rollout
