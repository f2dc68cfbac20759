#include "operator/render/json_schema.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <gmock/gmock.h>

#include <string>

namespace wavegate::render {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;
using ::testing::Not;

json::value parsed() {
    json::error_code error;
    auto value = json::parse(json_schema(desired::Schemas::embedded()), error);
    EXPECT_FALSE(error) << error.message();
    return value;
}

TEST(JsonSchema, IsTheSameEveryTimeAndEndsWithANewline) {
    const auto text = json_schema(desired::Schemas::embedded());
    EXPECT_EQ(text, json_schema(desired::Schemas::embedded()));
    EXPECT_TRUE(text.ends_with("}\n"));
}

TEST(JsonSchema, HasADefinitionAndABranchForEveryKind) {
    const auto schema = parsed();
    EXPECT_EQ(schema.at("$schema"), "http://json-schema.org/draft-07/schema#");
    EXPECT_EQ(schema.at("definitions").as_object().size(), 5U);
    EXPECT_EQ(schema.at("allOf").as_array().size(), 5U);
    const auto& branch = schema.at("allOf").at(0);
    EXPECT_EQ(branch.at("if").at("properties").at("kind").at("const"), "EunomiaPolicy");
    EXPECT_EQ(branch.at("then").at("$ref"), "#/definitions/EunomiaPolicy");
}

TEST(JsonSchema, CarriesTypesEnumsDefaultsAndDescriptions) {
    const auto schema = parsed();
    const auto& spec = schema.at("definitions").at("Fleet").at("properties").at("spec");
    const auto& limits = spec.at("properties").at("limits").at("properties");
    EXPECT_EQ(limits.at("maxDeletions").at("default"), 3);
    EXPECT_EQ(limits.at("maxShrink").at("default"), "20%");
    const auto& drift = spec.at("properties").at("drift");
    EXPECT_EQ(drift.at("enum"), (json::array{"heal", "report"}));
    EXPECT_THAT(std::string(drift.at("description").as_string()), HasSubstr("healed"));
    const auto& wave = spec.at("properties").at("waves").at("items").at("properties");
    EXPECT_EQ(wave.at("maxInFlight").at("minimum"), 1);
    EXPECT_THAT(std::string(wave.at("soak").at("pattern").as_string()), HasSubstr("ms|s|m|h|d"));
}

TEST(JsonSchema, AllowsNoUnknownFieldAndNoStatus) {
    const auto schema = parsed();
    const auto& service = schema.at("definitions").at("McpService");
    EXPECT_EQ(service.at("additionalProperties"), false);
    EXPECT_FALSE(service.at("properties").as_object().contains("status"));
    const auto& spec = service.at("properties").at("spec").at("properties");
    EXPECT_EQ(spec.at("env").at("additionalProperties").at("type"), "string");
    EXPECT_FALSE(spec.at("probe")
                     .at("properties")
                     .at("arguments")
                     .as_object()
                     .contains("additionalProperties"));
}

}  // namespace
}  // namespace wavegate::render
