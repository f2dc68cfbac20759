#include "operator/render/dev_compose.hpp"

#include "operator/formats/compose.hpp"
#include "operator/render/mark.hpp"
#include "operator/render/stacks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::render {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

const DevSource kSource{"wger-mcp", "/srv/ws/agent-packages/agents/wger-agent", "RW710"};

/// Without the two lines at its head.
std::string made_of(const std::string& production) {
    auto text = dev_compose(production, kSource);
    EXPECT_TRUE(text) << text.error().message();
    EXPECT_TRUE(is_untouched(*text));
    const auto second = text->find('\n', text->find('\n') + 1);
    return text->substr(second + 1);
}

TEST(DevCompose, ChangesFivePlacesAndKeepsTheRest) {
    EXPECT_EQ(
        made_of(R"(# the fitness log
version: '3.8'
services:
  wger-mcp:
    image: team/wger-agent:latest   # pinned by hand
    environment:
    # who may call
    - AUTH_TYPE=${AUTH_TYPE}
    volumes:
    - data:/data  # kept
    - /old/place:/src:ro
    healthcheck:
      test: ["CMD", "true"]
      start_period: 10s
    deploy:
      placement:
        constraints:
        - node.labels.name == ${SERVER:-R510}
        - node.role == worker
volumes:
  data: {}
)"),
        R"(# the fitness log
version: '3.8'
services:
  wger-mcp:
    image: team/wger-agent:latest   # pinned by hand
    environment:
    # who may call
    - AUTH_TYPE=${AUTH_TYPE}
    - PYTHONPATH=/src
    volumes:
    - /srv/ws/agent-packages/agents/wger-agent:/src:ro
    - data:/data  # kept
    healthcheck:
      test: ["CMD", "true"]
      start_period: "40s"
    deploy:
      restart_policy:
        condition: any
      placement:
        constraints:
        - "node.labels.name == ${SERVER:-RW710}"
volumes:
  data: {}
)");
}

TEST(DevCompose, TakesAnEnvironmentThatIsAMap) {
    const auto text = made_of(R"(services:
  other:
    image: x
    environment:
      AUTH_TYPE: jwt  # literal
)");
    EXPECT_THAT(text, HasSubstr("      AUTH_TYPE: jwt  # literal\n      PYTHONPATH: /src\n"));
    EXPECT_THAT(text, Not(HasSubstr("healthcheck")));
}

TEST(DevCompose, KeepsAPathOfItsOwnAndARestartPolicy) {
    const std::string production = R"(services:
  wger-mcp: { image: x, environment: { PYTHONPATH: /app }, deploy: { restart_policy: { condition: none } } }
)";
    EXPECT_EQ(made_of(production), R"(services:
  wger-mcp: { volumes: [/srv/ws/agent-packages/agents/wger-agent:/src:ro], image: x, environment: { PYTHONPATH: /app }, deploy: { placement: {constraints: ["node.labels.name == ${SERVER:-RW710}"]}, restart_policy: { condition: none } } }
)");
}

TEST(DevCompose, KeepsLineEndsAndJson) {
    const auto crlf = made_of("services:\r\n  wger-mcp:\r\n    image: x\r\n");
    EXPECT_THAT(crlf, HasSubstr("    image: x\r\n"));
    EXPECT_EQ(crlf.find("\n"), crlf.find("\r\n") + 1);
    const auto marked = dev_compose("\xEF\xBB\xBFservices:\n  wger-mcp:\n    image: x\n", kSource);
    ASSERT_TRUE(marked);
    EXPECT_EQ(marked->find('\xEF'), std::string::npos);
}

TEST(DevCompose, IsMadeOfWhatGenerateStacksMakes) {
    StackSpec spec;
    spec.name = "wger-mcp";
    spec.package = "wger-agent";
    spec.image_prefix = "team";
    spec.image_tag = "latest";
    spec.network = "caddy";
    spec.placement_label = "name";
    spec.node = "R510";
    spec.memory = "512M";
    for (const auto& production : {stack_compose(spec), compatible_stack_compose(spec)}) {
        const auto compose = formats::read_compose(made_of(production));
        ASSERT_TRUE(compose);
        const auto& service = compose->services.at("wger-mcp");
        EXPECT_EQ(service.image, "team/wger-agent:latest");
        EXPECT_EQ(service.environment.at("PYTHONPATH").text, "/src");
    }
}

TEST(DevCompose, RefusesWhatItCantEditWithTheLine) {
    const auto why = [](const std::string& production) {
        const auto text = dev_compose(production, kSource);
        return text ? std::string("edited") : text.error().message();
    };
    EXPECT_THAT(
        why("services:\n  a: { image: x }\n  b: { image: y }\n"),
        HasSubstr("several, and none is called wger-mcp"));
    EXPECT_THAT(
        why("services:\n  wger-mcp:\n    image: x\n    volumes: &v\n    - a:/a\n"),
        HasSubstr("line 4"));
    EXPECT_THAT(
        why("services:\n  wger-mcp:\n    image: x\n    volumes:\n    - type: bind\n      source: "
            "/a\n"
            "      target: /src\n"),
        HasSubstr("line 5"));
    EXPECT_THAT(why("services: [\n"), HasSubstr("line"));
    EXPECT_THAT(
        why("x-d: &d { placement: { constraints: [] } }\nservices:\n  wger-mcp:\n    image: x\n"
            "    deploy: *d\n"),
        HasSubstr("alias"));
    EXPECT_THAT(
        why("x-d: &d { image: x }\nservices:\n  wger-mcp:\n    <<: *d\n    volumes: [ \"a:/a\" "
            "]\n"),
        HasSubstr("merge key"));
}

}  // namespace
}  // namespace wavegate::render
