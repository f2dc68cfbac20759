#include "operator/source/git_source.hpp"

#include "tests/support/fixed_credentials.hpp"
#include "tests/support/inline_blocking.hpp"
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
using ::testing::Not;
using ::testing::Pair;

class GitSourceTest : public ::testing::Test {
  protected:
    GitSourceTest() {
        settings_.remote.url = repository_.url();
        settings_.work_folder = work_.path().string();
        first_ = repository_.commit("fleet.yaml", "kind: Fleet\n");
    }

    Result<Revision> fetch(const std::string& last = {}) {
        if (!source_) {
            source_.emplace(settings_, blocking_, credentials_);
        }
        return sim_.run(source_->fetch(last));
    }
    Ancestry ancestry(const std::string& last) { return fetch(last).value().ancestry; }
    /// What `last` failed with; Internal when it did not.
    ErrorKind failure() {
        auto fetched = fetch();
        return fetched ? ErrorKind::Internal : fetched.error().kind();
    }

    wavegate::testing::TestRepository repository_;
    wavegate::testing::TemporaryFolder work_;
    wavegate::testing::Simulation sim_;
    wavegate::testing::InlineBlocking blocking_;
    wavegate::testing::FixedCredentials credentials_;
    GitSettings settings_;
    std::optional<GitSource> source_;
    std::string first_;
};

TEST_F(GitSourceTest, GivesTheYamlFilesOfTheBranchsHead) {
    repository_.files.write("services/a.yml", "kind: McpService\n");
    repository_.files.write("README.md", "# Fleet\n");
    const auto head = repository_.commit();
    const auto revision = fetch();
    ASSERT_TRUE(revision) << revision.error().message();
    EXPECT_EQ(revision->id, head);
    EXPECT_THAT(
        revision->files,
        ElementsAre(
            Pair("fleet.yaml", "kind: Fleet\n"), Pair("services/a.yml", "kind: McpService\n")));
}

TEST_F(GitSourceTest, GivesOnlyWhatLiesBelowThePath) {
    repository_.commit("prod/fleet.yaml", "prod\n");
    settings_.path = "./prod/";
    EXPECT_THAT(fetch().value().files, ElementsAre(Pair("fleet.yaml", "prod\n")));
}

TEST_F(GitSourceTest, ReadsAnotherBranch) {
    repository_.git({"checkout", "-q", "-b", "staging/1"});
    const auto staged = repository_.commit("fleet.yaml", "staged\n");
    settings_.branch = "staging/1";
    EXPECT_EQ(fetch().value().id, staged);
}

TEST_F(GitSourceTest, KeepsBytesThatAreNoText) {
    const std::string bytes("a\r\n\0\xff", 5);
    repository_.commit("fleet.yaml", bytes);
    EXPECT_EQ(fetch().value().files.at("fleet.yaml"), bytes);
}

TEST_F(GitSourceTest, CallsTheFirstRevisionFirstAndAnUnmovedHeadSame) {
    EXPECT_EQ(ancestry({}), Ancestry::First);
    EXPECT_EQ(ancestry(first_), Ancestry::Same);
}

TEST_F(GitSourceTest, SeesACommitOnTopAsDescending) {
    EXPECT_EQ(ancestry({}), Ancestry::First);
    const auto second = repository_.commit("fleet.yaml", "two\n");
    EXPECT_EQ(ancestry(first_), Ancestry::Descends);
    EXPECT_EQ(ancestry(second), Ancestry::Same);
    EXPECT_EQ(ancestry(first_), Ancestry::Descends);
}

TEST_F(GitSourceTest, DeepensTheHistoryUntilItFindsTheLastRevision) {
    repository_.grow(120);
    EXPECT_EQ(ancestry(first_), Ancestry::Descends);
}

TEST_F(GitSourceTest, SearchesNoFurtherThanItMay) {
    repository_.grow(120);
    settings_.history = 100;
    EXPECT_EQ(ancestry(first_), Ancestry::Unknown);
}

TEST_F(GitSourceTest, SeesAForcePushAsDiverged) {
    const auto second = repository_.commit("fleet.yaml", "two\n");
    EXPECT_EQ(ancestry(second), Ancestry::Same);
    repository_.git({"reset", "-q", "--hard", first_});
    repository_.commit("fleet.yaml", "other\n");
    EXPECT_EQ(ancestry(second), Ancestry::Diverged);
    EXPECT_EQ(fetch(second).value().files.at("fleet.yaml"), "other\n");
}

TEST_F(GitSourceTest, SeesABranchThatWasSetBackAsDiverged) {
    const auto second = repository_.commit("fleet.yaml", "two\n");
    EXPECT_EQ(ancestry(second), Ancestry::Same);
    repository_.git({"reset", "-q", "--hard", first_});
    EXPECT_EQ(ancestry(second), Ancestry::Diverged);
}

TEST_F(GitSourceTest, DoesNotSeeAStrangersLongHistoryDescendWhateverComesOnTopOfIt) {
    repository_.git({"checkout", "-q", "--orphan", "forged"});
    repository_.commit("fleet.yaml", "forged\n");
    repository_.grow(120, "forged");
    repository_.git({"branch", "-q", "-f", "main", "forged"});
    settings_.history = 100;
    EXPECT_EQ(ancestry(first_), Ancestry::Unknown);

    repository_.commit("fleet.yaml", "on top\n");
    repository_.git({"branch", "-q", "-f", "main", "forged"});
    EXPECT_EQ(ancestry(first_), Ancestry::Unknown);
    EXPECT_EQ(fetch(first_).value().files.at("fleet.yaml"), "on top\n");

    repository_.git({"branch", "-q", "-f", "main", first_});
    EXPECT_EQ(ancestry(first_), Ancestry::Same);
    repository_.git({"checkout", "-q", "main"});
    repository_.commit("fleet.yaml", "goes on\n");
    EXPECT_EQ(ancestry(first_), Ancestry::Descends);
}

