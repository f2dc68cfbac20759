#include "operator/formats/json_edit.hpp"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::formats {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string
with(const std::string& text, const JsonFile::Path& path, const std::vector<JsonMember>& wanted) {
    const auto file = JsonFile::read(text);
    if (!file) {
        return file.error().message();
    }
    const auto edited = file->with(path, wanted);
    if (!edited) {
        return edited.error().message();
    }
    boost::system::error_code failed;
    const auto bom = edited->starts_with("\xEF\xBB\xBF") ? 3U : 0U;
    boost::json::parse(edited->substr(bom), failed);
    EXPECT_FALSE(failed) << *edited;
    return *edited;
}

std::string why(const std::string& text) {
    const auto file = JsonFile::read(text);
    return file ? std::string("read") : file.error().message();
}

TEST(JsonEdit, ReplacesAValueAndNotAByteElsewhere) {
    EXPECT_EQ(
        with(
            "{\"x\":1.0e+2,\n\t\"e\" : { \"k\":\"old\" , \"o\":[1,\"\\u0041\"] }\r\n}\n",
            {"e"},
            {{"k", "n\"w\\"}}),
        "{\"x\":1.0e+2,\n\t\"e\" : { \"k\":\"n\\\"w\\\\\" , \"o\":[1,\"\\u0041\"] }\r\n}\n");
    EXPECT_EQ(with(R"({"e":{"k":"v"}})", {"e"}, {{"k", "v"}}), R"({"e":{"k":"v"}})");
    EXPECT_EQ(with(R"({"e":{"k":"\u0076"}})", {"e"}, {{"k", "v"}}), R"({"e":{"k":"\u0076"}})");
    EXPECT_EQ(with(R"({"e":{"k":7}})", {"e"}, {{"k", "v"}}), R"({"e":{"k":"v"}})");
    EXPECT_EQ(with(R"({"e":{"k":[{}]}})", {"e"}, {{"k", "v"}}), R"({"e":{"k":"v"}})");
}

TEST(JsonEdit, AddsInTheMannerOfTheNeighbours) {
    EXPECT_EQ(with(R"({"e":{"k":"v"}})", {"e"}, {{"n", "1"}}), R"({"e":{"k":"v","n":"1"}})");
    EXPECT_EQ(
        with("{\n\t\"e\": {\n\t\t\"k\": \"v\"\n\t}\n}", {"e"}, {{"n", "1"}, {"m", "2"}}),
        "{\n\t\"e\": {\n\t\t\"k\": \"v\",\n\t\t\"n\": \"1\",\n\t\t\"m\": \"2\"\n\t}\n}");
    EXPECT_EQ(
        with("{\r\n  \"e\": {\r\n    \"k\": \"v\"\r\n  }\r\n}\r\n", {"e"}, {{"n", "1"}}),
        "{\r\n  \"e\": {\r\n    \"k\": \"v\",\r\n    \"n\": \"1\"\r\n  }\r\n}\r\n");
    EXPECT_EQ(
        with("{ \"e\": { \"k\": \"v\" } }", {"e"}, {{"n", "1"}}),
        "{ \"e\": { \"k\": \"v\", \"n\": \"1\" } }");
}

TEST(JsonEdit, MakesTheObjectThatAloneIsMissing) {
    EXPECT_EQ(
        with(R"({"s":{"c":"x"}})", {"s", "e"}, {{"k", "v"}}), R"({"s":{"c":"x","e":{"k":"v"}}})");
    EXPECT_EQ(
        with(R"({"s":{"e":{}}})", {"s", "e"}, {{"k", "v"}, {"l", "w"}}),
        R"({"s":{"e":{"k":"v","l":"w"}}})");
    EXPECT_EQ(
        with("{\n  \"s\": {\n    \"c\": \"x\"\n  }\n}\n", {"s", "e"}, {{"k", "v"}}),
        "{\n  \"s\": {\n    \"c\": \"x\",\n    \"e\": {\n      \"k\": \"v\"\n    }\n  }\n}\n");
    EXPECT_EQ(
        with("{\n    \"e\": {}\n}\n", {"e"}, {{"k", "v"}}),
        "{\n    \"e\": {\n        \"k\": \"v\"\n    }\n}\n");
    EXPECT_THAT(with(R"({"s":[]})", {"s", "e"}, {{"k", "v"}}), HasSubstr("stands in no object"));
    EXPECT_THAT(with(R"({"s":{}})", {"s", "e"}, {{"k", "v"}}), HasSubstr("stands in no object"));
    EXPECT_THAT(with(R"({"e":"x"})", {"e"}, {{"k", "v"}}), HasSubstr("or is none"));
}

