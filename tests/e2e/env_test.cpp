#include "tests/e2e/fleet.hpp"

#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include <filesystem>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;

TEST(DeclaredEnv, FromDocumentAndFileIsSyncedBesideWhatIsThere) {
    Fleet fleet({{"a-mcp"}, {}});
    std::filesystem::create_directories(fleet.folder() + "/agents/a-mcp");
    write_file(
        fleet.folder() + "/agents/a-mcp/.env",
        "# of the agent\nSEARCH_DEPTH=3\nHOST=127.0.0.1\nGREETING=\"hello world\"\n");
    fleet.operator_env()["WAVEGATE_ENV_ROOT"] = fleet.folder() + "/agents";
    fleet.edit(
        "services.yaml",
        "  wave: all\n",
        "  wave: all\n"
        "  env: { LOG_LEVEL: info }\n"
        "  envFrom: [ { file: a-mcp/.env, exclude: [HOST] } ]\n");
    fleet.commit("declare its env");
    const auto before = fleet.live_env("a-mcp");

    const auto applied = fleet.start({"apply"});
    EXPECT_EQ(applied->wait(60s), 0) << applied->errors() << applied->output();
    auto wanted = before;
    wanted["LOG_LEVEL"] = "info";
    wanted["SEARCH_DEPTH"] = "3";
    wanted["GREETING"] = "hello world";
    EXPECT_EQ(fleet.live_env("a-mcp"), wanted);
    for (const auto& text : {applied->errors(), applied->output()}) {
        EXPECT_EQ(text.find("hello world"), std::string::npos) << "values of Env are secrets";
    }
}

TEST(DeclaredEnv, FromASharedFileReachesTheServicesThatOperatorYamlNamesAndNoOther) {
    Fleet fleet({{"a-mcp", "b-mcp", "c-mcp"}, {}});
    std::filesystem::create_directories(fleet.folder() + "/agents/shared");
    write_file(fleet.folder() + "/agents/shared/common.env", "SEARCH_DEPTH=3\n");
    fleet.operator_env()["WAVEGATE_ENV_ROOT"] = fleet.folder() + "/agents";
    fleet.operator_env()["WAVEGATE_ENV_FILES"] = "shared/common.env@a-mcp|b-mcp";
    fleet.edit(
        "services.yaml",
        "  wave: all\n",
        "  wave: all\n"
        "  envFrom: [ { file: shared/common.env } ]\n");
    fleet.commit("give all of them the shared file");

    RunningOperator running(fleet);
    const auto reached = [&](const char* service) {
        return fleet.live_env(service).contains("SEARCH_DEPTH");
    };
    ASSERT_TRUE(running.until(
        [&](const json::object& /*status*/) { return reached("a-mcp") && reached("b-mcp"); }, 60s))
        << running.story();
    running.look();
    EXPECT_FALSE(reached("c-mcp")) << "whoever may commit does not get it by that";
    const auto told = json::serialize(running.status());
    EXPECT_NE(told.find("EnvUnreadable"), std::string::npos) << told;
    EXPECT_NE(told.find("a-mcp, b-mcp, c-mcp ] } into operator.yaml"), std::string::npos) << told;
}

}  // namespace
}  // namespace wavegate::testing
