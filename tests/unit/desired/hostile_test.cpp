#include "operator/desired/report.hpp"
#include "tests/unit/desired/small_fleet.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <string>

namespace wavegate::desired {
namespace {

using ::testing::HasSubstr;
using namespace std::string_literals;

/// What is said of a good fleet beside which such a file lies.
std::string beside(const std::string& text) {
    return findings(small_fleet({{"hostile.yaml", "", text}}));
}

TEST(Hostile, StrayCommasEndInAnError) {
    EXPECT_THAT(beside(","), HasSubstr("hostile.yaml:1:1: text after the end of the document"));
    EXPECT_THAT(beside("a: 1\n---\n, x"), HasSubstr("hostile.yaml:3:1: text after the end"));
}

TEST(Hostile, AnAliasBombEndsInAnError) {
    std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i <= 9; ++i) {
        bomb += fmt::format("a{0}: &a{0} [", i);
        for (int k = 0; k < 10; ++k) {
            bomb += fmt::format("*a{},", i - 1);
        }
        bomb += "]\n";
    }
    EXPECT_THAT(beside(bomb), HasSubstr("aliases counted"));
}

TEST(Hostile, DeepNestingEndsInAnError) {
    EXPECT_THAT(beside(std::string(20'000, '[')), HasSubstr("nested deeper than 64 levels"));
    EXPECT_THAT(beside(std::string(500'000, '[')), HasSubstr("more than 30000 signs"));
}

TEST(Hostile, BytesThatAreNoTextEndInAnError) {
    EXPECT_THAT(beside("a: \xE9"), HasSubstr("hostile.yaml:1:4: not UTF-8"));
    EXPECT_THAT(beside("a: \0b"s), HasSubstr("hostile.yaml:1:4: a control character"));
}

TEST(Hostile, AFileOfFiveMegabytesEndsInAnError) {
    EXPECT_THAT(
        beside(std::string(5U << 20U, 'a')),
        HasSubstr("hostile.yaml: 5242880 bytes, at most 2097152 are read"));
}

TEST(Hostile, ManyFilesEndInAnError) {
    auto revision = small_fleet();
    for (int i = 0; i < 11'000; ++i) {
        revision.files[fmt::format("z/{}.yaml", i)] = "";
    }
    EXPECT_THAT(findings(revision), HasSubstr("too much to read; at most 10000 files"));
}

TEST(Hostile, CheckingStopsAtTwoHundredErrorsAndSaysSo) {
    std::string many;
    for (int i = 0; i < 3'000; ++i) {
        many += fmt::format("---\nkind: Nonsense{}\n", i);
    }
    const auto found = beside(many);
    EXPECT_EQ(std::count(found.begin(), found.end(), '\n'), 201);
    EXPECT_THAT(found, HasSubstr("checking stopped at 200 errors; mend these first"));
}

TEST(Hostile, ThousandsOfUnknownFieldsEndSoon) {
    std::string many =
        "apiVersion: wavegate.dev/v1\nkind: McpService\nmetadata: { name: x }\nspec:\n";
    for (int i = 0; i < 20'000; ++i) {
        many += fmt::format("  f{}: 1\n", i);
    }
    EXPECT_THAT(beside(many), HasSubstr("spec.f0: unknown field"));
}

TEST(Hostile, ValuesAreCountedOverAllFiles) {
    auto revision = small_fleet();
    std::string lists;
    for (int i = 0; i < 15'000; ++i) {
        lists += "- [1, 2, 3]\n";
    }
    for (char name = 'a'; name < 'g'; ++name) {
        revision.files[fmt::format("{}.yaml", name)] = lists;
    }
    EXPECT_THAT(findings(revision), HasSubstr("more than 280000 values, aliases counted"));
}

TEST(Hostile, LongKeysAreCutInMessages) {
    const std::string key(100'000, 'k');
    std::string many =
        "apiVersion: wavegate.dev/v1\nkind: McpService\nmetadata: { name: x }\nspec:\n";
    for (int i = 0; i < 5; ++i) {
        many += fmt::format("  ? {}{}\n  : 1\n", key, i);
    }
    const auto found = beside(many);
    EXPECT_THAT(found, HasSubstr("spec.kkk"));
    EXPECT_LT(found.size(), 10'000U);
}

TEST(Hostile, SuggestionsEndWhenNamesEnoughWereCompared) {
    Report report;
    const std::vector<std::string> names(10'000, "a-service-with-some-name");
    EXPECT_THAT(report.suggestion("a-service-with-some-nam", names), HasSubstr("did you mean"));
    int offered = 0;
    for (int i = 0; i < 100; ++i) {
        offered += report.suggestion("a-service-with-some-nam", names).empty() ? 0 : 1;
    }
    EXPECT_LT(offered, 20);
}

TEST(Hostile, APatternOfManyPlaceholdersIsNotFilledIn) {
    std::string url = "http://x/";
    for (int i = 0; i < 80; ++i) {
        url += "{name}";
    }
    EXPECT_THAT(
        findings(small_fleet({{"fleet.yaml", "http://{name}.arpa/mcp", url}})),
        HasSubstr("spec.service.url: has more than 4 placeholders"));
}

TEST(Hostile, NamesWithControlCharactersForgeNoLine) {
    Diagnostic diagnostic;
    diagnostic.origin = {"a\n2026-01-01T00:00:00Z info all is well.yaml", 1, 1};
    diagnostic.message = std::string("broken\x1b[2J\xe2\x80") + "\xae";
    EXPECT_EQ(
        to_text(diagnostic),
        "a\\n2026-01-01T00:00:00Z info all is well.yaml:1:1: broken\\x1b[2J\\u202e");
}

TEST(Hostile, LongTextsReachNoPattern) {
    const auto found = findings(small_fleet(
        {{"fleet.yaml", "http://mux.arpa/mcp", "http://" + std::string(1'000'000, 'a')}}));
    EXPECT_THAT(found, HasSubstr("spec.multiplexer.url: has 1000007 bytes, at most 512"));
}

TEST(Hostile, EscapedControlCharactersAreRefusedAndNotShown) {
    const auto found =
        findings(small_fleet({{"services.yaml", "wave: last", "wave: \"\\e[31mlast\""}}));
    EXPECT_THAT(found, HasSubstr("spec.wave: has a control character; remove it"));
    EXPECT_EQ(found.find('\x1b'), std::string::npos);
}

TEST(Hostile, AHostileRegistryEndsInErrors) {
    EXPECT_THAT(
        findings(small_fleet({{"registry.yml", "", "version: 1\nservices: {}\n"}})),
        HasSubstr("registry.yml:1:1: registry: services: must be a list of services"));
    EXPECT_THAT(
        findings(small_fleet({{"registry.yml", "", ","}})), HasSubstr("registry.yml:1:1: "));
}

TEST(Hostile, EveryPrefixAndEverySingleByteChangeOfAGoodFileEnds) {
    const auto good = small_fleet();
    for (const auto& [file, text] : good.files) {
        for (std::size_t i = 0; i < text.size(); i += 7) {
            auto cut = good;
            cut.files[file] = text.substr(0, i);
            parse(cut);
            auto changed = good;
            changed.files[file][i] = ",:[{-&*!\n"[i % 9];
            parse(changed);
        }
    }
}

}  // namespace
}  // namespace wavegate::desired