TEST(JsonEdit, LeavesWhatIsThereWhereItIsOnlyMissed) {
    EXPECT_EQ(with(R"({"e":{"k":"v"}})", {"e"}, {{"k", "n", true}}), R"({"e":{"k":"v"}})");
    EXPECT_EQ(
        with(R"({"e":{"x":null}})", {"e"}, {{"k", "n", true}}), R"({"e":{"x":null,"k":"n"}})");
}

TEST(JsonEdit, KeepsAByteOrderMark) {
    EXPECT_EQ(
        with("\xEF\xBB\xBF{\"e\":{\"k\":\"v\"}}", {"e"}, {{"k", "n"}}),
        "\xEF\xBB\xBF{\"e\":{\"k\":\"n\"}}");
    EXPECT_THAT(why("{}\xEF\xBB\xBF"), HasSubstr("more than one value"));
}

TEST(JsonEdit, FindsKeysWhateverTheirEscapes) {
    const auto file = JsonFile::read(R"({"\u0065\u00e9\ud83d\ude00":{"a\/b\n":"\"x\"\ud800"}})");
    ASSERT_TRUE(file);
    EXPECT_THAT(file->keys_at({}), ElementsAre("e\u00e9\U0001F600"));
    EXPECT_EQ(file->text_at({"e\u00e9\U0001F600", "a/b\n"}), "\"x\"\uFFFD");
    EXPECT_EQ(file->at({"none", "below"}), JsonPlace::Missing);
}

TEST(JsonEdit, RefusesWhatIsNoJsonAndTellsThePlaceAlone) {
    EXPECT_EQ(
        why("{\n  \"a\": \"hidden\",\n  \"a\": 1\n}"), "line 3, column 3: a key stands twice");
    EXPECT_EQ(why(R"({"a":1,"\u0061":2})"), "line 1, column 8: a key stands twice");
    EXPECT_EQ(why(R"({"a":1,})"), "line 1, column 8: a key is missing");
    EXPECT_EQ(why("{\"a\":1 // why\n}"), "line 1, column 8: a comma or } is missing");
    for (const std::string text :
         {"",         " ",       "{",     "{\"a\"",    "{\"a\":", "{\"a\":1", "[1",
          "[1,]",     "{'a':1}", "{a:1}", "01",        "-",       "1.",       "1e",
          "+1",       ".5",      "NaN",   "nul",       "\"",      "\"\\x\"",  "\"\\u12g4\"",
          "\"a\nb\"", "{} {}",   "[1 2]", "{\"a\" 1}", "\"\\",    "tru",      "{\"a\":\t}"}) {
        EXPECT_THAT(why(text), HasSubstr("line ")) << text;
    }
    EXPECT_EQ(why("\"\xFF\""), "is no UTF-8 text");
    EXPECT_THAT(why(std::string("{\"a\":1}\0", 8)), HasSubstr("more than one value"));
    for (const std::string text :
         {"0", "-0.5E-2", "[]", "[ ]", "\"\"", "{ }", "[[],{}]", "true", " null\r\n", "1e+5"}) {
        EXPECT_EQ(why(text), "read") << text;
    }
}

TEST(JsonEdit, IsBoundedInDepth) {
    EXPECT_EQ(why(std::string(128, '[') + std::string(128, ']')), "read");
    EXPECT_THAT(why(std::string(1'000'000, '[')), HasSubstr("deeper than 128"));
}

}  // namespace
}  // namespace wavegate::formats
