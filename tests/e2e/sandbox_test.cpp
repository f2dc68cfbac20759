#include "tests/e2e/process.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/scratch_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Ended {
    int code = 0;
    std::string out;
    std::string error;
};

Ended run(const std::string& program, std::vector<std::string> words) {
    const ScratchFolder folder;
    words.insert(words.begin(), program);
    Process process(words, {{"PATH", "/usr/bin:/bin"}}, folder.path() + "/run");
    const int code = process.wait(30s);
    return {code, process.output(), process.errors()};
}

std::string sandbox_path() {
    return program_path() + "-sandbox";
}

TEST(SandboxProgram, TakesWhatWasSaidToTheCommandAndGivesItsExitCode) {
    const auto ended =
        run(program_path(), {"--no-color", "sandbox", "--port", "0", "--enforcing", "gone-mcp"});
    EXPECT_EQ(ended.code, 1);
    EXPECT_THAT(ended.error, HasSubstr("no service is called gone-mcp"));
    EXPECT_THAT(ended.out, IsEmpty());
}

TEST(SandboxProgram, IsHelpedWithByBothInTheSameWords) {
    const auto from = [](const Ended& ended) { return ended.out.substr(ended.out.find("--port")); };
    const auto command = run(program_path(), {"sandbox", "--help"});
    const auto alone = run(sandbox_path(), {"--help"});
    EXPECT_EQ(command.code, 0);
    EXPECT_EQ(alone.code, 0);
    EXPECT_EQ(from(command), from(alone));
    EXPECT_THAT(run(sandbox_path(), {"--prot", "0"}).error, HasSubstr("did you mean --port?"));
}

TEST(SandboxProgram, IsNamedWhereItIsNotInstalled) {
    const ScratchFolder folder;
    const auto alone = folder.path() + "/wavegate";
    std::filesystem::copy_file(program_path(), alone);
    const auto ended = run(alone, {"sandbox", "--port", "0"});
    EXPECT_EQ(ended.code, 1);
    EXPECT_THAT(ended.error, HasSubstr(alone + "-sandbox: No such file or directory"));
    EXPECT_THAT(ended.out, IsEmpty());
}

TEST(SandboxProgram, IsFoundBesideTheProgramThatALinkLeadsTo) {
    const ScratchFolder folder;
    const auto link = folder.path() + "/wavegate";
    std::filesystem::create_symlink(program_path(), link);
    const auto ended = run(link, {"sandbox", "--fleet", folder.path() + "/nowhere"});
    EXPECT_EQ(ended.code, 1);
    EXPECT_THAT(ended.error, HasSubstr("nowhere"));
    EXPECT_THAT(ended.error, Not(HasSubstr("beside this one")));
}

}  // namespace
}  // namespace wavegate::testing
