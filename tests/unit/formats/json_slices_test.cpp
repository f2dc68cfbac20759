#include "operator/formats/json_slices.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::formats {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(MemberSlices, AreTheBytesThatStandThere) {
    EXPECT_THAT(
        member_slices(" {\"a\" : 1.0, \"b\":18446744073709551617,\n\"c\": {\"x\": [1, \"}\"] },"
                      "\"d\":\"q\\\"},\", \"e\":[ ] , \"f\":null,\"g\\u0061\":true } "),
        ElementsAre(
            Pair("a", "1.0"),
            Pair("b", "18446744073709551617"),
            Pair("c", "{\"x\": [1, \"}\"] }"),
            Pair("d", "\"q\\\"},\""),
            Pair("e", "[ ]"),
            Pair("f", "null"),
            Pair("ga", "true")));
}

TEST(MemberSlices, AreNoneOfWhatIsNoObject) {
    for (const char* text : {"", "null", "[1,2]", "{}", " { } ", "\"{\"", "5"}) {
        EXPECT_THAT(member_slices(text), IsEmpty()) << text;
    }
}

TEST(MemberSlices, EndWithATextThatIsCut) {
    for (const char* text :
         {"{\"a", "{\"a\"", "{\"a\":", "{\"a\":\"x", "{\"a\":{", "{\"a\":1,", "{\"a\\"}) {
        EXPECT_LE(member_slices(text).size(), 1U) << text;
    }
}

}  // namespace
}  // namespace wavegate::formats
