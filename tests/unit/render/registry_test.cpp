#include "operator/render/registry.hpp"

#include "operator/desired/registry.hpp"
#include "operator/render/mark.hpp"
#include "tests/support/paths.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace wavegate::render {
namespace {

using ::testing::HasSubstr;

std::string published() {
    std::ostringstream text;
    text << std::ifstream(testing::source_path("deploy/examples/homelab/mcp-fleet.registry.yml"))
                .rdbuf();
    return text.str();
}

std::vector<desired::RegistryEntry> entries_of(const std::string& text) {
    const auto file = formats::read_yaml(text);
    desired::Report report;
    auto entries = desired::read_registry(file.documents.at(0), "registry.yml", report);
    EXPECT_TRUE(report.empty());
    return entries;
}

TEST(Registry, IsUpstreamsByteForByte) {
    std::vector<Connector> connectors;
    for (const auto& entry : entries_of(published())) {
        connectors.push_back({entry.name, entry.package, 0});
    }
    ASSERT_TRUE(give_ports(connectors));
    EXPECT_EQ(registry_text(connectors, "knucklessg1", true), published());
}

TEST(Registry, KeepsThePortOfAService) {
    std::vector<Connector> connectors{
        {"a-mcp", "a", 0}, {"b-mcp", "b", 8201}, {"c-mcp", "c", 0}, {"d-mcp", "d", 9000}};
    ASSERT_TRUE(give_ports(connectors));
    std::vector<int> ports;
    for (const auto& one : connectors) {
        ports.push_back(one.host_port);
    }
    EXPECT_THAT(ports, ::testing::ElementsAre(8200, 8201, 8202, 9000));
}

TEST(Registry, HasNoPortWhereAllAreTaken) {
    std::vector<Connector> connectors;
    for (int port = kFirstHostPort; port <= 65'535; ++port) {
        connectors.push_back({"taken", "taken", port});
    }
    EXPECT_TRUE(give_ports(connectors));
    connectors.push_back({"one-too-many", "x", 0});
    EXPECT_FALSE(give_ports(connectors));
}

TEST(Registry, OfOursIsReadByWavegateAndMarked) {
    const auto text = registry_text({{"a-mcp", "a-agent", 8200}}, "registry.example/team", false);
    EXPECT_TRUE(is_untouched(text));
    EXPECT_THAT(text, HasSubstr("image_registry: registry.example/team\n"));
    const auto entries = entries_of(text);
    ASSERT_EQ(entries.size(), 1U);
    EXPECT_EQ(entries[0].package, "a-agent");
    EXPECT_EQ(entries[0].image, "registry.example/team/a-agent");
    EXPECT_EQ(entries[0].host_port, 8200);
    EXPECT_EQ(entries[0].container_port, 8000);
    EXPECT_TRUE(entries_of(registry_text({}, "team", false)).empty());
}

}  // namespace
}  // namespace wavegate::render
