#include "operator/formats/yaml_edit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::formats {
namespace {

std::string set(const std::string& text, const YamlPath& path, const std::string& value) {
    const auto edited = set_yaml_value(text, path, value);
    return edited ? *edited : edited.error().message();
}

std::string lead(const std::string& text, const YamlPath& path, const std::string& first) {
    const auto edited = change_yaml_list(
        text, path, first, [](const YamlNode& item) { return item.text != "gone"; });
    return edited ? *edited : edited.error().message();
}

TEST(YamlEdit, SetsAValueWhereItStands) {
    EXPECT_EQ(set("a:\n  b: x # why\nc: 1\n", {"a", "b"}, "z"), "a:\n  b: z # why\nc: 1\n");
    EXPECT_EQ(set("a: { b: 'x' }\n", {"a", "b"}, "z"), "a: { b: 'z' }\n");
    EXPECT_EQ(set("a:\n  b: z\n", {"a", "b"}, "z"), "a:\n  b: z\n");
    EXPECT_EQ(set("{\"a\": {\"b\": \"x\"}}", {"a", "b"}, "z"), "{\"a\": {\"b\": \"z\"}}");
}

TEST(YamlEdit, MakesTheMapsOnTheWay) {
    EXPECT_EQ(
        set("a:\n  x: 1 # one\n  y:\n  - 2\n", {"a", "b", "c"}, "v"),
        "a:\n  x: 1 # one\n  b:\n    c: v\n  y:\n  - 2\n");
    EXPECT_EQ(set("a:\n  y:\n  - 2\n", {"a", "b"}, "v"), "a:\n  b: v\n  y:\n  - 2\n");
    EXPECT_EQ(set("a: {}\n", {"a", "b", "c"}, "v"), "a: {b: {c: v}}\n");
    EXPECT_EQ(set("a:\n  x: 1", {"a", "b"}, "v"), "a:\n  x: 1\n  b: v");
    EXPECT_EQ(set("{\"a\": {\"x\": 1}}", {"a", "b"}, "v"), "{\"a\": {\"b\": \"v\", \"x\": 1}}");
}

TEST(YamlEdit, PutsAnItemFirstAndTakesOthersOut) {
    EXPECT_EQ(
        lead("a:\n- gone # x\n- stays # y\n- gone", {"a"}, "new"), "a:\n- new\n- stays # y\n");
    EXPECT_EQ(lead("a:\n  # all\n  - stays\n", {"a"}, "new"), "a:\n  # all\n  - new\n  - stays\n");
    EXPECT_EQ(lead("a: [ gone, 'stays' ]\n", {"a"}, "new"), "a: [new, 'stays']\n");
    EXPECT_EQ(lead("a: []\n", {"a"}, "new"), "a: [new]\n");
    EXPECT_EQ(lead("a: 1\n", {"b", "c"}, "new"), "a: 1\nb:\n  c:\n    - new\n");
}

TEST(YamlEdit, RefusesWhatIsNotPlainlyThere) {
    EXPECT_EQ(
        set("a: &x { b: 1 }\n", {"a", "b"}, "v"), "line 1: an alias, anchor or tag on the way");
    EXPECT_EQ(set("a: 1\n", {"a", "b"}, "v"), "line 1: a is no map");
    EXPECT_THAT(set("a:\n  b: |\n    x\n", {"a", "b"}, "v"), ::testing::HasSubstr("b: line 2"));
    EXPECT_THAT(lead("a:\n- !!str gone\n", {"a"}, "v"), ::testing::HasSubstr("a: line 2"));
    EXPECT_EQ(lead("a: x\n", {"a"}, "v"), "line 1: a is no list");
    EXPECT_THAT(lead("a: [ gone, # x\n  b ]\n", {"a"}, "v"), ::testing::HasSubstr("comment"));
    EXPECT_THAT(set("a: 1\rb: 2\n", {"a"}, "v"), ::testing::HasSubstr("line end"));
}

}  // namespace
}  // namespace wavegate::formats
