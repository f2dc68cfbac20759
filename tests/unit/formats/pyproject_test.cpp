#include "operator/formats/pyproject.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::formats {
namespace {

using ::testing::HasSubstr;

TEST(PyProject, GivesNameAndScriptsOutOfAllThatTomlHolds) {
    const auto read = read_pyproject(
        "# head\r\n[build-system]\r\nrequires = ['a', \"b\",\n  [1, 2], # c\n]\n"
        "[project]\nname = \"github-agent\" # the package\nversion = 1.5\nwhen = 1979-05-27 "
        "07:32:00\n"
        "readme = { file = \"README.md\", name = 'x' }\n"
        "description = \"\"\"\n[project]\nname = \\\"no\n\"\"\"\n"
        "classifiers = []\nurls.\"a b\".c = 'x'\n"
        "[project.scripts]\n'github-mcp' = \"github.mcp_server:mcp_server\"\n"
        "github-agent = 'github.agent:main'\n"
        "[[tool.list]]\nname = 'other'\n[project.optional]\nname = ['z']\n");
    ASSERT_TRUE(read) << read.error().message();
    EXPECT_EQ(read->name.text, "github-agent");
    EXPECT_EQ(read->name.line, 7);
    ASSERT_EQ(read->scripts.size(), 2U);
    EXPECT_EQ(read->scripts[0].name, "github-mcp");
    EXPECT_EQ(read->scripts[0].target, "github.mcp_server:mcp_server");
    EXPECT_EQ(read->scripts[1].name, "github-agent");
}

TEST(PyProject, TakesInlineTablesAndDottedKeys) {
    for (const std::string text :
         {"[project]\nscripts = { a = 'm:f' }\n",
          "project.scripts.a = 'm:f'\n",
          "project = { scripts = { a = 'm:f' } }",
          "[project]\nscripts.a = 'm:f'"}) {
        const auto read = read_pyproject(text);
        ASSERT_TRUE(read) << text << read.error().message();
        ASSERT_EQ(read->scripts.size(), 1U) << text;
        EXPECT_EQ(read->scripts[0].target, "m:f");
    }
    EXPECT_TRUE(read_pyproject("")->name.text.empty());
}

TEST(PyProject, TellsTheLineOfWhatIsNoToml) {
    const auto why = [](const std::string& text) {
        const auto read = read_pyproject(text);
        return read ? std::string("read") : read.error().message();
    };
    EXPECT_EQ(why("[project]\nname = \n"), "line 2: a value is missing");
    EXPECT_EQ(why("[project\nname = 'a'\n"), "line 1: a table's name is not closed");
    EXPECT_EQ(why("[project]\nname = 'a' b\n"), "line 2: more than a key and its value");
    EXPECT_EQ(why("[project]\nname = 'a\n"), "line 2: a text is not closed");
    EXPECT_EQ(why("[project]\nname = 'a'\nname = 'b'\n"), "line 3: stands twice");
    EXPECT_EQ(why("[project.scripts]\na = [ 'm:f' ]\n"), "line 2: must be a text");
    EXPECT_EQ(why("[project]\nname = 3\n"), "line 2: must be a text");
    EXPECT_EQ(why("a = [1\n"), "line 2: a list is not closed");
    EXPECT_EQ(why("a = [[1]\n"), "line 2: a list is not closed");
    EXPECT_EQ(why("a = [1 'b']\n"), "line 1: a list without a comma between its values");
    EXPECT_EQ(why("a = { b = 1\n"), "line 1: an inline table is not closed");
    EXPECT_EQ(why("a\n"), "line 1: a key without `=` and a value");
    EXPECT_EQ(why("= 1\n"), "line 1: a key is missing");
    EXPECT_EQ(why("a = \"\"\"x\n"), "line 2: a text is not closed");
    EXPECT_EQ(why(std::string("a = 1\0", 6)), "is no UTF-8 text");
    EXPECT_EQ(why(std::string((1U << 20U) + 1, '\n')), "is larger than 1 MiB");
}

TEST(PyProject, BearsNestingWithoutEnd) {
    const auto deep = read_pyproject("a = " + std::string(100'000, '['));
    ASSERT_FALSE(deep);
    EXPECT_THAT(deep.error().message(), HasSubstr("nested too deep"));
}

}  // namespace
}  // namespace wavegate::formats
