#include "operator/formats/compose.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::formats {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using Changes = std::vector<ComposeChange>;

ComposeChange set(std::string key, std::string value) {
    return {std::move(key), std::move(value), false};
}
ComposeChange pass(std::string key) {
    std::string value = "${" + key + "}";
    return {std::move(key), std::move(value), true};
}
ComposeChange drop(std::string key) {
    return {std::move(key), std::nullopt, false};
}

/// The result, or the reason for refusing.
std::string edited(std::string_view text, const Changes& changes) {
    auto result = edit_compose(text, "app", changes);
    return result ? *result : "refused: " + result.error().message();
}

/// The same with the environment block only, below a service like any other.
std::string head() {
    return "services:\n  app:\n    image: x:1\n";
}
std::string tail() {
    return "    deploy: { replicas: 1 }  # one\n";
}
std::string block(std::string_view environment, const Changes& changes) {
    const std::string text = head() + std::string(environment) + tail();
    const std::string result = edited(text, changes);
    if (!result.starts_with(head()) || !result.ends_with(tail())) {
        return result;
    }
    return result.substr(head().size(), result.size() - head().size() - tail().size());
}

TEST(EditCompose, ChangesAListEntryAndNothingElse) {
    EXPECT_EQ(
        block(
            "    environment:\n"
            "      - PORT=8000   # port\n"
            "      # who may call\n"
            "      - AUTH_TYPE=none # open\n"
            "      - B=2\n",
            {set("AUTH_TYPE", "jwt")}),
        "    environment:\n"
        "      - PORT=8000   # port\n"
        "      # who may call\n"
        "      - AUTH_TYPE=jwt # open\n"
        "      - B=2\n");
}

TEST(EditCompose, ChangesAMapEntryAndNothingElse) {
    EXPECT_EQ(
        block(
            "    environment:\n"
            "      PORT: 8000\n"
            "      AUTH_TYPE:   none # open\n"
            "      B: 'x'\n",
            {set("AUTH_TYPE", "jwt"), set("B", "it's")}),
        "    environment:\n"
        "      PORT: 8000\n"
        "      AUTH_TYPE:   jwt # open\n"
        "      B: 'it''s'\n");
}

TEST(EditCompose, KeepsTheQuotes) {
    EXPECT_EQ(
        block(
            "    environment:\n      - \"A=1\" # a\n      - 'B=1'\n      - C=1\n",
            {set("A", "2"), set("B", "2"), set("C", "2")}),
        "    environment:\n      - \"A=2\" # a\n      - 'B=2'\n      - C=2\n");
}

TEST(EditCompose, QuotesWhatWouldBeReadAsSomethingElse) {
    EXPECT_EQ(
        block(
            "    environment:\n      A: x\n      B: x\n      C: x\n      D: x\n      E: x\n",
            {set("A", "8000"), set("B", "true"), set("C", ""), set("D", "a: b"), set("E", "x #y")}),
        "    environment:\n      A: \"8000\"\n      B: \"true\"\n      C: \"\"\n"
        "      D: \"a: b\"\n      E: \"x #y\"\n");
    EXPECT_EQ(
        block(
            "    environment:\n      - A=x\n      - B=x\n      - C=x\n",
            {set("A", "8000"), set("B", ""), set("C", "x: \"y\\\"\n\tz:")}),
        "    environment:\n      - A=8000\n      - B=\n"
        "      - \"C=x: \\\"y\\\\\\\"\\n\\tz:\"\n");
}

TEST(EditCompose, WritesUrlsPlainly) {
    EXPECT_EQ(
        block(
            "    environment:\n      A: ${A}\n", {set("A", "http://keycloak.arpa/realms/master")}),
        "    environment:\n      A: http://keycloak.arpa/realms/master\n");
}

TEST(EditCompose, DoublesTheSignOfVariables) {
    EXPECT_EQ(
        block("    environment:\n      - A=x\n", {set("A", "p$w${x}")}),
        "    environment:\n      - A=p$$w$${x}\n");
}

TEST(EditCompose, PassesAVariableThroughWhenAsked) {
    EXPECT_EQ(
        block("    environment:\n      - A=x # c\n", {pass("A"), pass("B")}),
        "    environment:\n      - A=${A} # c\n      - B=${B}\n");
    EXPECT_EQ(
        block("    environment: {A: x}\n", {pass("A"), pass("B")}),
        "    environment: {B: \"${B}\", A: \"${A}\"}\n");
}

