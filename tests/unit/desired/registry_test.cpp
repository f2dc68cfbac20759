#include "operator/desired/registry.hpp"

#include "operator/desired/semantics.hpp"
#include "tests/support/paths.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>
#include <string>

namespace wavegate::desired {
namespace {

using ::testing::SizeIs;

std::vector<RegistryEntry> entries(const std::string& text, std::string& found) {
    Report report;
    const auto file = formats::read_yaml(text);
    auto out = read_registry(file.documents.at(0), "r.yml", report);
    for (const auto& finding : std::move(report).take()) {
        found += to_text(finding) + "\n";
    }
    return out;
}

TEST(Registry, ReadsUpstreamsFile) {
    const std::ifstream file(
        testing::source_path("deploy/examples/homelab/mcp-fleet.registry.yml"));
    std::stringstream text;
    text << file.rdbuf();
    std::string found;
    const auto all = entries(text.str(), found);
    EXPECT_EQ(found, "");
    ASSERT_THAT(all, SizeIs(52));
    EXPECT_EQ(all[0].name, "ansible-tower-mcp");
    EXPECT_EQ(all[0].container_port, 8000);
    EXPECT_EQ(all[51].name, "wger-mcp");
    EXPECT_EQ(all[51].host_port, 8251);
    EXPECT_EQ(all[51].image, "knucklessg1/wger-agent");
}

TEST(Registry, PassesOverFieldsThatItDoesNotKnow) {
    std::string found;
    const auto all = entries(
        "version: 1\nfuture: x\nservices: [ { name: a, scaling: { max: 3 }, profiles: [ p ] } ]",
        found);
    EXPECT_EQ(found, "");
    EXPECT_THAT(all, SizeIs(1));
}

TEST(Registry, ReportsAllThatIsWrong) {
    std::string found;
    const auto all = entries(
        "version: 2\n"
        "services:\n"
        "  - { name: a, host_port: 70000 }\n"
        "  - { name: a }\n"
        "  - { package: b }\n",
        found);
    EXPECT_THAT(all, SizeIs(1));
    EXPECT_EQ(
        found,
        "r.yml:1:10: registry: version: must be 1\n"
        "r.yml:3:27: registry: services[0].host_port: must be a port, 1 to 65535\n"
        "r.yml:4:13: registry: services[1].name: \"a\" stands in line 3 already\n"
        "r.yml:5:5: registry: services[2].name: must be a name of at most 63 letters, digits, "
        "'.', '_' and '-'\n");
}

TEST(Registry, CutsTagAndDigestOffAnImage) {
    EXPECT_EQ(image_repository("docker.io:443/a/b:1@sha256:00"), "docker.io:443/a/b");
    EXPECT_EQ(image_repository("a/b"), "a/b");
    EXPECT_EQ(image_repository("b:latest"), "b");
}

TEST(Slug, ShortensAsThePolicyServerDoes) {
    EXPECT_EQ(slug("Wavegate/Base Line.v1_x--y!"), "wavegate-base-line-v1_x-y");
    EXPECT_EQ(slug("--"), "");
}

TEST(SecretNames, AreKnownByTheirEnd) {
    for (const auto* name :
         {"GITHUB_TOKEN", "DB_PASSWORD", "OPENAI_API_KEY", "X_SECRET", "token"}) {
        EXPECT_TRUE(is_secret_name(name)) << name;
    }
    for (const auto* name : {"MAX_TOKENS", "TOKEN_URL", "LOG_LEVEL", "PASSWORD_FILE"}) {
        EXPECT_FALSE(is_secret_name(name)) << name;
    }
}

TEST(SecretShapes, AreKnownByTheirMarks) {
    for (const auto* value :
         {"glpat-0123456789abcdefghij",
          "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.c2ln",
          "-----BEGIN PRIVATE KEY-----",
          "redis://:hunter2@cache:6379",
          "--token=hvs.0123456789abcdefghij"}) {
        EXPECT_TRUE(is_secret_shape(value)) << value;
    }
    for (const auto* value :
         {"info",
          "http://host:8080/path",
          "ghp_short",
          "a@b.c",
          "http://keycloak.arpa/realms/master",
          "wavegate <wavegate@localhost>"}) {
        EXPECT_FALSE(is_secret_shape(value)) << value;
    }
}

}  // namespace
}  // namespace wavegate::desired
