#include "tests/e2e/fleet.hpp"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

/// Git stacks in real repositories: a-mcp and b-mcp pass their auth block through, c-mcp has it
/// literally in its file.
class GitStacks : public ::testing::Test {
  protected:
    GitStacks() : fleet_({{"a-mcp", "b-mcp", "c-mcp"}, {"--git-stacks"}}) {}

    /// The stack's record as Portainer shows it.
    [[nodiscard]] json::object stack(const std::string& name) {
        const auto answer =
            ask("GET",
                fleet_.url("portainer") + "/api/stacks",
                {"X-API-Key: " + fleet_.operator_env().at("SANDBOX_PORTAINER")});
        const auto stacks = json::parse(answer.body);
        for (const auto& one : stacks.as_array()) {
            if (one.at("Name").as_string() == name) {
                return one.as_object();
            }
        }
        return {};
    }
    /// What git says of a stack's repository.
    [[nodiscard]] std::string git(const std::string& name, std::vector<std::string> words) {
        words.insert(
            words.begin(),
            {"/usr/bin/git", "--git-dir", fleet_.folder() + "/git/" + name + ".git"});
        std::string printed;
        EXPECT_EQ(fleet_.run(std::move(words), &printed), 0);
        return printed;
    }

    Fleet fleet_;
};

TEST_F(GitStacks, StayGitStacksWhenTheyAreFlippedByPassThroughAndByCommit) {
    const std::vector<std::string> names{"a-mcp", "c-mcp"};
    std::map<std::string, json::object> before;
    for (const auto& name : names) {
        fleet_.happen("edit/" + name + "/SOMEBODY/was-here");
        before[name] = stack(name);
        ASSERT_TRUE(before[name].at("GitConfig").is_object());
    }
    const auto text = git("c-mcp", {"show", "main:compose.yml"});
    fleet_.ask_for_jwt();

    const auto operator_ = fleet_.start({"apply"});
    ASSERT_EQ(operator_->wait(120s), 0) << operator_->errors() << operator_->output();

    for (const auto& name : names) {
        EXPECT_EQ(fleet_.knock(name), 401) << name;
        const auto after = stack(name);
        for (const auto* kept : {"URL", "ReferenceName", "ConfigFilePath", "Authentication"}) {
            EXPECT_EQ(after.at("GitConfig").at(kept), before[name].at("GitConfig").at(kept))
                << name;
        }
        EXPECT_EQ(after.at("AutoUpdate").at("Interval"), "1h") << name;
        EXPECT_EQ(fleet_.stack_env(name).at("SOMEBODY"), "was-here") << name;
    }
    // The pass-through one's repository is as it was; the literal one got the edit, and runs it.
    EXPECT_EQ(git("a-mcp", {"rev-list", "--count", "main"}), "1\n");
    EXPECT_EQ(git("c-mcp", {"rev-list", "--count", "main"}), "2\n");
    EXPECT_EQ(
        git("c-mcp", {"diff", "--stat", "--format=", "main~", "main", "--", "README.md"}), "");
    EXPECT_EQ(
        git("c-mcp", {"diff", "--shortstat", "main~", "main"}),
        " 1 file changed, 2 insertions(+), 2 deletions(-)\n");
    EXPECT_THAT(text, HasSubstr("AUTH_TYPE=none"));
    EXPECT_THAT(git("c-mcp", {"show", "main:compose.yml"}), HasSubstr("AUTH_TYPE=jwt"));
    EXPECT_THAT(
        git("c-mcp", {"log", "-1", "--format=%an <%ae>%n%B", "main"}),
        HasSubstr("wavegate <wavegate@localhost>\nc-mcp: auth should be jwt\n"));
    EXPECT_EQ(
        std::string(stack("c-mcp").at("GitConfig").at("ConfigHash").as_string()) + "\n",
        git("c-mcp", {"rev-parse", "main"}));
    EXPECT_THAT(operator_->errors() + operator_->output(), Not(HasSubstr("sandbox-git-token")));
}

TEST_F(GitStacks, GoBackByACommitWhenTheFlipDoesNotWork) {
    const auto text = git("c-mcp", {"show", "main:compose.yml"});
    fleet_.happen("break/c-mcp");
    fleet_.ask_for_jwt();

    const auto operator_ = fleet_.start({"apply"});
    ASSERT_EQ(operator_->wait(180s), 3) << operator_->errors() << operator_->output();

    EXPECT_EQ(fleet_.knock("c-mcp"), 400) << "open again";
    EXPECT_EQ(git("c-mcp", {"show", "main:compose.yml"}), text);
    EXPECT_EQ(git("c-mcp", {"rev-list", "--count", "main"}), "3\n");
}

}  // namespace
}  // namespace wavegate::testing