TEST(EditCompose, ReplacesAVariableByALiteral) {
    EXPECT_EQ(
        block(
            "    environment:\n      - A=${A:-none}\n      - B\n",
            {set("A", "jwt"), set("B", "1")}),
        "    environment:\n      - A=jwt\n      - B=1\n");
}

TEST(EditCompose, FillsAMapEntryWithoutValue) {
    EXPECT_EQ(
        block("    environment:\n      A:\n      B: # c\n", {set("A", "1"), set("B", "x")}),
        "    environment:\n      A: \"1\"\n      B: x # c\n");
}

TEST(EditCompose, AddsBehindTheLastEntryInItsForm) {
    EXPECT_EQ(
        block(
            "    environment:\n    -   \"A=1\" # a\n    # end\n", {set("NEW", "1"), set("M", "2")}),
        "    environment:\n    -   \"A=1\" # a\n    -   \"NEW=1\"\n    -   \"M=2\"\n    # end\n");
    EXPECT_EQ(
        block("    environment:\n        A: '1'\n", {set("NEW", "x")}),
        "    environment:\n        A: '1'\n        NEW: 'x'\n");
}

TEST(EditCompose, AddsBehindTheLastEntryWhoseEndIsCertain) {
    EXPECT_EQ(
        block("    environment:\n      A: 1\n      B: |\n        text\n", {set("NEW", "x")}),
        "    environment:\n      A: 1\n      NEW: x\n      B: |\n        text\n");
}

TEST(EditCompose, EditsFlowForms) {
    EXPECT_EQ(
        block(
            "    environment: [ \"A=1\", B=2 ] # c\n",
            {set("A", "x"), set("B", "y"), set("NEW", "z")}),
        "    environment: [ \"NEW=z\", \"A=x\", B=y ] # c\n");
    EXPECT_EQ(
        block(
            "    environment: {A: 1,\n      B: \"2\"}\n",
            {set("A", "x"), set("B", "y"), set("NEW", "z")}),
        "    environment: {NEW: z, A: x,\n      B: \"y\"}\n");
    EXPECT_EQ(
        block("    environment: {\"A\":\"1\"}\n", {set("A", "x")}),
        "    environment: {\"A\":\"x\"}\n");
    EXPECT_EQ(block("    environment: []\n", {set("NEW", "1")}), "    environment: [\"NEW=1\"]\n");
    EXPECT_EQ(
        block("    environment: { }\n", {set("NEW", "1")}), "    environment: {NEW: \"1\" }\n");
}

TEST(EditCompose, EditsAServiceThatIsAllFlow) {
    EXPECT_EQ(
        edited("services: {app: {image: x, environment: {A: 1}}}\n", {set("A", "b")}),
        "services: {app: {image: x, environment: {A: b}}}\n");
}

TEST(EditCompose, RemovesAnEntryWithItsLine) {
    EXPECT_EQ(
        block(
            "    environment:\n      - A=1\n      # b\n      - B=2 # two\n      - C=3\n",
            {drop("B")}),
        "    environment:\n      - A=1\n      # b\n      - C=3\n");
    EXPECT_EQ(
        block("    environment:\n      A: 1\n      B:\n", {drop("A"), drop("X")}),
        "    environment:\n      B:\n");
}

TEST(EditCompose, RemovesFromFlowForms) {
    EXPECT_EQ(
        block("    environment: [A=1, B=2, C=3]\n", {drop("A")}), "    environment: [B=2, C=3]\n");
    EXPECT_EQ(
        block("    environment: [A=1, B=2, C=3]\n", {drop("B")}), "    environment: [A=1, C=3]\n");
    EXPECT_EQ(
        block("    environment: [A=1, B=2, C=3]\n", {drop("C"), drop("B")}),
        "    environment: [A=1]\n");
    EXPECT_EQ(block("    environment: {A: 1}\n", {drop("A")}), "    environment: {}\n");
    EXPECT_EQ(
        block("    environment: [\n      A=1,\n      B=2\n    ]\n", {drop("B")}),
        "    environment: [\n      A=1,\n      \n    ]\n");
}

