#include "operator/cli/env_files.hpp"

#include "tests/support/inline_blocking.hpp"
#include "tests/support/scratch_folder.hpp"
#include "tests/support/simulation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

class FolderEnvFilesTest : public ::testing::Test {
  protected:
    Result<ResolvedEnv> read(std::vector<EnvFileSpec> files) {
        FolderEnvFiles env(folder_.path() + "/top", blocking_);
        return sim_.run(env.read(std::move(files)));
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
    ErrorKind failure(const std::string& file) {
        const auto found = read({{file, {}}});
        return found ? ErrorKind::Internal : found.error().kind();
    }

    wavegate::testing::Simulation sim_;
    wavegate::testing::InlineBlocking blocking_;
    testing::ScratchFolder folder_;
};

TEST_F(FolderEnvFilesTest, MergesFilesTheLaterOneWinning) {
    folder_.write("top/a.env", "ONE=1\nTWO=1\n");
    folder_.write("top/sub/b.env", "TWO=2\n");

    EXPECT_THAT(
        values({{"a.env", {}}, {"sub/b.env", {}}}),
        ElementsAre(Pair("ONE", "1"), Pair("TWO", "2")));
}

TEST_F(FolderEnvFilesTest, LeavesOutExcludedAndReservedKeys) {
    folder_.write("top/a.env", "AUTH_TYPE=none\nOIDC_CLIENT_SECRET=x\nHOST=h\nKEPT=1\n");

    EXPECT_THAT(values({{"a.env", {"HOST"}}}), ElementsAre(Pair("KEPT", "1")));
}

TEST_F(FolderEnvFilesTest, RefusesToLeaveItsRoot) {
    folder_.write("outside.env", "SECRET=1\n");
    folder_.write("top/a.env", "ONE=1\n");
    std::filesystem::create_symlink(
        folder_.path() + "/outside.env", folder_.path() + "/top/link.env");

    EXPECT_EQ(failure("../outside.env"), ErrorKind::Invalid);
    EXPECT_EQ(failure(folder_.path() + "/outside.env"), ErrorKind::Invalid);
    EXPECT_EQ(failure("link.env"), ErrorKind::Invalid);
}

TEST_F(FolderEnvFilesTest, SaysThatAFileIsNotThere) {
    folder_.write("top/a.env", "ONE=1\n");

    EXPECT_EQ(failure("b.env"), ErrorKind::NotFound);
}

TEST_F(FolderEnvFilesTest, NamesFileAndLineOfWhatCannotBeRead) {
    folder_.write("top/a.env", "ONE=1\nhunter2 is no entry\n");

    const auto found = read({{"a.env", {}}});

    ASSERT_FALSE(found);
    EXPECT_THAT(found.error().message(), AllOf(HasSubstr("a.env"), HasSubstr("2")));
    EXPECT_THAT(found.error().message(), Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace wavegate::cli
