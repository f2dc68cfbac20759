#include "operator/formats/compose.hpp"
#include "operator/formats/variables.hpp"
#include "tests/support/paths.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>

namespace wavegate::formats {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;

std::string substituted(std::string_view text) {
    const std::map<std::string, std::string> variables{
        {"SET", "set"}, {"EMPTY", ""}, {"_x1", "$SET"}};
    auto result = substitute(text, variables);
    return result ? *result : "error: " + result.error().message();
}

TEST(Substitute, PutsValuesInAndNothingForWhatIsUnset) {
    EXPECT_EQ(substituted("a ${SET} $SET.${_x1}"), "a set set.$SET");
    EXPECT_EQ(substituted("<${UNSET}$UNSET${EMPTY}>"), "<>");
    EXPECT_EQ(substituted("plain"), "plain");
    EXPECT_EQ(substituted(""), "");
}

TEST(Substitute, TakesTheDefaultWhereColonsMeanEmptyToo) {
    EXPECT_EQ(substituted("${UNSET:-d e}|${EMPTY:-d}|${SET:-d}"), "d e|d|set");
    EXPECT_EQ(substituted("${UNSET-d}|${EMPTY-d}|${SET-d}|${UNSET:-}"), "d||set|");
}

TEST(Substitute, FailsWhereARequiredVariableIsMissing) {
    EXPECT_EQ(substituted("${SET:?must}${SET?}${EMPTY?}"), "setset");
    EXPECT_THAT(substituted("${UNSET?x}"), HasSubstr("UNSET is not set"));
    EXPECT_THAT(substituted("${EMPTY:?x}"), HasSubstr("EMPTY is not set"));
}

TEST(Substitute, TurnsADoubledSignIntoOne) {
    EXPECT_EQ(substituted("$$SET $$$$ $${SET}"), "$SET $$ ${SET}");
}

/// Each as `docker stack config` of 28.2.2 puts it in.
TEST(Substitute, FallsIntoTheTrapsThatTheCliFallsInto) {
    EXPECT_EQ(substituted("$SET-rest of it"), "set") << "a default needs no braces";
    EXPECT_EQ(substituted("$UNSET-a}b|$SET:8080"), "a}b|set:8080");
    EXPECT_EQ(substituted("${UNSET:-${SET}}|${SET:-${EMPTY}}"), "${SET}|set}") << "none in another";
    EXPECT_EQ(substituted("${UNSET:-$SET}|${UNSET:-$$}"), "$SET|$$");
    EXPECT_EQ(substituted("${UNSET:-a}b}"), "ab}") << "ends at the first brace";
    EXPECT_EQ(substituted("${SET:?must - be}"), " be") << "a variable named `SET:?must `";
    EXPECT_EQ(substituted("${SET-a:-b}|${UNSET:-a-b}"), "b|a-b");
    EXPECT_EQ(substituted("${UNSET:-\"a\nb\"}"), "\"a\nb\"");
}

TEST(Variables, NamesEachThatAnyServerMightPutIn) {
    EXPECT_THAT(
        variables_in("$A ${B} ${C:-$D} ${E:-${F:-x}} $$G $${H} $1 ${}"),
        ::testing::ElementsAre("A", "B", "C", "D", "E", "F"));
    EXPECT_THAT(variables_in("$$$A-$B"), ::testing::ElementsAre("A", "B"));
    EXPECT_THAT(variables_in("none $"), ::testing::IsEmpty());
}

TEST(Substitute, RefusesEveryOtherForm) {
    for (const char* text :
         {"$",
          "a$",
          "$1",
          "$-",
          "${",
          "${}",
          "${SET",
          "${1}",
          "${SET:+x}",
          "${SET+x}",
          "${SET:}",
          "${ SET}",
          "$(SET)"}) {
        EXPECT_THAT(substituted(text), HasSubstr("error:")) << text;
    }
}

TEST(Substitute, AgreesWithTheRecordedServer) {
    std::ifstream file(testing::source_path("tests/recorded/portainer/substitution.json"));
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    const json::value recorded = json::parse(text);
    std::map<std::string, std::string> variables{{"PATH", "/usr/bin:/bin"}, {"HOME", "/root"}};
    for (const json::value& pair : recorded.at("stack_env").as_array()) {
        variables[std::string(pair.at("name").as_string())] = pair.at("value").as_string();
    }
    std::set<std::string> expected;
    for (const json::value& entry : recorded.at("service_env").as_array()) {
        if (entry.as_string().find('=') != json::string::npos) {
            expected.emplace(entry.as_string());
        }
    }

    std::set<std::string> got;
    for (const json::value& entry : recorded.at("file_environment").as_array()) {
        auto result = substitute(entry.as_string(), variables);
        ASSERT_TRUE(result) << result.error().message();
        if (result->find('=') != std::string::npos) {
            got.insert(*result);
        }
    }
    got.insert("SETV=" + variables.at("SETV"));  // a bare entry: its reader looks it up

    EXPECT_EQ(got, expected);
}

}  // namespace
}  // namespace wavegate::formats
