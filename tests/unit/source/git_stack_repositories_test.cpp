#include "operator/source/git_stack_repositories.hpp"

#include "tests/support/fixed_credentials.hpp"
#include "tests/support/inline_blocking.hpp"
#include "tests/support/permits.hpp"
#include "tests/support/simulation.hpp"
#include "tests/unit/source/test_repository.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <optional>
#include <string>

namespace wavegate::source {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kOpen = "services:\n  a-mcp:\n    image: x\n";
constexpr const char* kFlipped = "services:\n  a-mcp:\n    image: y\n";

/// A bare repository, as a git server holds it, and people who work on it from a clone.
class StackRepositoryTest : public ::testing::Test {
  protected:
    StackRepositoryTest() {
        people_.git({"init", "-q", "--bare", "-b", "main", server_.path().string()});
        people_.files.write("README.md", "the stack\n");
        first_ = people_.commit("deploy/compose.yml", kOpen);
        publish();
        settings_.spec.username = "bot";
        settings_.spec.token.text = "env:GIT_TOKEN";
        settings_.spec.author = "Wave Gate <wavegate@localhost>";
        credentials_.set("env:GIT_TOKEN", "s3cret");
        settings_.work_folder = work_.path().string();
        use(settings_);
    }

    void use(const StackRepositorySettings& settings) {
        repositories_.emplace(settings, blocking_, credentials_, sim_.clock);
    }
    void publish(const std::string& how = "main") {
        people_.git({"push", "-q", "--force", server_.path().string(), how});
    }
    /// A hook of the server's.
    void hook(const std::string& name, const std::string& text) {
        const auto path = server_.path() / "hooks" / name;
        server_.write("hooks/" + name, "#!/bin/sh\n" + text);
        std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    }
    std::string server(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"--git-dir", server_.path().string()});
        return people_.git(std::move(arguments));
    }

    [[nodiscard]] wavegate::GitSource git(std::string reference = "refs/heads/main") const {
        wavegate::GitSource git;
        git.url = "file://" + server_.path().string();
        git.reference = std::move(reference);
        git.config_path = "deploy/compose.yml";
        return git;
    }
    Result<BranchHead> head(wavegate::GitSource where) {
        return sim_.run(repositories_->head(std::move(where)));
    }
    Result<Permit> push(const std::string& expected) {
        StackWrite write;
        write.deploys = KeptGit();
        write.commit.emplace();
        write.commit->url = git().url;
        write.commit->reference = git().reference;
        write.commit->path = git().config_path;
        write.commit->parent = expected;
        write.commit->text = kFlipped;
        write.commit->message = "a-mcp: auth should be jwt\n\nWavegate-Intent: e1@7\n";
        auto permit = wavegate::testing::permit(std::move(write));
        // A permit can't be made from nothing, which is what spawning asks of a result.
        auto wrapped = [](StackRepositories& to,
                          Permit leave) -> asio::awaitable<std::optional<Result<Permit>>> {
            co_return co_await to.push(std::move(leave));
        };
        return std::move(*sim_.run(wrapped(*repositories_, std::move(permit))));
    }
    std::string head_now() { return server({"rev-parse", "main"}).substr(0, 40); }

    wavegate::testing::TestRepository people_;
    wavegate::testing::TemporaryFolder server_;
    wavegate::testing::TemporaryFolder work_;
    wavegate::testing::Simulation sim_;
    wavegate::testing::InlineBlocking blocking_;
    wavegate::testing::FixedCredentials credentials_;
    StackRepositorySettings settings_;
    std::optional<GitStackRepositories> repositories_;
    std::string first_;
};

TEST_F(StackRepositoryTest, ShowsTheBranchsHeadAndTheStacksFile) {
    const auto seen = head(git());
    ASSERT_TRUE(seen) << seen.error().message();
    EXPECT_EQ(seen->commit, first_);
    EXPECT_EQ(*seen->file, kOpen);
    EXPECT_THAT(seen->parent, IsEmpty());
}

TEST_F(StackRepositoryTest, FindsTheDefaultBranchOfAnEmptyReference) {
    const auto seen = head(git(""));
    ASSERT_TRUE(seen) << seen.error().message();
    EXPECT_EQ(seen->commit, first_);
}