TEST(EditCompose, TakesAnEmptiedEnvironmentAway) {
    EXPECT_EQ(
        block("    environment: # auth\n      - A=1\n      - B=1\n", {drop("A"), drop("B")}), "");
    EXPECT_EQ(
        block("    environment:\n      - A=1\n", {drop("A"), set("B", "2")}),
        "    environment:\n      - B=2\n");
}

TEST(EditCompose, GivesAServiceAnEnvironment) {
    EXPECT_EQ(
        edited(
            "services:\n  app:\n    image: x # img\n    command: [run]\n",
            {set("A", "1"), set("B", "2")}),
        "services:\n  app:\n    image: x # img\n    environment:\n      - A=1\n      - B=2\n"
        "    command: [run]\n");
    EXPECT_EQ(
        edited("services:\n  app:\n    environment:\n    image: x\n", {set("A", "1")}),
        "services:\n  app:\n    environment:\n      - A=1\n    image: x\n");
}

TEST(EditCompose, GivesAFlowServiceAnEnvironmentInFront) {
    EXPECT_EQ(
        edited("services:\n  app: { image: x }\n", {set("A", "1"), set("B", "2")}),
        "services:\n  app: { environment: {B: \"2\", A: \"1\"}, image: x }\n");
}

TEST(EditCompose, KeepsAServiceThatHasNothingElse) {
    EXPECT_EQ(
        edited("services:\n  app:\n    environment:\n      - A=1\n", {drop("A")}),
        "services:\n  app:\n    environment: {}\n");
    EXPECT_EQ(
        edited("services:\n  app:\n    environment: # why\n      A: x\n", {drop("A")}),
        "services:\n  app:\n    environment: {} # why\n");
}

TEST(EditCompose, KeepsJsonJson) {
    const std::string json =
        "{\"services\": {\"app\": {\"image\": \"x\", \"environment\": {\n"
        "  \"PORT\": 8000,\n  \"MODE\": \"none\"\n}}}}\n";
    const auto with = [&](const std::string& environment) {
        return "{\"services\": {\"app\": {\"image\": \"x\", \"environment\": {" + environment +
               "}}}}\n";
    };

    EXPECT_EQ(
        edited(json, {set("PORT", "9000"), set("MODE", "jwt")}),
        with("\n  \"PORT\": \"9000\",\n  \"MODE\": \"jwt\"\n"));
    EXPECT_EQ(
        edited(json, {set("AUTH_TYPE", "jwt")}),
        with("\n  \"AUTH_TYPE\": \"jwt\", \"PORT\": 8000,\n  \"MODE\": \"none\"\n"));
    EXPECT_EQ(edited(json, {drop("MODE")}), with("\n  \"PORT\": 8000\n"));
    EXPECT_EQ(edited(json, {drop("PORT")}), with("\n  \n  \"MODE\": \"none\"\n"));
    EXPECT_EQ(edited(json, {drop("PORT"), drop("MODE")}), with("\n  \n  \n"));
    EXPECT_EQ(edited(with(""), {pass("A")}), with("\"A\": \"${A}\""));
    EXPECT_EQ(
        edited("{\"services\": {\"app\": {\"image\": \"x\"}}}", {set("A", "a\"b")}),
        "{\"services\": {\"app\": {\"environment\": {\"A\": \"a\\\"b\"}, \"image\": "
        "\"x\"}}}");
    EXPECT_EQ(
        edited("{\"services\": {\"app\": {\"environment\": [\"A=1\"]}}}", {set("B", "2")}),
        "{\"services\": {\"app\": {\"environment\": [\"B=2\", \"A=1\"]}}}");
}

TEST(EditCompose, WritesInQuotesWhatAnUnquotedScalarDoesNotSay) {
    EXPECT_EQ(
        block("    environment:\n      V: 3.10\n", {set("V", "3.10")}),
        "    environment:\n      V: \"3.10\"\n");
    const std::string same = "    environment:\n      V: 3.10\n";
    EXPECT_EQ(block(same, {set("V", "3.1")}), same);
}

TEST(EditCompose, RefusesToRemoveWhatComesInThroughAMergeKey) {
    const std::string text =
        "x-svc: &svc\n  image: y\n  environment:\n    A: 1\nservices:\n  app:\n    <<: *svc\n";

    EXPECT_THAT(edited(text, {drop("A")}), HasSubstr("refused: line 4: A comes in through"));
    EXPECT_EQ(edited(text, {drop("B")}), text);
}

