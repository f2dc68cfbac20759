#include "operator/formats/compose.hpp"
#include "tests/support/paths.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <set>

namespace wavegate::formats {
namespace {

namespace json = boost::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::string_view kStack = R"yaml(version: '3.8'
services:
  searxng-mcp:
    image: knucklessg1/searxng-mcp:latest
    hostname: searxng-mcp
    restart: always
    command: [searxng-mcp]
    networks:
      - caddy
      - internet
    dns:
      - 10.0.0.53
    environment:
      - PYTHONUNBUFFERED=1
      - HOST=0.0.0.0
      - PORT=8000
      - TRANSPORT=streamable-http
      # auth
      - AUTH_TYPE=${AUTH_TYPE}
      - FASTMCP_SERVER_AUTH_JWT_AUDIENCE=${FASTMCP_SERVER_AUTH_JWT_AUDIENCE:?required}
      - EUNOMIA_TYPE=${EUNOMIA_TYPE:-none}
      - EUNOMIA_REMOTE_URL=http://eunomia.arpa
      - LOG_LEVEL
      - PRICE=5$$
      - WHERE=http://${HOST_NAME}:80
    healthcheck:
      test: ["CMD", "python3", "-c", "import socket; socket.create_connection(('localhost', 8000))"]
      interval: 30s
    deploy:
      placement:
        constraints: [ "node.labels.name == ${SERVER:-r510}" ]
networks:
  caddy: { external: true }
  internet:
    external: true
    name: outside
  own: {}
secrets:
  old: { external: { name: real } }
  late: { external: false }
configs:
  c1: { external: true }
)yaml";

Compose read(std::string_view text) {
    auto compose = read_compose(text);
    if (!compose) {
        ADD_FAILURE() << compose.error().message();
        return {};
    }
    return *compose;
}

std::map<std::string, ComposeEnv> environment_of(const std::string& block) {
    return read("services:\n  app:\n    image: x\n" + block).services["app"].environment;
}

std::string refusal_of_compose(std::string_view text) {
    auto compose = read_compose(text);
    return compose ? "accepted" : compose.error().message();
}

TEST(ReadCompose, ReadsTheStackOfAFleet) {
    const Compose compose = read(kStack);
    ASSERT_EQ(compose.services.size(), 1U);
    const ComposeService& service = compose.services.at("searxng-mcp");

    EXPECT_EQ(service.image, "knucklessg1/searxng-mcp:latest");
    EXPECT_THAT(service.command, ElementsAre("searxng-mcp"));
    EXPECT_FALSE(service.env_file);
    EXPECT_EQ(service.environment.size(), 11U);
}

TEST(ReadCompose, TellsHowAnEntryGetsItsValue) {
    const auto environment = read(kStack).services["searxng-mcp"].environment;

    EXPECT_EQ(environment.at("EUNOMIA_REMOTE_URL").place, EnvPlace::Literal);
    EXPECT_EQ(environment.at("EUNOMIA_REMOTE_URL").text, "http://eunomia.arpa");
    EXPECT_EQ(environment.at("EUNOMIA_REMOTE_URL").line, 22);
    EXPECT_EQ(environment.at("AUTH_TYPE").place, EnvPlace::PassThrough);
    EXPECT_EQ(environment.at("AUTH_TYPE").variable, "AUTH_TYPE");
    EXPECT_EQ(environment.at("AUTH_TYPE").fallback, std::nullopt);
    EXPECT_EQ(environment.at("EUNOMIA_TYPE").fallback, "none");
    EXPECT_EQ(environment.at("FASTMCP_SERVER_AUTH_JWT_AUDIENCE").place, EnvPlace::PassThrough);
    EXPECT_EQ(environment.at("FASTMCP_SERVER_AUTH_JWT_AUDIENCE").fallback, std::nullopt);
    EXPECT_EQ(environment.at("LOG_LEVEL").place, EnvPlace::Bare);
    EXPECT_EQ(environment.at("LOG_LEVEL").variable, "LOG_LEVEL");
    EXPECT_EQ(environment.at("PRICE").place, EnvPlace::Literal);
    EXPECT_EQ(environment.at("PRICE").text, "5$$");
    EXPECT_EQ(environment.at("WHERE").place, EnvPlace::Mixed);
}

TEST(ReadCompose, NamesWhatMustExistOutside) {
    const Compose compose = read(kStack);

    EXPECT_THAT(compose.external_networks, ElementsAre("caddy", "outside"));
    EXPECT_THAT(compose.external_secrets, ElementsAre("real"));
    EXPECT_THAT(compose.external_configs, ElementsAre("c1"));
}

TEST(ReadCompose, ReadsMapsListsAndFlowAlike) {
    for (const char* block :
         {"    environment:\n      - A=1\n      - B=${V}\n      - C\n",
          "    environment:\n      A: '1'\n      B: ${V}\n      C:\n",
          "    environment: [ \"A=1\", 'B=${V}', C ]\n",
          "    environment: {A: 1, B: \"${V}\", C: }\n"}) {
        const auto environment = environment_of(block);

        ASSERT_EQ(environment.size(), 3U) << block;
        EXPECT_EQ(environment.at("A").place, EnvPlace::Literal) << block;
        EXPECT_EQ(environment.at("A").text, "1") << block;
        EXPECT_EQ(environment.at("B").place, EnvPlace::PassThrough) << block;
        EXPECT_EQ(environment.at("B").variable, "V") << block;
        EXPECT_EQ(environment.at("C").place, EnvPlace::Bare) << block;
    }
}

TEST(ReadCompose, TakesAWrongVariableForNoLever) {
    const auto environment =
        environment_of("    environment: ['A=${V:+x}', 'B=$', 'C=$V', 'D=${V}${W}']\n");

    EXPECT_EQ(environment.at("A").place, EnvPlace::Mixed);
    EXPECT_EQ(environment.at("B").place, EnvPlace::Mixed);
    EXPECT_EQ(environment.at("C").place, EnvPlace::PassThrough);
    EXPECT_EQ(environment.at("D").place, EnvPlace::Mixed);
}

TEST(ReadCompose, ResolvesAliasesAndMergeKeys) {
    const Compose compose = read(
        "x-env: &env {A: base, B: base}\n"
        "x-common: &common\n  image: shared\n  environment: *env\n"
        "services:\n"
        "  a: *common\n"
        "  b:\n    <<: *common\n    environment: {<<: [*env, {B: second, C: second}], A: own}\n");

    EXPECT_EQ(compose.services.at("a").image, "shared");
    EXPECT_EQ(compose.services.at("a").environment.at("A").text, "base");
    EXPECT_EQ(compose.services.at("b").image, "shared");
    EXPECT_EQ(compose.services.at("b").environment.at("A").text, "own");
    EXPECT_EQ(compose.services.at("b").environment.at("B").text, "base");
    EXPECT_EQ(compose.services.at("b").environment.at("C").text, "second");
}

TEST(ReadCompose, LetsTheLastOfTwoListEntriesWin) {
    EXPECT_EQ(environment_of("    environment: [A=1, A=2]\n").at("A").text, "2");
}

TEST(ReadCompose, SplitsACommandThatIsText) {
    EXPECT_THAT(
        read("services: {app: {image: x, command: run  --port 1}}").services["app"].command,
        ElementsAre("run", "--port", "1"));
}

TEST(ReadCompose, SeesAnEnvFile) {
    EXPECT_TRUE(
        read("services: {app: {image: x, env_file: [stack.env]}}").services["app"].env_file);
}

TEST(ReadCompose, ReadsAServiceWithoutEnvironment) {
    EXPECT_THAT(environment_of(""), IsEmpty());
    EXPECT_THAT(environment_of("    environment:\n"), IsEmpty());
}

TEST(ReadCompose, RefusesWhatIsNoComposeFile) {
    EXPECT_THAT(refusal_of_compose(""), HasSubstr("one document"));
    EXPECT_THAT(refusal_of_compose("a: 1\n---\nb: 2\n"), HasSubstr("one document"));
    EXPECT_THAT(refusal_of_compose("- services\n"), HasSubstr("one document"));
    EXPECT_THAT(refusal_of_compose("version: '3'\n"), HasSubstr("no map of services"));
    EXPECT_THAT(refusal_of_compose("services: []\n"), HasSubstr("no map of services"));
    EXPECT_THAT(refusal_of_compose("services:\n  a: [unclosed\n"), HasSubstr("line"));
    EXPECT_THAT(refusal_of_compose("services:\n  a:\n"), HasSubstr("line 2"));
    EXPECT_THAT(refusal_of_compose("services:\n  a: {environment: 7}\n"), HasSubstr("line 2"));
    EXPECT_THAT(
        refusal_of_compose("services:\n  a:\n    environment:\n      - {A: 1}\n"),
        HasSubstr("line 4"));
    EXPECT_THAT(
        refusal_of_compose("services:\n  a:\n    environment:\n      A: [1]\n"),
        HasSubstr("line 4"));
}

TEST(ReadCompose, EndsOnAStrayComma) {
    EXPECT_THAT(refusal_of_compose(","), Not("accepted"));
    EXPECT_THAT(refusal_of_compose("services: {a: {image: x}}\n, b\n"), Not("accepted"));
}

TEST(ReadCompose, NeverQuotesValuesInErrors) {
    EXPECT_THAT(
        refusal_of_compose("services:\n  a:\n    environment:\n      - [hunter2]\n"),
        Not(HasSubstr("hunter2")));
}

/// All compose texts of the recorded exchanges with Portainer.
std::set<std::string> recorded_files() {
    std::set<std::string> files;
    const std::function<void(const json::value&)> walk = [&](const json::value& value) {
        if (value.is_array()) {
            for (const json::value& item : value.get_array()) {
                walk(item);
            }
        }
        if (value.is_object()) {
            for (const auto& [key, item] : value.get_object()) {
                if ((key == "StackFileContent" || key == "stackFileContent") && item.is_string()) {
                    files.emplace(item.get_string());
                }
                walk(item);
            }
        }
    };
    for (const auto& entry :
         std::filesystem::directory_iterator(testing::source_path("tests/recorded/portainer"))) {
        std::ifstream file(entry.path());
        const std::string text((std::istreambuf_iterator<char>(file)), {});
        walk(json::parse(text));
    }
    return files;
}

TEST(ReadCompose, ReadsEveryRecordedFileAndRefusesTheBrokenOnes) {
    const auto files = recorded_files();
    ASSERT_GT(files.size(), 15U);
    std::size_t good = 0;
    for (const std::string& text : files) {
        auto compose = read_compose(text);
        const bool broken = text.find("[unclosed") != std::string::npos ||
                            text.find("[broken") != std::string::npos ||
                            text.find("a: [b") != std::string::npos || text.size() < 2;
        EXPECT_EQ(compose.has_value(), !broken) << text;
        good += compose ? 1U : 0U;
    }
    EXPECT_GT(good, 12U);
}

TEST(EditCompose, EditsEveryRecordedFileThatCanBeRead) {
    for (const std::string& text : recorded_files()) {
        auto compose = read_compose(text);
        if (!compose) {
            continue;
        }
        for (const auto& [name, service] : compose->services) {
            auto edited = edit_compose(text, name, {{"AUTH_TYPE", "jwt"}, {"NEW", "1"}});
            ASSERT_TRUE(edited) << edited.error().message() << "\n" << text;
            auto again = read_compose(*edited);
            ASSERT_TRUE(again);
            EXPECT_EQ(again->services[name].environment["AUTH_TYPE"].text, "jwt");
        }
    }
}

}  // namespace
}  // namespace wavegate::formats