TEST_F(StackRepositoryTest, TellsACommitOfTheFileAloneFromOneThatChangesMore) {
    const auto second = people_.commit("deploy/compose.yml", kFlipped);
    publish();
    EXPECT_TRUE(head(git())->file_alone);
    EXPECT_EQ(head(git())->parent, first_);
    people_.files.write("README.md", "more\n");
    people_.commit("deploy/compose.yml", kOpen);
    publish();
    EXPECT_FALSE(head(git())->file_alone);
    EXPECT_EQ(head(git())->parent, second);
}

TEST_F(StackRepositoryTest, AsksOnlyForTheHeadWhileItStandsStill) {
    ASSERT_TRUE(head(git()));
    // What can't be read any more is not read again.
    std::filesystem::remove_all(server_.path() / "objects");
    std::filesystem::create_directory(server_.path() / "objects");
    EXPECT_EQ(head(git())->commit, first_);
}

TEST_F(StackRepositoryTest, SaysWhyAHeadCannotBeShown) {
    EXPECT_EQ(head(git("refs/tags/v1")).error().kind(), ErrorKind::Invalid);
    EXPECT_EQ(head(git("refs/heads/gone")).error().kind(), ErrorKind::NotFound);
    auto elsewhere = git();
    elsewhere.config_path = "gone.yml";
    EXPECT_EQ(head(elsewhere).error().kind(), ErrorKind::NotFound);
    elsewhere.config_path = "../compose.yml";
    EXPECT_EQ(head(elsewhere).error().kind(), ErrorKind::Invalid);
    elsewhere.url = "ssh://git@git.arpa/a.git";
    elsewhere.config_path = "deploy/compose.yml";
    EXPECT_EQ(head(elsewhere).error().kind(), ErrorKind::Invalid);
    elsewhere.url = "file:///nonexistent/wavegate.git";
    EXPECT_FALSE(head(elsewhere));
}

TEST_F(StackRepositoryTest, ReadsNoFileThroughASymbolicLink) {
    people_.files.link("deploy/link.yml", "compose.yml");
    people_.commit();
    publish();
    auto link = git();
    link.config_path = "deploy/link.yml";
    EXPECT_EQ(head(link).error().kind(), ErrorKind::Invalid);
}

TEST_F(StackRepositoryTest, SendsTheTokenToTheRepositoryAlone) {
    settings_.spec.token.text = "env:OTHER";
    use(settings_);
    auto there = git();
    there.url = "https://git.arpa/services/a.git";
    const auto seen = head(there);
    ASSERT_FALSE(seen);
    EXPECT_EQ(seen.error().kind(), ErrorKind::NotFound) << "no such secret was set";
    EXPECT_THAT(credentials_.asked(), ElementsAre("env:OTHER for https://git.arpa/services/a.git"));
}

TEST_F(StackRepositoryTest, IsNoFolderOfThisMachineUnlessTheGateLetsItBeOne) {
    settings_.spec.token.text = "env:OTHER";
    use(settings_);
    EXPECT_FALSE(head(git())) << "nothing lets that reference go to file://";
    EXPECT_THAT(credentials_.asked(), ElementsAre("env:OTHER for " + git().url));
}

TEST_F(StackRepositoryTest, UsesTheKeyForTheRepositoryAlone) {
    settings_.spec.token.text.clear();
    settings_.spec.ssh_key.text = "file:/nonexistent/key";
    use(settings_);
    auto there = git();
    there.url = "ssh://git@git.arpa:2222/services/a.git";
    EXPECT_EQ(head(there).error().kind(), ErrorKind::NotFound) << "no such key was allowed";
    EXPECT_THAT(
        credentials_.asked(),
        ElementsAre("file:/nonexistent/key for ssh://git@git.arpa:2222/services/a.git"));
    credentials_.set("file:/nonexistent/key", "allowed");
    EXPECT_THAT(head(there).error().message(), HasSubstr("the ssh key file /nonexistent/key"));
}

TEST_F(StackRepositoryTest, SaysWhichWayInARepositoryNeeds) {
    auto there = git();
    there.url = "git@git.arpa:a.git";
    EXPECT_EQ(
        head(there).error().message(),
        "stackRepo: has no sshKeyRef, which an ssh repository needs");
    settings_.spec.token.text.clear();
    use(settings_);
    there.url = "https://git.arpa/a.git";
    EXPECT_EQ(
        head(there).error().message(),
        "stackRepo: has no tokenRef, which an https repository needs");
}

