#include "operator/formats/yaml.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <string>

namespace wavegate::formats {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::string_literals;

std::string shown(const YamlFile& file) {
    std::string out;
    for (const auto& error : file.errors) {
        out += fmt::format("{}:{}: {}\n", error.line, error.column, error.message);
    }
    return out;
}

const YamlNode& only(const YamlFile& file) {
    EXPECT_EQ(shown(file), "");
    EXPECT_THAT(file.documents, SizeIs(1));
    return file.documents.front();
}

std::string errors_of(std::string_view text) {
    return shown(read_yaml(text));
}

TEST(Yaml, KeepsKindsAndTheOrderOfEntries) {
    const auto file = read_yaml("b: 1\na: [x, 'y', ~]\nc: {d: }\n");
    const auto& root = only(file);
    ASSERT_THAT(root.entries, SizeIs(3));
    EXPECT_EQ(root.entries[0].key.text, "b");
    EXPECT_EQ(root.entries[1].key.text, "a");
    const auto& items = root.find("a")->items;
    ASSERT_THAT(items, SizeIs(3));
    EXPECT_FALSE(items[0].quoted);
    EXPECT_TRUE(items[1].quoted);
    EXPECT_TRUE(items[2].is_null());
    EXPECT_TRUE(root.find("c")->find("d")->is_null());
    EXPECT_EQ(root.find("missing"), nullptr);
}

TEST(Yaml, GivesLineAndColumnFromOneAndOffsetsInBytes) {
    const auto text = "é: ä\r\nkey:   \"v\"\n"s;
    const auto file = read_yaml(text);
    const auto& value = *only(file).find("key");
    EXPECT_EQ(value.line, 2);
    EXPECT_EQ(value.column, 8);
    EXPECT_EQ(text.substr(value.offset, 3), "\"v\"");
    const auto& entry = file.documents[0].entries[0];
    EXPECT_EQ(text.substr(entry.value.offset, 2), "ä");
}

TEST(Yaml, CountsAByteOrderMarkInOffsetsOnly) {
    const auto text =
        "\xEF\xBB\xBF"
        "a: b"s;
    const auto file = read_yaml(text);
    const auto& value = *only(file).find("a");
    EXPECT_EQ(value.column, 4);
    EXPECT_EQ(text.substr(value.offset), "b");
}

TEST(Yaml, MarksWhatASurgicalEditMustRefuse) {
    const auto file = read_yaml("a: &x 1\nb: *x\nc: !!str 2\nd: |\n  block\n");
    const auto& root = only(file);
    EXPECT_TRUE(root.find("a")->anchored);
    EXPECT_TRUE(root.find("b")->alias);
    EXPECT_EQ(root.find("b")->line, 2);
    EXPECT_EQ(root.find("b")->text, "1");
    EXPECT_TRUE(root.find("c")->tagged);
    EXPECT_TRUE(root.find("d")->quoted);
    EXPECT_EQ(root.find("d")->text, "block\n");
}

TEST(Yaml, ReadsSeveralDocumentsAndEmptyOnesAsNull) {
    const auto file = read_yaml("---\na: 1\n---\n---\nb: 2\n...\n");
    EXPECT_EQ(shown(file), "");
    ASSERT_THAT(file.documents, SizeIs(3));
    EXPECT_TRUE(file.documents[1].is_null());
    EXPECT_THAT(read_yaml("# nothing\n").documents, IsEmpty());
}

TEST(Yaml, ReportsEveryDuplicateKeyAndReadsOn) {
    EXPECT_EQ(
        errors_of("a: 1\nb: {x: 1, x: 2}\n'a': 3\n"),
        "2:11: duplicate key \"x\", first in line 2; remove one\n"
        "3:1: duplicate key \"a\", first in line 1; remove one\n");
    EXPECT_EQ(read_yaml("a: 1\na: 2\n").documents[0].find("a")->text, "1");
}

TEST(Yaml, RefusesAStrayCommaWhereYamlCppWouldNeverEnd) {
    const std::string wrong = "text after the end of the document";
    EXPECT_THAT(errors_of(","), HasSubstr(wrong));
    EXPECT_THAT(errors_of("- a\n, b\n"), HasSubstr("2:1: "s + wrong));
    EXPECT_THAT(errors_of("a: 1\n---\n, x\n"), HasSubstr("3:1: "s + wrong));
    EXPECT_THAT(errors_of("'a' 'b'"), HasSubstr(wrong));
}

TEST(Yaml, RefusesBytesBeforeTheParserSeesThem) {
    EXPECT_EQ(errors_of("a: caf\xE9\n"), "1:7: not UTF-8; save the file as UTF-8\n");
    EXPECT_EQ(errors_of("a: 1\nb: \0x"s), "2:4: a control character; remove it\n");
    EXPECT_EQ(errors_of("a: \x04"), "1:4: a control character; remove it\n");
    EXPECT_EQ(errors_of("a: \xC2\x9B"), "1:4: a control character; remove it\n");
    EXPECT_EQ(
        errors_of(std::string(5U << 20U, 'a')), "0:0: 5242880 bytes, at most 2097152 are read\n");
}

TEST(Yaml, RefusesDeepNesting) {
    EXPECT_THAT(errors_of(std::string(20'000, '[')), HasSubstr("nested deeper than 64 levels"));
    EXPECT_THAT(errors_of(std::string(20'000, '{')), HasSubstr("nested deeper"));
    std::string lists;
    for (int i = 0; i < 50'000; ++i) {
        lists += "- ";
    }
    EXPECT_THAT(errors_of(lists), HasSubstr("nested deeper"));
}

TEST(Yaml, RefusesAliasesThatExplode) {
    std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i <= 9; ++i) {
        bomb += fmt::format("a{0}: &a{0} [", i);
        for (int k = 0; k < 10; ++k) {
            bomb += fmt::format("{}*a{}", k > 0 ? ", " : "", i - 1);
        }
        bomb += "]\n";
    }
    EXPECT_THAT(errors_of(bomb), HasSubstr("more than 400000 values, aliases counted"));
}

TEST(Yaml, RefusesAliasesThatNestDeeply) {
    std::string chain = "- &a0 [x]\n";
    for (int i = 1; i < 100; ++i) {
        chain += fmt::format("- &a{} [*a{}]\n", i, i - 1);
    }
    EXPECT_THAT(errors_of(chain), HasSubstr("nested deeper"));
}

TEST(Yaml, RefusesAnAliasInItsOwnAnchor) {
    EXPECT_EQ(errors_of("a: &A [*A]\n"), "1:8: an alias inside its own anchor never ends\n");
}

TEST(Yaml, RefusesTooManyAliasesAndDocuments) {
    std::string many = "- &a x\n";
    std::string documents;
    for (int i = 0; i < 1'001; ++i) {
        many += "- *a\n";
    }
    for (int i = 0; i < 20'001; ++i) {
        documents += "---\n";
    }
    EXPECT_THAT(errors_of(many), HasSubstr("more than 1000 aliases"));
    EXPECT_THAT(errors_of(documents), HasSubstr("more than 20000 documents"));
}

TEST(Yaml, RefusesFlowCollectionsThatTheParserWouldKeepWhole) {
    std::string list = "[";
    for (int i = 0; i < 40'000; ++i) {
        list += "x,";
    }
    EXPECT_THAT(errors_of(list + "]"), HasSubstr("1:1: more than 30000 signs of one [...]"));
    EXPECT_THAT(errors_of(std::string(100'000, '[')), HasSubstr("more than 30000 signs"));
    std::string lines;
    for (int i = 0; i < 15'000; ++i) {
        lines += "- [x, y, z]\n";
    }
    EXPECT_EQ(errors_of(lines), "") << "many small ones are no matter";
}

TEST(Yaml, RefusesMoreInOnePlaceThanAVectorShouldGrowTo) {
    std::string keys;
    for (int i = 0; i <= 20'000; ++i) {
        keys += fmt::format("k{}:\n", i);
    }
    EXPECT_THAT(errors_of(keys), HasSubstr("more than 20000 values in one place"));
}

TEST(Yaml, RefusesLongTextsThatAliasesRepeat) {
    std::string text = "- &a " + std::string(100'000, 'x') + "\n";
    for (int i = 0; i < 30; ++i) {
        text += "- *a\n";
    }
    EXPECT_THAT(errors_of(text), HasSubstr("aliases repeat more than 2097152 bytes"));
}

TEST(Yaml, ListsTwoHundredDuplicateKeysAndStops) {
    std::string keys;
    for (int i = 0; i < 1'000; ++i) {
        keys += "k: 1\n";
    }
    EXPECT_THAT(read_yaml(keys).errors, SizeIs(201));
    EXPECT_THAT(errors_of(keys), HasSubstr("202:1: too many duplicate keys"));
}

TEST(Yaml, CountsValuesWithThoseOfOtherTexts) {
    YamlLimits limits;
    limits.nodes = 10;
    EXPECT_EQ(read_yaml("a: [1, 2]\n", limits).nodes, 5U);
    limits.nodes_before = 6;
    EXPECT_THAT(read_yaml("a: [1, 2]\n", limits).errors, SizeIs(1));
}

TEST(Yaml, RefusesAQuoteThatNobodyCloses) {
    for (const auto* text :
         {"a: \"b\nc: d\n", "a: 'b\nc: d\n", "a: &x !!str \"b\n", "- 'it''s\n"}) {
        EXPECT_THAT(errors_of(text), HasSubstr("a quote that is not closed")) << text;
    }
    EXPECT_EQ(errors_of("a: \"b\\\"\n  c\"\nd: 'it''s'\n"), "");
}

TEST(Yaml, RefusesInOurTextsAQuoteThatOnlyALaterOneCloses) {
    const auto ours = [](std::string_view text) {
        return shown(read_yaml(text, {}, YamlOrigin::Ours));
    };
    const auto* open = "a:\n  b: \"x\n  c: y\n  d: \"\n";
    EXPECT_THAT(ours(open), HasSubstr("2:6: a quote that is not closed in its line"));
    EXPECT_EQ(errors_of(open), "") << "others may write so";
    EXPECT_EQ(ours("a:\n  b: \"x\n\n    y\"\n"), "");
    EXPECT_EQ(ours("- \"x\n  y\"\n"), "");
    EXPECT_EQ(ours("long: &anchor\n  b: \"x\n   y\"\n"), "");
    EXPECT_EQ(ours("long: !!seq\n- \"x\n  y\"\n"), "");
    EXPECT_EQ(ours("a: [ 'x\n    y' ]\n"), "");
    EXPECT_EQ(ours("{ a: 'x\ny' }\n"), "") << "no indentation counts here";
}

TEST(Yaml, RefusesInOurTextsTagsThatAreNotYamlsOwn) {
    const auto ours = [](std::string_view text) {
        return shown(read_yaml(text, {}, YamlOrigin::Ours));
    };
    EXPECT_EQ(ours("a: !!str 1\nb: !!map {}\nc: ! x\n"), "");
    EXPECT_THAT(ours("a: !secret x\n"), HasSubstr("1:4: the tag \"!secret\" means nothing here"));
    EXPECT_THAT(ours("a: !!python/object:os.x y\n"), HasSubstr("means nothing here"));
    EXPECT_THAT(ours("a: !<tag:x> [1]\n"), HasSubstr("means nothing here"));
    EXPECT_EQ(errors_of("a: !reset null\n"), "") << "a compose file may have such";
}

TEST(Yaml, RefusesKeysThatAreNoText) {
    EXPECT_EQ(errors_of("[a]: 1\n"), "1:1: a key that is no simple text\n");
    EXPECT_EQ(errors_of(": 1\n"), "1:1: an empty key; name it\n");
}

TEST(Yaml, NamesThePlaceOfASyntaxError) {
    EXPECT_THAT(errors_of("a: [1\nb: 2\n"), HasSubstr("2:2: not YAML: "));
    EXPECT_THAT(errors_of("a: *nobody\n"), HasSubstr("not YAML: the referenced anchor"));
}

TEST(Yaml, KeepsTheDocumentsBeforeAnError) {
    const auto file = read_yaml("a: 1\n---\nb: [\n");
    EXPECT_THAT(file.documents, SizeIs(1));
    EXPECT_THAT(file.errors, SizeIs(1));
}

TEST(Yaml, ConvertsOnlyWhatIsUnmistakable) {
    const auto file = read_yaml(
        "[true, 'true', yes, 42, -7, 010, 0x10, '42', 1_000, 99999999999999999999, 0.05, 1e-3, "
        "+1, .nan]");
    const auto& v = only(file).items;
    EXPECT_EQ(to_bool(v[0]), true);
    EXPECT_EQ(to_bool(v[1]), std::nullopt);
    EXPECT_EQ(to_bool(v[2]), std::nullopt);
    EXPECT_EQ(to_integer(v[3]), 42);
    EXPECT_EQ(to_integer(v[4]), -7);
    for (const std::size_t i : {5U, 6U, 7U, 8U, 9U, 10U, 12U}) {
        EXPECT_EQ(to_integer(v[i]), std::nullopt) << v[i].text;
    }
    EXPECT_EQ(to_number(v[10]), 0.05);
    EXPECT_EQ(to_number(v[11]), 0.001);
    EXPECT_EQ(to_number(v[13]), std::nullopt);
}

TEST(Yaml, ShowsForeignTextSafely) {
    EXPECT_EQ(in_quotes("a\x1b[31m"), "\"a?[31m\"");
    EXPECT_THAT(in_quotes(std::string(1'000, 'x')), SizeIs(::testing::Lt(70U)));
}

}  // namespace
}  // namespace wavegate::formats
