#include "tests/e2e/fleet.hpp"

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

}  // namespace
}  // namespace wavegate::testing