TEST(EditCompose, UndoesAnAdditionToTheByte) {
    for (const char* text :
         {"services:\n  app:\n    image: x\n    command: [run]\n",
          "services:\r\n  app:\r\n    image: x\r\n    environment:\r\n      - B=1 # b\r\n",
          "services:\n  app:\n    image: x\n    environment: {B: 1}\n"}) {
        const std::string once = edited(text, {set("A", "1")});

        EXPECT_NE(once, text);
        EXPECT_EQ(edited(once, {drop("A")}), text);
    }
}

TEST(EditCompose, KeepsCrLfNonAsciiTextAndTheByteOrderMark) {
    EXPECT_EQ(
        edited(
            "\xEF\xBB\xBFservices:\r\n  app: # grün\r\n    image: x\r\n    environment:\r\n"
            "      - Ä=ö # ü\r\n      - A=1 # …\r\n",
            {set("A", "2"), set("NEW", "é")}),
        "\xEF\xBB\xBFservices:\r\n  app: # grün\r\n    image: x\r\n    environment:\r\n"
        "      - Ä=ö # ü\r\n      - A=2 # …\r\n      - \"NEW=é\"\r\n");
}

TEST(EditCompose, WorksWithoutANewlineAtTheEnd) {
    const std::string text = "services:\n  app:\n    environment:\n      - A=1";

    EXPECT_EQ(edited(text, {set("A", "2")}), "services:\n  app:\n    environment:\n      - A=2");
    EXPECT_EQ(edited(text, {set("B", "2")}), text + "\n      - B=2");
}

TEST(EditCompose, TouchesOneServiceOnly) {
    EXPECT_EQ(
        edited(
            "services:\n  other:\n    environment: [A=1]\n  app:\n    environment: [A=1]\n",
            {set("A", "2")}),
        "services:\n  other:\n    environment: [A=1]\n  app:\n    environment: [A=2]\n");
}

TEST(EditCompose, LeavesAFileThatSaysSoAlready) {
    const std::string environment = "    environment:\n      - A=1\n";

    EXPECT_EQ(block(environment, {set("A", "1"), drop("B")}), environment);
    EXPECT_EQ(block(environment, {}), environment);
}

TEST(EditCompose, KeepsAliasesElsewhere) {
    const std::string text =
        "x-log: &log {driver: json-file}\n"
        "services:\n  app:\n    image: x\n    logging: *log\n    environment:\n      - A=1\n";

    EXPECT_THAT(
        edited(text, {set("A", "2")}), HasSubstr("logging: *log\n    environment:\n      - A=2"));
}

struct Refusal {
    std::string_view environment;
    std::string_view reason;
};

class EditComposeRefuses : public ::testing::TestWithParam<Refusal> {};

TEST_P(EditComposeRefuses, WithTheReason) {
    const std::string text = head() + std::string(GetParam().environment) + tail();
    const std::string result = edited(text, {set("A", "new")});

    EXPECT_THAT(result, HasSubstr("refused: "));
    EXPECT_THAT(result, HasSubstr(std::string(GetParam().reason)));
    EXPECT_THAT(edited(text, {drop("A")}), HasSubstr("refused: ")) << text;
}

