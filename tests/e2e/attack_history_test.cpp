// An attacker who may push: a branch that is pushed over, deeper than anybody searches.
#include "tests/e2e/fleet.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

std::string reason_of(const json::object& status) {
    return text_at(condition_of(status, "SourceReady"), "reason");
}

class ForcedHistory : public ::testing::Test {
  protected:
    std::string git(const std::string& words) {
        std::string said;
        const auto line = fmt::format("cd {} && git {}", fleet_.repository(), words);
        EXPECT_EQ(fleet_.run({"/bin/sh", "-c", line}, &said), 0) << words << ": " << said;
        return said.substr(0, said.find('\n'));
    }

    /// The files as they lie there, on a history of its own with so many commits below.
    void forge(int depth) {
        std::string stream;
        for (int i = 0; i < depth; ++i) {
            stream += fmt::format(
                "commit refs/heads/forged\ncommitter m <m@localhost> {} +0000\ndata 1\nx\n",
                1'700'000'000 + i);
        }
        write_file(fleet_.folder() + "/forged", stream);
        git("fast-import --quiet < ../forged");
        git("symbolic-ref HEAD refs/heads/forged");
    }
    /// Onto the branch that the operator follows, whatever stands there.
    void push_over() { git("update-ref refs/heads/main HEAD"); }

    void expect_held(const RunningOperator& running) {
        const auto head = git("rev-parse main");
        ASSERT_TRUE(running.until(
            [&](const json::object& now) {
                return reason_of(now) == "Held" && source_text(now, "seen") == head;
            },
            30s))
            << running.story();
        running.look();
        EXPECT_EQ(source_text(running.status(), "revision"), good_);
        EXPECT_EQ(running.written("flip"), 0);
        EXPECT_EQ(fleet_.knock("a-mcp"), 400) << "it is as open as it was";
    }

    /// The branch's head asks for tokens: it comes into force, and the fleet gets there.
    void expect_taken(const RunningOperator& running) {
        const auto head = git("rev-parse main");
        ASSERT_TRUE(running.until(
            [&](const json::object& now) {
                return source_text(now, "revision") == head &&
                       text_at(now, "standing") == "Converged";
            },
            90s))
            << running.story();
        EXPECT_EQ(fleet_.knock("a-mcp"), 401);
    }

    Fleet fleet_{{{"a-mcp"}, {}}};
    std::string good_;
};

TEST_F(ForcedHistory, IsHeldWhateverItsLengthAndWhateverIsCommittedOnTop) {
    good_ = git("rev-parse main");
    {
        RunningOperator running(fleet_);
        ASSERT_TRUE(running.until_standing("Converged", 30s)) << running.story();

        forge(1'100);
        fleet_.ask_for_jwt();
        push_over();
        expect_held(running);

        write_file(fleet_.repository() + "/note.txt", "harmless\n");
        fleet_.commit("on top of what is held");
        push_over();
        expect_held(running);
        running.kill();
    }

    RunningOperator running(fleet_);
    expect_held(running);
    std::string said;
    running.command({"rollout", "status"}, &said);
    EXPECT_THAT(said, HasSubstr("not seen to descend from " + good_));
    EXPECT_THAT(said, HasSubstr("accept --revision " + git("rev-parse main")));
    EXPECT_NE(running.command({"rollout", "accept", "--revision", git("rev-parse main~1")}), 0);

    git("reset -q --hard " + good_);
    git("symbolic-ref HEAD refs/heads/main");
    git("reset -q --hard " + good_);
    fleet_.ask_for_jwt();
    expect_taken(running);
}

TEST_F(ForcedHistory, IsTakenOnAPersonsWordAlone) {
    good_ = git("rev-parse main");
    const RunningOperator running(fleet_);
    ASSERT_TRUE(running.until_standing("Converged", 30s)) << running.story();
    forge(1'100);
    fleet_.ask_for_jwt();
    push_over();
    expect_held(running);

    EXPECT_EQ(running.command({"rollout", "accept", "--revision", git("rev-parse main")}), 0);

    expect_taken(running);
}

}  // namespace
}  // namespace wavegate::testing