TEST_F(StackRepositoryTest, PushesOneCommitOfOneFileInTheAuthorsName) {
    const auto rest = push(first_);
    ASSERT_TRUE(rest) << rest.error().message();
    ASSERT_NE(rest->as<StackWrite>(), nullptr);
    EXPECT_FALSE(rest->as<StackWrite>()->commit) << "what is left is to deploy";
    EXPECT_EQ(server({"rev-list", "--count", "main"}), "2\n");
    EXPECT_EQ(server({"rev-parse", "main^"}).substr(0, 40), first_);
    EXPECT_EQ(server({"show", "main:deploy/compose.yml"}), kFlipped);
    EXPECT_EQ(
        server({"diff-tree", "-r", "--name-status", "main^", "main"}), "M\tdeploy/compose.yml\n");
    const auto log = server({"log", "-1", "--format=%an <%ae> %cn%n%B", "main"});
    EXPECT_THAT(log, HasSubstr("Wave Gate <wavegate@localhost> Wave Gate\n"));
    EXPECT_THAT(log, HasSubstr("a-mcp: auth should be jwt\n"));
    EXPECT_THAT(log, HasSubstr("Wavegate-Intent: e1@7\n"));
}

TEST_F(StackRepositoryTest, KeepsTheFilesMode) {
    people_.git({"update-index", "--chmod=+x", "deploy/compose.yml"});
    people_.git({"commit", "-q", "-m", "run it"});
    publish();
    ASSERT_TRUE(push(head_now()));
    EXPECT_THAT(server({"ls-tree", "-r", "main", "deploy"}), HasSubstr("100755 blob"));
}

TEST_F(StackRepositoryTest, PushesNothingOnAHeadThatMoved) {
    people_.commit("README.md", "somebody was faster\n");
    publish();
    const auto moved = head_now();
    const auto refused = push(first_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), ErrorKind::Conflict);
    EXPECT_EQ(refused.error().effect(), Effect::None);
    EXPECT_EQ(head_now(), moved);
}

TEST_F(StackRepositoryTest, PushesNothingOnABranchThatWasSetBack) {
    const auto second = people_.commit("README.md", "later taken back\n");
    publish();
    people_.git({"reset", "-q", "--hard", first_});
    publish();
    EXPECT_EQ(push(second).error().kind(), ErrorKind::Conflict);
    EXPECT_EQ(head_now(), first_);
}

TEST_F(StackRepositoryTest, LetsTheServerCompareAtTheMomentOfThePush) {
    // Somebody else's push lands after ours has looked at the head and before it is taken.
    people_.commit("README.md", "in between\n");
    people_.git({"push", "-q", server_.path().string(), "main:refs/heads/other"});
    const auto other = server({"rev-parse", "other"}).substr(0, 40);
    hook(
        "pre-receive",
        "unset GIT_QUARANTINE_PATH\nexec git update-ref refs/heads/main " + other + "\n");
    const auto refused = push(first_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), ErrorKind::Conflict) << refused.error().message();
    EXPECT_EQ(refused.error().effect(), Effect::None);
    EXPECT_EQ(head_now(), other);
}

TEST_F(StackRepositoryTest, IsDeniedByAHookInItsWordsWithoutWhatMayBeASecret) {
    hook("pre-receive", "echo 'repository not found: the token is s3cret' >&2\nexit 1\n");
    const auto refused = push(first_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), ErrorKind::Denied);
    EXPECT_EQ(refused.error().effect(), Effect::None);
    EXPECT_EQ(
        refused.error().message(),
        "stackRepo: the repository refuses the push (protected, or a hook): (pre-receive hook "
        "declined) repository not found: the token is …");
    EXPECT_EQ(head_now(), first_);
}

TEST_F(StackRepositoryTest, IsDeniedByAProtectedBranchInTheServersWords) {
    hook(
        "update",
        "echo 'GitLab: You are not allowed to push code to protected branches.' >&2\nexit 1\n");
    const auto refused = push(first_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), ErrorKind::Denied);
    EXPECT_THAT(
        refused.error().message(),
        HasSubstr("GitLab: You are not allowed to push code to protected branches."));
}

TEST_F(StackRepositoryTest, LeavesNoCopyBehind) {
    ASSERT_TRUE(head(git()));
    ASSERT_TRUE(push(first_));
    EXPECT_TRUE(std::filesystem::is_empty(work_.path()));
}

}  // namespace
}  // namespace wavegate::source
