#include "operator/formats/dotenv.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::formats {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

std::map<std::string, std::string> values_of(std::string_view text) {
    std::map<std::string, std::string> all;
    auto parsed = parse_dotenv(text);
    if (!parsed) {
        all["error"] = parsed.error().message();
        return all;
    }
    for (const auto& [name, value] : *parsed) {
        all[name] = value->reveal([](std::string_view bytes) { return std::string(bytes); });
    }
    return all;
}

std::string refusal_of_env(std::string_view text) {
    auto parsed = parse_dotenv(text);
    return parsed ? "accepted" : parsed.error().message();
}

TEST(ParseDotenv, ReadsKeysAndValues) {
    EXPECT_THAT(
        values_of("A=1\nb_2=two words\nEMPTY=\n"),
        ElementsAre(Pair("A", "1"), Pair("EMPTY", ""), Pair("b_2", "two words")));
}

TEST(ParseDotenv, CutsATrailingCommentThatFollowsABlank) {
    EXPECT_THAT(
        values_of("A=http://x.arpa  # where it lives\nB=\tv\t# tab\nC= # nothing\nD=x#y\nE=#z\n"),
        ElementsAre(
            Pair("A", "http://x.arpa"),
            Pair("B", "v"),
            Pair("C", ""),
            Pair("D", "x#y"),
            Pair("E", "#z")));
}

TEST(ParseDotenv, SkipsCommentsAndEmptyLines) {
    EXPECT_THAT(values_of("# A=1\n\n   \n  # x\nB=2"), ElementsAre(Pair("B", "2")));
    EXPECT_THAT(values_of(""), IsEmpty());
}

TEST(ParseDotenv, AllowsExportAndBlanksAroundTheSign) {
    EXPECT_THAT(
        values_of("export A=1\n  B = 2 \nexport=3\nexport  C=4\n"),
        ElementsAre(Pair("A", "1"), Pair("B", "2"), Pair("C", "4"), Pair("export", "3")));
}

TEST(ParseDotenv, KeepsWhatQuotesHold) {
    EXPECT_THAT(
        values_of("A=\" x # y \" # c\nB='a\\n$b'\nC=\"q\\\"q\\n\\\\ \\$ \\d\"\nD=''#c\n"),
        ElementsAre(
            Pair("A", " x # y "), Pair("B", "a\\n$b"), Pair("C", "q\"q\n\\ $ \\d"), Pair("D", "")));
}

TEST(ParseDotenv, DoesNotInterpolate) {
    EXPECT_THAT(
        values_of("A=1\nB=${A}\nC=\"$A\"\n"),
        ElementsAre(Pair("A", "1"), Pair("B", "${A}"), Pair("C", "$A")));
}

TEST(ParseDotenv, LetsQuotesSpanLines) {
    EXPECT_THAT(
        values_of("KEY=\"-----BEGIN\nabc\n-----END\"\nB=2\n"),
        ElementsAre(Pair("B", "2"), Pair("KEY", "-----BEGIN\nabc\n-----END")));
}

TEST(ParseDotenv, KeepsQuotesInsideAPlainValue) {
    EXPECT_THAT(
        values_of("A=it's\nB={\"x\": 1}\n"),
        ElementsAre(Pair("A", "it's"), Pair("B", "{\"x\": 1}")));
}

TEST(ParseDotenv, ReadsCrLfAndAByteOrderMark) {
    EXPECT_THAT(
        values_of("\xEF\xBB\xBF"
                  "A=1\r\nB='2'\r\n\r\nC=3 # c\r\n"),
        ElementsAre(Pair("A", "1"), Pair("B", "2"), Pair("C", "3")));
}

TEST(ParseDotenv, LetsTheLastDuplicateWin) {
    EXPECT_THAT(values_of("A=1\nA=2\n"), ElementsAre(Pair("A", "2")));
}

TEST(ParseDotenv, RefusesALineThatIsNoneOfTheseByItsNumber) {
    for (const char* line :
         {"NAME", "export NAME", "=x", "1A=x", "A B=x", "A: x", "export", "[section]"}) {
        EXPECT_THAT(refusal_of_env(std::string("X=1\n\n") + line + "\nY=2\n"), HasSubstr("line 3"))
            << line;
    }
}

TEST(ParseDotenv, RefusesOpenQuotesAndTextBehindThem) {
    EXPECT_THAT(refusal_of_env("A=1\nB=\"x\nC=2\n"), HasSubstr("line 2: a quote"));
    EXPECT_THAT(refusal_of_env("B='x"), HasSubstr("line 1"));
    EXPECT_THAT(refusal_of_env("B='x' y"), HasSubstr("line 1"));
    EXPECT_THAT(refusal_of_env("B=\"x\\"), HasSubstr("line 1"));
    EXPECT_THAT(refusal_of_env("B=\"x\\\""), HasSubstr("line 1"));
}

TEST(ParseDotenv, RefusesWhatIsNoText) {
    EXPECT_THAT(refusal_of_env(std::string_view("A=\0", 3)), HasSubstr("not UTF-8"));
    EXPECT_THAT(refusal_of_env("A=\xFF"), HasSubstr("not UTF-8"));
    EXPECT_THAT(refusal_of_env(std::string(1'100'000, '#')), HasSubstr("too large"));
}

TEST(ParseDotenv, NeverQuotesTheTextInErrors) {
    EXPECT_THAT(refusal_of_env("PASSWORD hunter2\n"), Not(HasSubstr("hunter2")));
    EXPECT_THAT(refusal_of_env("PASSWORD='hunter2\n"), Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace wavegate::formats
