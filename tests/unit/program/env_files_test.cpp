#include "operator/program/env_files.hpp"

#include "tests/support/inline_blocking.hpp"
#include "tests/support/scratch_folder.hpp"
#include "tests/support/simulation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

namespace wavegate::program {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

class FolderEnvFilesTest : public ::testing::Test {
  protected:
    Result<ResolvedEnv> read(std::vector<EnvFileSpec> files, const std::string& service = "a-mcp") {
        FolderEnvFiles env(folder_.path() + "/top", rules_, blocking_);
        return sim_.run(env.read(service, std::move(files)));
    }
    std::map<std::string, std::string> values(std::vector<EnvFileSpec> files) {
        std::map<std::string, std::string> plain;
        const auto found = read(std::move(files));
        EXPECT_TRUE(found);
        for (const auto& [key, value] : found->values) {
            value->reveal([&, name = key](std::string_view text) { plain[name] = text; });
        }
        return plain;
    }
    std::string refusal(const std::string& file, const std::string& service = "a-mcp") {
        const auto found = read({{file, {}}}, service);
        return found ? "accepted" : found.error().message();
    }
    ErrorKind failure(const std::string& file) {
        const auto found = read({{file, {}}});
        return found ? ErrorKind::Internal : found.error().kind();
    }

    wavegate::testing::Simulation sim_;
    wavegate::testing::InlineBlocking blocking_;
    testing::ScratchFolder folder_;
    EnvFileRules rules_;
};

TEST_F(FolderEnvFilesTest, MergesFilesTheLaterOneWinning) {
    folder_.write("top/a-mcp/a.env", "ONE=1\nTWO=1\n");
    folder_.write("top/sub/a-mcp/b.env", "TWO=2\n");

    EXPECT_THAT(
        values({{"a-mcp/a.env", {}}, {"sub/a-mcp/b.env", {}}}),
        ElementsAre(Pair("ONE", "1"), Pair("TWO", "2")));
}

TEST_F(FolderEnvFilesTest, LeavesOutExcludedKeys) {
    folder_.write("top/a-mcp/a.env", "HOST=h\nKEPT=1\n");

    EXPECT_THAT(values({{"a-mcp/a.env", {"HOST"}}}), ElementsAre(Pair("KEPT", "1")));
}

TEST_F(FolderEnvFilesTest, RefusesToLeaveItsRoot) {
    folder_.write("outside.env", "SECRET=1\n");
    folder_.write("top/a-mcp/a.env", "ONE=1\n");
    std::filesystem::create_symlink(
        folder_.path() + "/outside.env", folder_.path() + "/top/a-mcp/link.env");

    EXPECT_EQ(failure("../a-mcp/outside.env"), ErrorKind::Invalid);
    EXPECT_EQ(failure(folder_.path() + "/a-mcp/outside.env"), ErrorKind::Invalid);
    EXPECT_EQ(failure("a-mcp/link.env"), ErrorKind::Invalid);
}

TEST_F(FolderEnvFilesTest, SaysThatAFileIsNotThere) {
    folder_.write("top/a-mcp/a.env", "ONE=1\n");

    EXPECT_EQ(failure("a-mcp/b.env"), ErrorKind::NotFound);
}

TEST_F(FolderEnvFilesTest, NamesFileAndLineOfWhatCannotBeRead) {
    folder_.write("top/a-mcp/a.env", "ONE=1\nhunter2 is no entry\n");

    const auto found = read({{"a-mcp/a.env", {}}});

    ASSERT_FALSE(found);
    EXPECT_THAT(found.error().message(), AllOf(HasSubstr("a.env"), HasSubstr("2")));
    EXPECT_THAT(found.error().message(), Not(HasSubstr("hunter2")));
}

TEST_F(FolderEnvFilesTest, GivesAFileOnlyToTheServiceThatItsFolderIsFor) {
    folder_.write("top/b-mcp/.env", "SECRET=of-b\n");
    folder_.write("top/a-mcp/b-mcp/.env", "SECRET=of-b\n");
    folder_.write("top/.env", "SECRET=of-all\n");
    for (const auto* file : {"b-mcp/.env", "a-mcp/b-mcp/.env", ".env", "b-mcp/a-mcp/../.env"}) {
        const auto found = read({{file, {}}});
        ASSERT_FALSE(found) << file;
    }
    EXPECT_EQ(failure("b-mcp/.env"), ErrorKind::Denied);
    EXPECT_EQ(
        refusal("b-mcp/.env"),
        "b-mcp/.env: it is for b-mcp alone, its folder's service; to give it to a-mcp, write "
        "envFiles: { \"b-mcp/.env\": [ a-mcp ] } into operator.yaml and restart, with b-mcp in the "
        "list where that needs it too");
    EXPECT_EQ(
        refusal(".env"),
        ".env: it lies in no service's folder; to give it to a-mcp, write envFiles: { \".env\": [ "
        "a-mcp ] } into operator.yaml and restart");
}

TEST_F(FolderEnvFilesTest, GivesAFileToTheServicesThatItsRuleNamesAndToNoOther) {
    folder_.write("top/shared/common.env", "SHARED=1\n");
    folder_.write("top/c-mcp/.env", "SECRET=of-c\n");
    rules_ = {{"shared/common.env", {"a-mcp", "b-mcp"}}, {"c-mcp/.env", {"a-mcp"}}};

    for (const auto* spelling : {"shared/common.env", "./shared//common.env"}) {
        EXPECT_EQ(refusal(spelling, "a-mcp"), "accepted") << spelling;
        EXPECT_EQ(refusal(spelling, "b-mcp"), "accepted") << spelling;
    }
    EXPECT_EQ(
        refusal("shared/common.env", "c-mcp"),
        "shared/common.env: operator.yaml gives it to a-mcp, b-mcp alone; to give it to c-mcp, "
        "write envFiles: { \"shared/common.env\": [ a-mcp, b-mcp, c-mcp ] } into operator.yaml and "
        "restart");
    EXPECT_EQ(refusal("c-mcp/.env", "a-mcp"), "accepted");
    EXPECT_THAT(refusal("c-mcp/.env", "c-mcp"), HasSubstr("operator.yaml gives it to a-mcp alone"))
        << "a rule takes the place of the folder's name";
    EXPECT_THAT(refusal("shared/other.env", "a-mcp"), HasSubstr("it is for shared alone"));
    EXPECT_THAT(refusal("c-mcp/../shared/common.env", "a-mcp"), HasSubstr("leaves envRoot"))
        << "the rule lets no path climb";
}

TEST_F(FolderEnvFilesTest, WaitsForNothingButAPlainFile) {
    folder_.write("top/a-mcp/a.env", "ONE=1\n");
    const auto top = folder_.path() + "/top/a-mcp/";
    ASSERT_EQ(::mkfifo((top + "fifo.env").c_str(), 0600), 0);
    std::filesystem::create_directories(top + "folder.env");
    std::filesystem::create_symlink("nowhere", top + "dangling.env");
    folder_.write("top/a-mcp/large.env", std::string((1U << 20U) + 1, '#'));
    EXPECT_EQ(refusal("a-mcp/fifo.env"), "a-mcp/fifo.env: is no plain file");
    EXPECT_EQ(refusal("a-mcp/folder.env"), "a-mcp/folder.env: is no plain file");
    EXPECT_THAT(refusal("a-mcp/dangling.env"), HasSubstr("not there"));
    EXPECT_EQ(refusal("a-mcp/large.env"), "a-mcp/large.env: is larger than 1 MiB");
}

TEST_F(FolderEnvFilesTest, PutsInExcludedKeysAndThoseOfFilesBefore) {
    folder_.write("top/a-mcp/a.env", "HOST=h.test\nTWO=2\n");
    folder_.write("top/a-mcp/b.env", "URL=http://${HOST}/${TWO}\n");

    EXPECT_THAT(
        values({{"a-mcp/a.env", {"HOST"}}, {"a-mcp/b.env", {}}}),
        ElementsAre(Pair("TWO", "2"), Pair("URL", "http://h.test/2")));
}

TEST_F(FolderEnvFilesTest, RefusesANameThatIsNoVariablesUnlessItIsExcluded) {
    folder_.write("top/a-mcp/a.env", "ONE=1\nmy-key=2\n");

    EXPECT_EQ(
        refusal("a-mcp/a.env"),
        "a-mcp/a.env: line 2: the name is no variable's (letters, digits and _); rename it or "
        "exclude it");
    EXPECT_THAT(values({{"a-mcp/a.env", {"my-key"}}}), ElementsAre(Pair("ONE", "1")));
}

TEST_F(FolderEnvFilesTest, SaysWhatItLeavesOut) {
    folder_.write("top/a-mcp/a.env", "ONE=1\nBARE\n");

    const auto found = read({{"a-mcp/a.env", {}}});
    ASSERT_TRUE(found);
    EXPECT_THAT(
        found->notes, ElementsAre("a-mcp/a.env: line 2: a name without a value is left out"));
}

}  // namespace
}  // namespace wavegate::program
