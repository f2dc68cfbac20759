#include "operator/render/multiplexer_config.hpp"

#include "operator/render/mark.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavegate::render {
namespace {

namespace json = boost::json;

ServiceSpec service(const std::string& name, const std::string& child) {
    ServiceSpec spec;
    spec.name = name;
    spec.child = child;
    spec.url = "http://" + name + ".arpa/mcp";
    return spec;
}

DesiredState two_services(PrincipalSource from) {
    DesiredState desired;
    desired.services = {service("a-mcp", "zebra"), service("b-mcp", "b-mcp")};
    desired.fleet.multiplexer.principal = "agent:mcp-multiplexer";
    desired.fleet.multiplexer.principal_from = from;
    return desired;
}

TEST(MultiplexerConfig, GivesEachChildThePrincipalsHeader) {
    const auto text = multiplexer_config(two_services(PrincipalSource::Header));
    EXPECT_TRUE(is_untouched(text));
    const auto file = json::parse(text);
    const json::object child{
        {"url", "http://a-mcp.arpa/mcp"},
        {"transport", "streamable-http"},
        {"headers", {{"x-agent-id", "mcp-multiplexer"}}}};
    EXPECT_EQ(file.at("mcpServers").at("zebra"), child);
    EXPECT_EQ(file.at("mcpServers").as_object().size(), 2U);
}

TEST(MultiplexerConfig, SendsNoHeaderWhereTheTokenSaysWhoCalls) {
    const auto file = json::parse(multiplexer_config(two_services(PrincipalSource::Jwt)));
    EXPECT_FALSE(file.at("mcpServers").at("b-mcp").as_object().contains("headers"));
}

}  // namespace
}  // namespace wavegate::render
