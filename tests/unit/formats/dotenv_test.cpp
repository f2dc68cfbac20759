#include "operator/formats/dotenv.hpp"

#include "tests/support/paths.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

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
    for (const auto& [name, value] : parsed->values) {
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

TEST(ParseDotenv, PutsInWhatTheLinesAboveSay) {
    EXPECT_THAT(
        values_of("A=1\nB=${A}\nC=\"<${A}>\"\nD='${A}'\nE=$A\nF=\"\\${A}\"\nA=2\nG=${A}\n"),
        ElementsAre(
            Pair("A", "2"),
            Pair("B", "1"),
            Pair("C", "<1>"),
            Pair("D", "${A}"),
            Pair("E", "$A"),
            Pair("F", "${A}"),
            Pair("G", "2")));
}

TEST(ParseDotenv, KnowsDefaultsAlternativesAndWhatMustBeSet) {
    EXPECT_THAT(
        values_of("S=s\nE=\nA=${U:-d}\nB=${E:-d}\nC=${E-d}\nD=${S:+r}\nF=${U+r}\nG=${U:-${S}x}\n"
                  "H=${S:?must}\nI=${U-}\n"),
        ElementsAre(
            Pair("A", "d"),
            Pair("B", "d"),
            Pair("C", ""),
            Pair("D", "r"),
            Pair("E", ""),
            Pair("F", ""),
            Pair("G", "sx"),
            Pair("H", "s"),
            Pair("I", ""),
            Pair("S", "s")));
    EXPECT_THAT(refusal_of_env("A=1\nB=${U:?must}\n"), HasSubstr("line 2: a variable that must"));
    EXPECT_THAT(refusal_of_env("E=\nB=${E:?must}\n"), HasSubstr("line 2"));
}

TEST(ParseDotenv, ReadsAVariableThatIsNotSetAsEmptyAndSaysSo) {
    const auto parsed = parse_dotenv("A=1\nB=x${PATH}y\nPATH=later\n");
    ASSERT_TRUE(parsed);
    EXPECT_EQ(*parsed->values.at("B"), Secret::copy_of("xy")) << "never the operator's own";
    EXPECT_THAT(parsed->notes, ElementsAre(HasSubstr("line 2: a variable that is not set")));
}

TEST(ParseDotenv, LooksIntoTheFilesBeforeThisOne) {
    const std::map<std::string, SecretValue> before{
        {"A", make_secret("above")}, {"B", make_secret("above")}};
    const auto parsed = parse_dotenv("B=here\nC=${A} ${B}\n", before);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(*parsed->values.at("C"), Secret::copy_of("above here"));
    EXPECT_FALSE(parsed->values.contains("A"));
}

TEST(ParseDotenv, RefusesVariablesThatNobodyUnderstands) {
    for (const char* line :
         {"B=${", "B=${}", "B=${1A}", "B=${A!x}", "B=${A:x}", "B=$${A}", "B=${A"}) {
        EXPECT_THAT(refusal_of_env(std::string("A=1\n") + line + "\n"), HasSubstr("line 2: "))
            << line;
    }
}

TEST(ParseDotenv, StaysWithinItsBoundWhateverIsPutIn) {
    std::string text = "A=0123456789\n";
    for (int i = 0; i < 40; ++i) {
        text += "A=${A}${A}\n";
    }
    EXPECT_THAT(refusal_of_env(text), HasSubstr("too large"));
    std::string deep = "B=";
    for (int i = 0; i < 1000; ++i) {
        deep += "${U:-";
    }
    EXPECT_THAT(refusal_of_env(deep + std::string(1000, '}')), HasSubstr("too deeply"));
}

TEST(ParseDotenv, LeavesOutNamesWithoutAValueAndSaysSo) {
    const auto parsed = parse_dotenv("A=1\nBARE\nexport C # c\n  D  \nB=2\n");
    ASSERT_TRUE(parsed);
    EXPECT_THAT(parsed->values, ::testing::SizeIs(2));
    EXPECT_THAT(
        parsed->notes,
        ElementsAre(
            "line 2: a name without a value is left out",
            "line 3: a name without a value is left out",
            "line 4: a name without a value is left out"));
}

TEST(ParseDotenv, TellsNamesThatAreNoVariableNames) {
    const auto parsed = parse_dotenv("my-key=1\nlower_case=x\n\na.b='y'\n1A=x\n");
    ASSERT_TRUE(parsed);
    EXPECT_THAT(parsed->values, ::testing::SizeIs(1));
    EXPECT_THAT(parsed->misnamed, ElementsAre(Pair("1A", 5), Pair("a.b", 4), Pair("my-key", 1)));
}

std::map<std::string, std::string> values_of_case(const std::string& name) {
    std::ifstream file(testing::source_path("tests/cases/dotenv/" + name));
    std::ostringstream text;
    text << file.rdbuf();
    return values_of(text.str());
}

TEST(ParseDotenv, ReadsTheCasesAsBothReferencesDo) {
    EXPECT_THAT(
        values_of_case("d04-interpolation.env"),
        ElementsAre(
            Pair("DOMAIN", "example.test"),
            Pair("RAW", "${DOMAIN}"),
            Pair("URL", "http://example.test:8080/")));
    EXPECT_THAT(
        values_of_case("d05-export.env"),
        ElementsAre(
            Pair("A", "1"),
            Pair("B", "two words"),
            Pair("D", "spaced"),
            Pair("E", "lead"),
            Pair("F", "trail "),
            Pair("export", "odd")));
    EXPECT_THAT(values_of_case("d10-key.env"), ElementsAre(Pair("lower_case", "x")));
    EXPECT_THAT(values_of_case("d11-bare.env"), ElementsAre(Pair("A", "1"), Pair("B", "2")));
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
         {"=x", "A B=x", "A: x", "[section]", "not-a-name", "export A B=x", "'A'=x"}) {
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