TEST_F(GitSourceTest, DoesNotKnowARevisionThatIsNoCommit) {
    EXPECT_EQ(ancestry("--upload-pack=id"), Ancestry::Unknown);
}

TEST_F(GitSourceTest, FetchesNothingWhenTheHeadHasNotMoved) {
    ASSERT_TRUE(fetch());
    // Without this object the head can still be asked for, but not be fetched.
    const auto object = repository_.git({"rev-parse", "HEAD:fleet.yaml"}).substr(0, 40);
    std::filesystem::remove(
        repository_.files.path() / ".git/objects" / object.substr(0, 2) / object.substr(2));
    const auto again = fetch(first_);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->ancestry, Ancestry::Same);
    EXPECT_EQ(again->files.size(), 1U);

    source_.reset();
    EXPECT_EQ(failure(), ErrorKind::Unavailable);
}

TEST_F(GitSourceTest, FailsWhenTheRepositoryIsGoneAndNeverReadsItAsEmpty) {
    ASSERT_TRUE(fetch());
    std::filesystem::remove_all(repository_.files.path());
    EXPECT_EQ(failure(), ErrorKind::NotFound);
}

TEST_F(GitSourceTest, RecoversWhenTheRepositoryIsBack) {
    const auto aside = repository_.files.path().string() + ".aside";
    std::filesystem::rename(repository_.files.path(), aside);
    EXPECT_EQ(failure(), ErrorKind::NotFound);
    std::filesystem::rename(aside, repository_.files.path());
    EXPECT_EQ(fetch().value().id, first_);
}

TEST_F(GitSourceTest, HasNoBranchThatIsNotThere) {
    settings_.branch = "release";
    EXPECT_EQ(failure(), ErrorKind::NotFound);
}

TEST_F(GitSourceTest, RefusesABranchThatLooksLikeAnOption) {
    settings_.branch = "--upload-pack=id";
    EXPECT_EQ(failure(), ErrorKind::Invalid);
}

TEST_F(GitSourceTest, RefusesAPathThatLeadsOut) {
    for (const auto* path : {"", "/etc", "..", "a/../.."}) {
        settings_.path = path;
        source_.reset();
        EXPECT_EQ(failure(), ErrorKind::Invalid) << path;
    }
}

TEST_F(GitSourceTest, HasNoFolderThatIsNotThereOrIsAFile) {
    for (const auto* path : {"nowhere", "fleet.yaml"}) {
        settings_.path = path;
        source_.reset();
        EXPECT_EQ(failure(), ErrorKind::NotFound) << path;
    }
}

TEST_F(GitSourceTest, TakesAFolderWithoutYamlForAWrongPath) {
    repository_.commit("docs/README.md", "hello\n");
    settings_.path = "docs";
    EXPECT_EQ(failure(), ErrorKind::NotFound);
}

TEST_F(GitSourceTest, RefusesAFileOverTheLimit) {
    settings_.limits.file_bytes = 100;
    repository_.commit("big.yaml", std::string(101, 'x'));
    const auto fetched = fetch();
    ASSERT_FALSE(fetched);
    EXPECT_EQ(fetched.error().kind(), ErrorKind::Invalid);
    EXPECT_THAT(fetched.error().message(), HasSubstr("git: big.yaml: larger than 100 bytes"));
}

TEST_F(GitSourceTest, RefusesASymbolicLink) {
    repository_.files.link("shadow.yaml", "/etc/passwd");
    repository_.commit();
    EXPECT_EQ(failure(), ErrorKind::Invalid);
}

TEST_F(GitSourceTest, KeepsTheLastGoodAnswerOutOfAFailedOne) {
    ASSERT_TRUE(fetch());
    repository_.files.link("shadow.yaml", "/etc/passwd");
    repository_.commit();
    EXPECT_EQ(failure(), ErrorKind::Invalid);
    EXPECT_EQ(failure(), ErrorKind::Invalid);
}

TEST_F(GitSourceTest, AsksForItsTokenWithTheRemotesUrl) {
    settings_.remote.url = "https://127.0.0.1:1/fleet.git";
    settings_.token.text = "env:GIT_TOKEN";
    credentials_.set("env:GIT_TOKEN", "t0ken");
    const auto fetched = fetch();
    ASSERT_FALSE(fetched);
    EXPECT_EQ(fetched.error().kind(), ErrorKind::Unavailable);
    EXPECT_THAT(fetched.error().message(), Not(HasSubstr("t0ken")));
    EXPECT_THAT(
        credentials_.asked(), ElementsAre("env:GIT_TOKEN for https://127.0.0.1:1/fleet.git"));
}

TEST_F(GitSourceTest, FailsWithoutTheTokenItWasPromised) {
    settings_.token.text = "env:NONE";
    EXPECT_EQ(failure(), ErrorKind::NotFound);
}

TEST_F(GitSourceTest, LeavesNothingBehind) {
    ASSERT_TRUE(fetch());
    EXPECT_FALSE(std::filesystem::is_empty(work_.path()));
    source_.reset();
    EXPECT_TRUE(std::filesystem::is_empty(work_.path()));
}

}  // namespace
}  // namespace wavegate::source
