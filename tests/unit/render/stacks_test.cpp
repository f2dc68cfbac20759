#include "operator/render/stacks.hpp"

#include "operator/formats/compose.hpp"
#include "operator/render/mark.hpp"
#include "operator/render/names.hpp"
#include "tests/support/recorded.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace wavegate::render {
namespace {

using formats::EnvPlace;
using ::testing::HasSubstr;
using ::testing::Not;

StackSpec searxng() {
    StackSpec spec;
    spec.name = "searxng-mcp";
    spec.package = "searxng-agent";
    spec.image_prefix = "registry.example/team";
    spec.image_tag = "1.2";
    spec.network = "caddy";
    spec.placement_label = "name";
    spec.node = "R510";
    spec.memory = "512M";
    return spec;
}

void replace_all(std::string& text, const std::string& what, const std::string& with) {
    for (auto at = text.find(what); at != std::string::npos;
         at = text.find(what, at + with.size())) {
        text.replace(at, what.size(), with);
    }
}

TEST(Stacks, CanBeUpstreamsByteForByte) {
    auto expected = testing::recorded_text("upstream/compose.yml");
    const auto spec = searxng();
    const std::map<std::string, std::string> values{
        {"{name}", spec.name},
        {"{package}", spec.package},
        {"{image_prefix}", spec.image_prefix},
        {"{image_tag}", spec.image_tag},
        {"{network}", spec.network},
        {"{placement_label}", spec.placement_label},
        {"{node}", spec.node}};
    for (const auto& [placeholder, value] : values) {
        replace_all(expected, placeholder, value);
    }
    EXPECT_EQ(compatible_stack_compose(spec), expected);
}

TEST(Stacks, PassTheSwitchesThroughAndStopWhereTheRestIsNotSet) {
    const auto compose = formats::read_compose(stack_compose(searxng()));
    ASSERT_TRUE(compose) << compose.error().message();
    const auto& service = compose->services.at("searxng-mcp");
    EXPECT_EQ(service.image, "registry.example/team/searxng-agent:1.2");
    for (const std::string key : {"AUTH_TYPE", "EUNOMIA_TYPE"}) {
        EXPECT_EQ(service.environment.at(key).place, EnvPlace::PassThrough) << key;
        EXPECT_EQ(service.environment.at(key).text, "${" + key + "}");
    }
    for (const std::string key :
         {"FASTMCP_SERVER_AUTH_JWT_AUDIENCE",
          "FASTMCP_SERVER_AUTH_JWT_ISSUER",
          "FASTMCP_SERVER_AUTH_JWT_JWKS_URI",
          "EUNOMIA_REMOTE_URL"}) {
        EXPECT_EQ(service.environment.at(key).text, "${" + key + ":?required}");
    }
}

TEST(Stacks, AreReplacedWithoutAGapAndHaveALimit) {
    const auto text = stack_compose(searxng());
    EXPECT_THAT(text, HasSubstr("        order: start-first\n"));
    EXPECT_THAT(text, HasSubstr("        failure_action: rollback\n        monitor: 15s\n"));
    EXPECT_THAT(text, HasSubstr("        limits:\n          memory: 512M\n"));
    EXPECT_THAT(text, Not(HasSubstr("ports:")));
}

TEST(Stacks, StopFirstWhereBothWouldNeedTheNodesPort) {
    auto spec = searxng();
    spec.host_port = 8233;
    const auto text = stack_compose(spec);
    EXPECT_THAT(text, HasSubstr("      published: 8233\n      mode: host\n"));
    EXPECT_THAT(text, HasSubstr("        order: stop-first\n"));
    EXPECT_TRUE(formats::read_compose(text));
}

TEST(Stacks, OfSourceAloneInstallItAtTheStart) {
    const auto text = dev_stack_compose(searxng(), "/srv/ws/agent-packages/agents/searxng-agent");
    const auto compose = formats::read_compose(text);
    ASSERT_TRUE(compose) << compose.error().message();
    const auto& service = compose->services.at("searxng-mcp");
    EXPECT_EQ(service.image, "python:3.11-slim");
    ASSERT_EQ(service.command.size(), 3U);
    EXPECT_THAT(service.command[2], HasSubstr("exec searxng-mcp"));
    EXPECT_THAT(text, HasSubstr("    - /srv/ws/agent-packages/agents/searxng-agent:/src:ro\n"));
    EXPECT_THAT(text, HasSubstr("start_period: 180s\n"));
}

TEST(Mark, KnowsAFileThatNobodyChanged) {
    for (const auto& text : {stack_compose(searxng()), stack_readme(searxng())}) {
        EXPECT_TRUE(is_untouched(text));
        EXPECT_FALSE(is_untouched(text + "\n"));
        auto changed = text;
        replace_all(changed, "searxng", "github");
        EXPECT_FALSE(is_untouched(changed));
    }
    EXPECT_FALSE(is_untouched(compatible_stack_compose(searxng())));
    EXPECT_FALSE(is_untouched(""));
    EXPECT_FALSE(is_untouched(kMark));
    EXPECT_FALSE(is_untouched(blank_mark()));
}

TEST(Names, AreWhatMayStandInAPath) {
    EXPECT_TRUE(is_component("a"));
    EXPECT_TRUE(is_component("searxng-mcp.v2_x"));
    EXPECT_TRUE(is_component(std::string(128, 'a')));
    for (const std::string name :
         {"", "A", "-a", "a-", "a/b", "a..b", "..", "a b", "a\n", "a${b}"}) {
        EXPECT_FALSE(is_component(name)) << name;
    }
    EXPECT_FALSE(is_component(std::string(129, 'a')));
    EXPECT_TRUE(is_placement("R510"));
    EXPECT_TRUE(is_image_prefix("registry.example:5000/team"));
    EXPECT_FALSE(is_image_prefix("team/../other"));
    EXPECT_FALSE(is_image_prefix("team\n  privileged"));
    EXPECT_TRUE(is_image_tag("1.2-rc_1"));
    EXPECT_FALSE(is_image_tag(".1"));
    EXPECT_TRUE(is_memory("1G"));
    for (const std::string size : {"", "0M", "512", "M", "512MB", "5.5G", "-1M", "9999999999M"}) {
        EXPECT_FALSE(is_memory(size)) << size;
    }
    EXPECT_TRUE(is_plain_path("/var/lib/monitoring"));
    for (const std::string path :
         {"", "/", "a", "/a/", "/a//b", "/a/../b", "/a/./b", "/a b", "/a:b"}) {
        EXPECT_FALSE(is_plain_path(path)) << path;
    }
}

}  // namespace
}  // namespace wavegate::render
