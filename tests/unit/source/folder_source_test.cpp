#include "operator/source/folder_source.hpp"

#include "tests/support/inline_blocking.hpp"
#include "tests/support/simulation.hpp"
#include "tests/unit/source/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <sys/stat.h>

namespace wavegate::source {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::Pair;

class FolderSourceTest : public ::testing::Test {
  protected:
    Result<Revision> fetch(const std::string& last = {}) {
        FolderSource source(folder_.path().string(), blocking_, limits_);
        return sim_.run(source.fetch(last));
    }
    ErrorKind failure() {
        auto fetched = fetch();
        return fetched ? ErrorKind::Internal : fetched.error().kind();
    }

    wavegate::testing::TemporaryFolder folder_;
    wavegate::testing::Simulation sim_;
    wavegate::testing::InlineBlocking blocking_;
    Limits limits_;
};

TEST_F(FolderSourceTest, GivesItsYamlFilesOutsideHiddenFolders) {
    folder_.write("fleet.yaml", "kind: Fleet\n");
    folder_.write("services/a.yml", "a\n");
    folder_.write("README.md", "hello\n");
    folder_.write(".git/config.yaml", "no\n");
    folder_.write("services/.swap.yaml", "no\n");
    EXPECT_THAT(
        fetch().value().files,
        ElementsAre(Pair("fleet.yaml", "kind: Fleet\n"), Pair("services/a.yml", "a\n")));
}

TEST_F(FolderSourceTest, HasTheSameIdForTheSameContentAlone) {
    folder_.write("a.yaml", "1");
    const auto first = fetch().value();
    EXPECT_EQ(first.ancestry, Ancestry::First);
    EXPECT_EQ(fetch(first.id).value().ancestry, Ancestry::Same);

    folder_.write("a.yaml", "2");
    const auto second = fetch(first.id).value();
    EXPECT_NE(second.id, first.id);
    EXPECT_EQ(second.ancestry, Ancestry::Descends);

    folder_.write("a.yaml", "1");
    EXPECT_EQ(fetch(second.id).value().id, first.id);
}

TEST_F(FolderSourceTest, TellsAMovedFileFromAnUnmovedOne) {
    folder_.write("a.yaml", "1");
    const auto before = fetch().value().id;
    std::filesystem::rename(folder_.path() / "a.yaml", folder_.path() / "b.yaml");
    EXPECT_NE(fetch().value().id, before);
}

TEST_F(FolderSourceTest, FollowsLinksThatStayInside) {
    folder_.write("..2026/fleet.yaml", "mounted\n");
    folder_.link("..data", "..2026");
    folder_.link("fleet.yaml", "..data/fleet.yaml");
    EXPECT_THAT(fetch().value().files, ElementsAre(Pair("fleet.yaml", "mounted\n")));
}

TEST_F(FolderSourceTest, RefusesLinksThatLeadOut) {
    const wavegate::testing::TemporaryFolder outside;
    outside.write("secret.yaml", "password\n");
    folder_.write("fleet.yaml", "x\n");
    folder_.link("b.yaml", (outside.path() / "secret.yaml").string());
    const auto fetched = fetch();
    ASSERT_FALSE(fetched);
    EXPECT_EQ(fetched.error().kind(), ErrorKind::Invalid);
    EXPECT_THAT(fetched.error().message(), HasSubstr("folder: b.yaml: "));
}

TEST_F(FolderSourceTest, RefusesANeighbourWhoseNameOnlyBeginsAlike) {
    folder_.write("fleet/a.yaml", "x\n");
    folder_.write("fleet-private/secret.yaml", "password\n");
    folder_.link("fleet/b.yaml", "../fleet-private/secret.yaml");
    FolderSource source((folder_.path() / "fleet").string(), blocking_);
    const auto fetched = sim_.run(source.fetch({}));
    ASSERT_FALSE(fetched);
    EXPECT_EQ(fetched.error().kind(), ErrorKind::Invalid);
}

TEST_F(FolderSourceTest, PassesOverLinkedFoldersWhichCouldGoInCircles) {
    folder_.write("fleet.yaml", "x\n");
    folder_.link("again", ".");
    folder_.link("AGENTS.md", "nowhere");
    folder_.link("CLAUDE.md", "AGENTS.md");
    FolderSource source(folder_.path().string(), blocking_);
    EXPECT_THAT(sim_.run(source.fetch({})).value().files, ElementsAre(Key("fleet.yaml")));
}

TEST_F(FolderSourceTest, TakesTheEndingInCapitalsToo) {
    folder_.write("fleet.YAML", "x\n");
    FolderSource source(folder_.path().string(), blocking_);
    EXPECT_THAT(sim_.run(source.fetch({})).value().files, ElementsAre(Key("fleet.YAML")));
}

TEST_F(FolderSourceTest, FailsOnALinkToNothing) {
    folder_.write("fleet.yaml", "x\n");
    folder_.link("b.yaml", "nowhere.yaml");
    EXPECT_EQ(failure(), ErrorKind::Unavailable);
}

TEST_F(FolderSourceTest, RefusesWhatIsNoFile) {
    folder_.write("fleet.yaml", "x\n");
    ASSERT_EQ(::mkfifo((folder_.path() / "pipe.yaml").c_str(), 0600), 0);
    EXPECT_EQ(failure(), ErrorKind::Invalid);
}

TEST_F(FolderSourceTest, MayBeALinkItself) {
    folder_.write("real/fleet.yaml", "x\n");
    folder_.link("current", "real");
    FolderSource source((folder_.path() / "current").string(), blocking_);
    EXPECT_THAT(sim_.run(source.fetch({})).value().files, ElementsAre(Key("fleet.yaml")));
}

TEST_F(FolderSourceTest, FailsWhenTheFolderIsGoneOrEmptyAndNeverReadsItAsEmpty) {
    EXPECT_EQ(failure(), ErrorKind::NotFound);
    std::filesystem::remove_all(folder_.path());
    EXPECT_EQ(failure(), ErrorKind::NotFound);
}

TEST_F(FolderSourceTest, RefusesFilesOverTheLimits) {
    limits_ = {.files = 2, .file_bytes = 10, .total_bytes = 15};
    folder_.write("a.yaml", std::string(10, 'x'));
    EXPECT_TRUE(fetch());
    folder_.write("b.yaml", std::string(6, 'x'));
    EXPECT_EQ(failure(), ErrorKind::Invalid);
    folder_.write("b.yaml", "x");
    EXPECT_TRUE(fetch());
    folder_.write("c.yaml", "x");
    EXPECT_EQ(failure(), ErrorKind::Invalid);
    std::filesystem::remove(folder_.path() / "c.yaml");
    folder_.write("a.yaml", std::string(11, 'x'));
    EXPECT_EQ(failure(), ErrorKind::Invalid);
}

}  // namespace
}  // namespace wavegate::source
