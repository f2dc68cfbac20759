#include "operator/client/output.hpp"

#include "operator/formats/yaml.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace wavegate::client {
namespace {

namespace json = boost::json;

TEST(Output, WritesJsonThatReadsAsTheSameValue) {
    const auto value = json::parse(R"({"a":[1,{"b":"x\ny"},[]],"c":{},"d":null,"e":1.5})");
    const auto text = to_json_text(value);

    EXPECT_EQ(json::parse(text), value);
    EXPECT_EQ(
        text,
        "{\n  \"a\": [\n    1,\n    {\n      \"b\": \"x\\ny\"\n    },\n    []\n  ],\n"
        "  \"c\": {},\n  \"d\": null,\n  \"e\": 1.5\n}\n");
}

TEST(Output, WritesListsInTheColumnOfTheirKey) {
    const auto value = json::parse(
        R"({"name":"a-mcp","waits":[{"reason":"WaitingForSlot","verbs":["retry"]},{"reason":"x"}],
            "facts":{"code":401,"none":[]},"deep":{"list":[[1,2],[]]}})");

    EXPECT_EQ(
        to_yaml_text(value),
        "name: a-mcp\n"
        "waits:\n"
        "- reason: WaitingForSlot\n"
        "  verbs:\n"
        "  - retry\n"
        "- reason: x\n"
        "facts:\n"
        "  code: 401\n"
        "  none: []\n"
        "deep:\n"
        "  list:\n"
        "  - - 1\n"
        "    - 2\n"
        "  - []\n");
}

TEST(Output, QuotesStringsThatYamlWouldTakeForSomethingElse) {
    for (const auto* text :
         {"",    "true", "No",   "null", "~",  "1",  "1e3",        "0x1F",  ".inf", "-",
          "- a", "a: b", "a #b", " a",   "a ", "*a", "&a",         "!a",    "%a",   "@a",
          "`a",  "{a",   "[a",   "a\nb", "\"", "'",  "2026-11-24", "größe", "=",    "<<"}) {
        const json::value value(json::object{{"k", text}});
        const auto file = formats::read_yaml(to_yaml_text(value));

        ASSERT_TRUE(file.errors.empty()) << text;
        ASSERT_EQ(file.documents.size(), 1U) << text;
        const auto* found = file.documents.front().find("k");
        ASSERT_NE(found, nullptr) << text;
        EXPECT_EQ(found->text, text);
        EXPECT_TRUE(found->quoted) << text;
    }
}

TEST(Output, LeavesOrdinaryWordsPlain) {
    EXPECT_EQ(
        to_yaml_text(json::value("waits for its wave, then (maybe) flips")),
        "waits for its wave, then (maybe) flips\n");
    EXPECT_EQ(to_yaml_text(json::value(json::array{})), "[]\n");
}

TEST(Output, JoinsAListInACellByItsReasons) {
    EXPECT_EQ(to_cell_text(json::parse(R"([{"reason":"A","message":"m"},{"reason":"B"}])")), "A,B");
    EXPECT_EQ(to_cell_text(json::parse(R"(["x","y"])")), "x,y");
    EXPECT_EQ(to_cell_text(json::parse("[]")), "");
    EXPECT_EQ(to_cell_text(json::parse("null")), "");
    EXPECT_EQ(to_cell_text(json::parse("3")), "3");
    EXPECT_EQ(to_cell_text(json::parse("true")), "true");
}

TEST(Output, SaysAgesInOneUnit) {
    const auto now = *parse_rfc3339("2026-11-24T12:00:00Z");
    EXPECT_EQ(age_text("2026-11-24T11:59:15Z", now), "45s");
    EXPECT_EQ(age_text("2026-11-24T11:48:00Z", now), "12m");
    EXPECT_EQ(age_text("2026-11-24T07:00:00Z", now), "5h");
    EXPECT_EQ(age_text("2026-11-20T12:00:00Z", now), "4d");
    EXPECT_EQ(age_text("2026-11-24T12:00:01Z", now), "0s");
    EXPECT_EQ(age_text("soon", now), "");
}

TEST(Output, TintsByTheWordsOfPhasesConditionsAndVerdicts) {
    EXPECT_EQ(tint_of("Ready"), Tint::Good);
    EXPECT_EQ(tint_of("Stuck"), Tint::Bad);
    EXPECT_EQ(tint_of("Soaking"), Tint::Busy);
    EXPECT_EQ(tint_of("read-only"), Tint::Plain);
}

}  // namespace
}  // namespace wavegate::client