INSTANTIATE_TEST_SUITE_P(
    Unsafe,
    EditComposeRefuses,
    ::testing::Values(
        Refusal{"    environment:\n      A: &a x\n      B: *a\n", "line 5: the entry is not"},
        Refusal{"    environment:\n      B: &b x\n      A: *b\n", "line 6: the entry is not"},
        Refusal{"    environment:\n      A: !!str 1\n", "line 5: the entry is not"},
        Refusal{"    environment:\n      A: |\n        x\n", "line 5: the entry is not"},
        Refusal{"    environment:\n      A: >-\n        x\n", "line 5: the entry is not"},
        Refusal{"    environment:\n      - A=x\n        y\n", "line 5: the entry is not"},
        Refusal{"    environment:\n      - 'A=x\n        y'\n", "line 5: the entry is not"},
        Refusal{"    environment:\n      - \"A=x\\\n        y\"\n", "line 5: the entry is not"},
        Refusal{"    environment:\n      -\n        A=x\n", "the entry is not"},
        Refusal{"    environment:\n      A:\n        x\n", "the entry is not"},
        Refusal{"    environment:\n      ? A\n      : x\n", "the entry is not"},
        Refusal{"    environment:\n      - A=x\t# c\n", "tab"},
        Refusal{"    environment:\n      -\tA=x\n", "tab"},
        Refusal{"    environment:\n      - A=1\n      - A=2\n", "twice"},
        Refusal{"    environment:\n      A: 1\n      A: 2\n", "duplicate"},
        Refusal{"    environment:\n      <<: {B: 1}\n      A: 1\n", "merge key"},
        Refusal{"    environment: &e\n      A: 1\n", "anchor"},
        Refusal{"    environment: !x\n      A: 1\n", "tagged"},
        Refusal{"    environment:\n      - ${B}\n      - A=1\n", "name of its own"},
        Refusal{"    environment:\n      - [A=1]\n      - A=1\n", "name of its own"},
        Refusal{"    environment:\n      A: ~\n", "the entry is not"},
        Refusal{"    environment:\n      A: {B: 1}\n", "the entry is not"},
        Refusal{"    environment: {A, B: 1}\n", "the entry is not"},
        Refusal{"    environment:\n      - A=1\r      - B=1\n", "line end"},
        Refusal{"    environment:\n      - A=1 # \xC2\x85 x\n", "line end"},
        Refusal{"    environment:\n      - A=1 # \xE2\x80\xA8 x\n", "line end"}));

TEST(EditCompose, RefusesAnAliasedOrSharedService) {
    EXPECT_THAT(
        edited("x: &x {image: y, environment: [A=1]}\nservices:\n  app: *x\n", {set("A", "2")}),
        HasSubstr("refused: line 3: an alias"));
    EXPECT_THAT(
        edited(
            "services:\n  app: &x\n    environment: [A=1]\n  other:\n    <<: *x\n",
            {set("A", "2")}),
        HasSubstr("refused: "));
    EXPECT_THAT(
        edited("x: &x [A=1]\nservices:\n  app:\n    environment: *x\n", {set("A", "2")}),
        HasSubstr("refused: line 4"));
}

TEST(EditCompose, RefusesToAddAnEnvironmentWhereNoneCanBe) {
    const Changes changes{set("A", "1")};

    EXPECT_THAT(
        edited(
            "x: &x {environment: [B=1]}\nservices:\n  app:\n    <<: *x\n    image: y\n", changes),
        HasSubstr("merge key"));
    EXPECT_THAT(edited("services:\n  app:\n    command: [x]\n", changes), HasSubstr("no image"));
    EXPECT_THAT(
        edited("services:\n  app:\n    image: &i x\n", changes), HasSubstr("behind this line"));
    EXPECT_THAT(
        edited("services:\n  app:\n    environment: ~\n", changes), HasSubstr("behind this line"));
}

TEST(EditCompose, RefusesAnUnknownService) {
    EXPECT_THAT(
        edited("services:\n  other: {image: x}\n", {set("A", "1")}), HasSubstr("no such service"));
    EXPECT_THAT(edited("services:\n  app:\n", {set("A", "1")}), HasSubstr("no such service"));
    EXPECT_THAT(edited("version: '3'\n", {set("A", "1")}), HasSubstr("no such service"));
}

TEST(EditCompose, RefusesBadChanges) {
    const std::string text = head() + "    environment:\n      - A=1\n";

    for (const char* key : {"", "1A", "A B", "A=B", "-A", "A:", "$A", "<<"}) {
        EXPECT_THAT(edited(text, {set(key, "x")}), HasSubstr("proper name")) << key;
    }
    EXPECT_THAT(edited(text, {set("B", "1"), drop("B")}), HasSubstr("two of one name"));
    for (const char* value :
         {"\x01", "\r", "\x7F", "\xFF", "\xC2\x85", "\xE2\x80\xA9", "\xEF\xBB\xBF"}) {
        EXPECT_THAT(edited(text, {set("B", value)}), HasSubstr("control characters"));
    }
}

TEST(EditCompose, NeverQuotesValuesInRefusals) {
    EXPECT_THAT(
        block("    environment:\n      A: &x hunter2\n", {set("A", "swordfish")}),
        ::testing::AllOf(Not(HasSubstr("hunter2")), Not(HasSubstr("swordfish"))));
}

TEST(EditCompose, EndsOnAStrayComma) {
    EXPECT_THAT(edited(",", {set("A", "1")}), HasSubstr("refused"));
}

}  // namespace
}  // namespace wavegate::formats
