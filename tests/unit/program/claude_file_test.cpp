#include "operator/program/claude_file.hpp"

#include "tests/support/scratch_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sys/stat.h>

namespace wavegate::program {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kBefore = R"({
  "numStartups": 12.50,
  "mcpServers": {
    "other": { "type": "http", "url": "https://x.example" },
    "mcp-multiplexer": {
      "command": "mcp-multiplexer",
      "args": [],
      "env": {
        "OIDC_CLIENT_SECRET": "old",
        "LOG": "info"
      }
    }
  },
  "projects": { "/a": { "history": ["\u00e9"] } }
})";

const std::vector<formats::JsonMember> kWanted{
    {"MCP_CLIENT_AUTH", "oidc-client-credentials"},
    {"OIDC_CLIENT_SECRET", "fresh"},
    {"OIDC_TOKEN_URL", "http://keycloak.arpa/token", true}};

class ClaudeFile : public ::testing::Test {
  protected:
    void write(const std::string& text, mode_t mode = 0600) {
        folder_.write("claude.json", text);
        ASSERT_EQ(::chmod(path().c_str(), mode), 0);
    }
    [[nodiscard]] std::string path() const { return folder_.path() + "/claude.json"; }
    [[nodiscard]] std::string text() const {
        std::ifstream file(path(), std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    [[nodiscard]] mode_t mode() const {
        struct stat status {};
        ::stat(path().c_str(), &status);
        return status.st_mode & mode_t{07777};
    }
    [[nodiscard]] auto entries() const {
        const auto files = fs::directory_iterator(folder_.path());
        return std::distance(begin(files), end(files));
    }

    testing::ScratchFolder folder_;
};

std::string replaced(std::string text, const std::string& what, const std::string& with) {
    return text.replace(text.find(what), what.size(), with);
}

TEST_F(ClaudeFile, GetsTheKeysAndNothingElse) {
    write(kBefore);
    const auto change = edit_claude_file(path(), kWanted, false);
    ASSERT_TRUE(change) << change.error().message();
    EXPECT_THAT(
        change->keys, ElementsAre("MCP_CLIENT_AUTH", "OIDC_CLIENT_SECRET", "OIDC_TOKEN_URL"));
    auto expected = replaced(kBefore, "\"old\"", "\"fresh\"");
    expected = replaced(
        expected,
        "\"LOG\": \"info\"",
        "\"LOG\": \"info\",\n        \"MCP_CLIENT_AUTH\": \"oidc-client-credentials\",\n"
        "        \"OIDC_TOKEN_URL\": \"http://keycloak.arpa/token\"");
    EXPECT_EQ(text(), expected);
    const auto again = edit_claude_file(path(), kWanted, false);
    ASSERT_TRUE(again);
    EXPECT_FALSE(again->differs());
    EXPECT_EQ(entries(), 1);
}

TEST_F(ClaudeFile, OnlyLooksWhereItIsChecked) {
    write(kBefore);
    const auto change = edit_claude_file(path(), kWanted, true);
    ASSERT_TRUE(change);
    EXPECT_TRUE(change->differs());
    EXPECT_EQ(text(), kBefore);
}

TEST_F(ClaudeFile, KeepsItsModeAndIsNeverReadByOthers) {
    write(kBefore, 0400);
    ASSERT_TRUE(edit_claude_file(path(), kWanted, false));
    EXPECT_EQ(mode(), 0400U);
    ASSERT_EQ(::chmod(path().c_str(), 0644), 0);
    const auto wide = edit_claude_file(path(), kWanted, false);
    ASSERT_TRUE(wide);
    EXPECT_THAT(wide->keys, IsEmpty());
    EXPECT_TRUE(wide->narrower);
    EXPECT_EQ(mode(), 0600U);
}

TEST_F(ClaudeFile, IsTheOneThatALinkNames) {
    write(kBefore);
    const auto link = folder_.path() + "/link.json";
    fs::create_symlink("claude.json", link);
    ASSERT_TRUE(edit_claude_file(link, kWanted, false));
    EXPECT_TRUE(fs::is_symlink(link));
    EXPECT_THAT(text(), HasSubstr("\"fresh\""));
}

TEST_F(ClaudeFile, IsLeftAloneWhereTheMultiplexerIsReachedByUrl) {
    const std::string remote =
        R"({"mcpServers":{"mcp-multiplexer":{"type":"http","url":"https://m.example/mcp"}}})";
    write(remote, 0644);
    const auto change = edit_claude_file(path(), kWanted, false);
    ASSERT_TRUE(change);
    EXPECT_TRUE(change->remote);
    EXPECT_FALSE(change->differs());
    EXPECT_EQ(text(), remote);
    EXPECT_EQ(mode(), 0644U);
}

TEST_F(ClaudeFile, SaysWhereAProjectHasAnEntryOfItsOwn) {
    write(replaced(
        kBefore,
        R"({ "history")",
        R"({ "mcpServers": { "mcp-multiplexer": { "env": {} } }, "history")"));
    const auto change = edit_claude_file(path(), kWanted, true);
    ASSERT_TRUE(change);
    EXPECT_THAT(change->notes, ElementsAre(HasSubstr("projects./a has")));
}

TEST_F(ClaudeFile, IsRefusedWhereItCantBeUnderstoodAndStays) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"{", "line 1, column 2"},
        {"{}", "has no mcpServers.mcp-multiplexer"},
        {R"({"mcpServers":{"mcp-multiplexer":"x"}})", "is no object"},
        {R"({"mcpServers":{"mcp-multiplexer":{"command":"x","env":[]}}})", "is no object"},
        {R"({"mcpServers":{"mcp-multiplexer":{"env":{"OIDC_CLIENT_SECRET":"hush","OIDC_CLIENT_SECRET":"hush"}}}})",
         "a key stands twice"}};
    for (const auto& [before, why] : cases) {
        write(before);
        const auto change = edit_claude_file(path(), kWanted, false);
        ASSERT_FALSE(change) << before;
        EXPECT_THAT(change.error().message(), HasSubstr(why));
        EXPECT_THAT(change.error().message(), Not(HasSubstr("hush")));
        EXPECT_EQ(text(), before);
        EXPECT_EQ(entries(), 1);
    }
    EXPECT_EQ(
        edit_claude_file(folder_.path() + "/none", kWanted, false).error().kind(),
        ErrorKind::NotFound);
    EXPECT_FALSE(edit_claude_file(folder_.path(), kWanted, false));
}

}  // namespace
}  // namespace wavegate::program
