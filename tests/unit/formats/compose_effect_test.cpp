#include "operator/formats/compose_effect.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::formats {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

using Env = std::map<std::string, std::string>;

std::shared_ptr<const Compose> file(std::string_view text) {
    return std::make_shared<const Compose>(read_compose(text).value());
}

StackEffect effect(std::string_view text, const Env& env = {}) {
    auto found = effect_of({file(text)}, env);
    if (!found) {
        ADD_FAILURE() << found.error().message();
        return {};
    }
    return *found;
}

Env environment(const std::string& block, const Env& env = {}) {
    return effect("services:\n  app:\n    image: x\n    environment:\n" + block, env)
        .services.at("app")
        .environment;
}

TEST(StackEffect, PutsVariablesIn) {
    EXPECT_THAT(
        environment(
            "      - A=${V}\n      - B=${W:-d}\n      - C=$$V\n      - D\n      - E\n",
            {{"V", "v"}, {"E", "e"}}),
        ElementsAre(Pair("A", "v"), Pair("B", "d"), Pair("C", "$V"), Pair("E", "e")));
}

TEST(StackEffect, TakesNamesOutOfVariablesToo) {
    EXPECT_THAT(
        environment("      - ${V}\n      - ${K}=1\n", {{"V", "A=b"}, {"K", "C"}}),
        ElementsAre(Pair("A", "b"), Pair("C", "1")));
}

TEST(StackEffect, LooksUpWhatIsEmptyByItsOwnName) {
    EXPECT_THAT(
        environment("      - A=\n      - B=${V}\n      - C=${W}\n", {{"A", "a"}, {"B", "b"}}),
        ElementsAre(Pair("A", "a"), Pair("B", "b"), Pair("C", "")));
}

TEST(StackEffect, LetsTheLastOfTwoListEntriesWin) {
    EXPECT_THAT(environment("      - A=1\n      - A=2\n"), ElementsAre(Pair("A", "2")));
    EXPECT_THAT(environment("      - A=1\n      - A\n"), IsEmpty());
}

TEST(StackEffect, NamesWhatIsDemandedAndMissing) {
    EXPECT_THAT(
        effect("x-a: ${A:?a}\nservices: {app: {image: 'x:${TAG?t}'}}\n", {{"A", "1"}}).missing,
        ElementsAre("TAG"));
}

TEST(StackEffect, IsNoneWhereDockerRefusesTheFile) {
    auto found = effect_of({file("services:\n  app:\n    image: ${V:+x}\n")}, {});
    ASSERT_FALSE(found);
    EXPECT_THAT(found.error().message(), HasSubstr("line 3"));
    EXPECT_FALSE(effect_of({file("x-a: a$\nservices: {app: {image: x}}\n")}, {}));
    EXPECT_FALSE(effect_of({file("services: {app: {image: x, environment: [A=1, A=1]}}")}, {}));
}

TEST(StackEffect, DigestsTheRestOfEachServiceAndWhatAllShare) {
    const std::string text =
        "services:\n"
        "  a: {image: 'x:${TAG}', environment: ['M=${M}']}\n"
        "  b: {image: y, labels: {m: '${M}'}}\n"
        "networks: {n: {name: '${NET}'}}\n"
        "x-note: ${NOTE}\n";
    const auto before = effect(text);
    const auto changed = [&](const Env& env) {
        const auto after = effect(text, env);
        std::vector<std::string> names;
        for (const auto& [name, service] : after.services) {
            if (service.rest != before.services.at(name).rest) {
                names.push_back(name);
            }
        }
        return names;
    };

    EXPECT_THAT(changed({{"TAG", "2"}}), ElementsAre("a"));
    EXPECT_THAT(changed({{"M", "2"}}), ElementsAre("b"));
    EXPECT_THAT(changed({{"NET", "2"}}), ElementsAre("a", "b"));
    EXPECT_THAT(changed({{"NOTE", "2"}}), IsEmpty());
}

TEST(StackEffect, DoesNotCareWhereAnEntryStands) {
    EXPECT_EQ(
        effect("services: {a: {image: x, labels: {b: '1', c: '2'}}}").services,
        effect("x-l: &l {c: '2'}\nservices:\n  a:\n    labels: {<<: *l, b: '1'}\n    image: x\n")
            .services);
}

TEST(StackEffect, LaysLaterFilesOver) {
    const auto main = file("services: {a: {image: x, environment: [A=1, B=2, C=3, D]}}");
    const auto over = file("services: {a: {environment: {A: over, B: '', C: , D: d, E: e}}}");

    EXPECT_THAT(
        effect_of({main, over}, {})->services.at("a").environment,
        ElementsAre(
            Pair("A", "over"), Pair("B", "2"), Pair("C", "3"), Pair("D", "d"), Pair("E", "e")));
}

TEST(ComposeReaders, AreFoundOnTheExpandedTree) {
    const auto compose = file(
        "x-e: &e {A: '${A}', B: '${B}', U: '${U}'}\n"
        "x-unused: ${X}\n"
        "services:\n"
        "  a:\n    image: x\n    environment: {<<: *e, B: own, C: }\n"
        "  b:\n    image: x:${C}\n    # ${B}\n    environment: {<<: [{U: $$U}, *e], B: '$${B}'}\n");
    const auto readers_of = [&](const std::string& variable) {
        const auto at = compose->readers.find(variable);
        std::vector<std::string> found;
        for (const auto& reader :
             at == compose->readers.end() ? std::set<VariableReader>() : at->second) {
            found.push_back(reader.service + "/" + reader.key);
        }
        return found;
    };

    EXPECT_THAT(readers_of("A"), ElementsAre("a/A", "b/A"));
    EXPECT_THAT(readers_of("B"), IsEmpty()) << "overridden, doubled, in a comment";
    EXPECT_THAT(readers_of("C"), ElementsAre("a/C", "b/"));
    EXPECT_THAT(readers_of("U"), ElementsAre("a/U"));
    EXPECT_THAT(readers_of("X"), IsEmpty());
}

}  // namespace
}  // namespace wavegate::formats
