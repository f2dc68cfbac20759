#include "operator/access/missing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace wavegate::access {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> missing(
    const std::string& file,
    const std::map<std::string, std::string>& variables) {
    const settings::Environment environment =
        [&](const std::string& name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
    };
    const auto parsed = settings::parse_config("operator.yaml", file, environment);
    EXPECT_THAT(parsed.found, IsEmpty()) << (parsed.found.empty() ? "" : to_text(parsed.found[0]));
    std::vector<std::string> lines;
    for (const auto& one : missing_references(parsed.config, environment)) {
        lines.push_back(to_text(one));
    }
    return lines;
}

constexpr const char* kFile =
    "source: { folder: x }\n"
    "auth: { tokenRef: \"env:API\" }\n"
    "references:\n"
    "  - { ref: \"env:KC\", RULE }\n"
    "  - { ref: \"file:/nonexistent/secret\", RULE }\n"
    "  - { ref: \"file:/run/*\", RULE }\n"
    "  - { ref: \"openbao:kv/a#b\", RULE }\n";

std::string file() {
    std::string text = kFile;
    for (auto at = text.find("RULE"); at != std::string::npos; at = text.find("RULE")) {
        text.replace(at, 4, "to: https://keycloak.arpa");
    }
    return text;
}

TEST(MissingReferences, AreNamedWithTheirLines) {
    EXPECT_THAT(
        missing(file(), {{"KC", "x"}}),
        ElementsAre(
            "operator.yaml:2:19: auth.tokenRef: env:API is not set",
            "operator.yaml:5:5: references: file:/nonexistent/secret can't be opened"));
    EXPECT_THAT(
        missing(file(), {{"API", "x"}, {"KC", ""}}),
        ElementsAre(
            "operator.yaml:4:5: references: env:KC is empty",
            "operator.yaml:5:5: references: file:/nonexistent/secret can't be opened"));
}

TEST(MissingReferences, OfAVariableNameTheVariable) {
    EXPECT_THAT(
        missing(
            "source: { folder: x }\nauth: { tokenRef: \"env:API\" }\n",
            {{"WAVEGATE_AUTH_TOKEN_REF", "env:OTHER"}, {"API", "x"}}),
        ElementsAre("WAVEGATE_AUTH_TOKEN_REF: env:OTHER is not set"));
}

TEST(MissingReferences, OfTheStoreAreNamedToo) {
    EXPECT_THAT(
        missing(
            "source: { folder: x }\n"
            "store:\n"
            "  etcd: { urls: [ \"http://e:1\" ], username: w, passwordRef: \"env:ETCD\" }\n",
            {}),
        ElementsAre("operator.yaml:3:61: store.etcd.passwordRef: env:ETCD is not set"));
}

}  // namespace
}  // namespace wavegate::access
