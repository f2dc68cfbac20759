#include "operator/formats/json_fields.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <gtest/gtest.h>

namespace wavegate::formats {
namespace {

boost::json::object object(std::string_view text) {
    return parse_json(text).value().as_object();
}

TEST(JsonFields, AreFoundByTheKeysOfObjectsWithinObjects) {
    const auto from = object(R"({"Spec":{"Labels":{"a.b":"c"},"Env":["x"]}})");
    EXPECT_EQ(text_at(from, {"Spec", "Labels", "a.b"}), "c");
    ASSERT_NE(array_at(from, {"Spec", "Env"}), nullptr);
    EXPECT_EQ(array_at(from, {"Spec", "Env"})->size(), 1U);
    ASSERT_NE(object_at(from, {"Spec", "Labels"}), nullptr);
}

TEST(JsonFields, MayStandBehindAByteOrderMark) {
    EXPECT_EQ(text_at(object("\xEF\xBB\xBF{\"a\":\"b\"}"), {"a"}), "b");
    EXPECT_FALSE(parse_json("\xEF\xBB\xBF\xEF\xBB\xBF{}"));
    EXPECT_FALSE(parse_json("\xEF\xBB\xBF"));
}

TEST(JsonFields, ThatAreMissingOrOfAnotherTypeAreTheirDefault) {
    const auto from = object(R"({"text":1,"number":"1","flag":"true","list":{},"object":[]})");
    for (const std::string_view key : {"text", "absent"}) {
        EXPECT_EQ(text_at(from, {key}), "");
    }
    EXPECT_EQ(number_at(from, {"number"}, 7), 7);
    EXPECT_TRUE(flag_at(from, {"flag"}, true));
    EXPECT_FALSE(flag_at(from, {"absent"}));
    EXPECT_EQ(array_at(from, {"list"}), nullptr);
    EXPECT_EQ(object_at(from, {"object"}), nullptr);
    EXPECT_EQ(value_at(from, {"text", "deeper"}), nullptr);
}

TEST(JsonFields, TakeOnlyWholeNumbersWithinTheirRange) {
    const auto from = object(
        R"({"whole":1.0,"part":1.5,"huge":1e300,"most":9223372036854775807,"over":9223372036854775808})");
    EXPECT_EQ(integer_at(from, {"whole"}), 1);
    EXPECT_EQ(integer_at(from, {"part"}), std::nullopt);
    EXPECT_EQ(integer_at(from, {"huge"}), std::nullopt);
    EXPECT_EQ(integer_at(from, {"most"}), 9223372036854775807);
    EXPECT_EQ(integer_at(from, {"over"}), std::nullopt);
}

TEST(JsonFields, AreThereOnlyInOneWholeValue) {
    for (const std::string_view text : {"", "{", "{} {}", "<html>", "{\"a\":1,}"}) {
        EXPECT_EQ(parse_json(text), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace wavegate::formats
