// The multiplexer of a person's own machine: its keys in Claude's settings, from the fleet's vault.
#include "tests/e2e/fleet.hpp"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sys/stat.h>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class LocalConfig : public ::testing::Test {
  protected:
    struct Ended {
        int code = 0;
        std::string said;
    };

    Ended local_config(const std::vector<std::string>& more = {}) {
        std::vector<std::string> words{"local-config", "apply", "--file", file()};
        words.insert(words.end(), more.begin(), more.end());
        const auto process = fleet_.start(words);
        const int code = process->wait(60s);
        return {code, process->output() + process->errors()};
    }
    void converge() {
        fleet_.ask_for_jwt();
        const auto applied = fleet_.start({"apply"});
        ASSERT_EQ(applied->wait(120s), 0) << applied->errors();
    }
    void write(const std::string& env) const {
        write_file(
            file(),
            "{\"mcpServers\":{\"mcp-multiplexer\":{\"command\":\"mux\",\"env\":{" + env +
                "}}},\"n\":1.0}");
        ::chmod(file().c_str(), 0600);
    }
    [[nodiscard]] std::string file() const { return fleet_.folder() + "/claude.json"; }
    [[nodiscard]] json::object env() const {
        return json::parse(read_file(file()))
            .at("mcpServers")
            .at("mcp-multiplexer")
            .at("env")
            .as_object();
    }
    [[nodiscard]] std::string secret() const { return text_at(fleet_.client(), "secret"); }

    Fleet fleet_;
};

TEST_F(LocalConfig, GetsTheKeysOfTheVaultAndShowsNone) {
    converge();
    write("\"LOG\":\"info\"");
    const auto before = read_file(file());
    const auto checked = local_config({"--check"});
    EXPECT_EQ(checked.code, 2) << checked.said;
    EXPECT_EQ(read_file(file()), before);
    const auto applied = local_config();
    EXPECT_EQ(applied.code, 0) << applied.said;
    ASSERT_THAT(secret(), Not(IsEmpty()));
    for (const auto& ended : {checked, applied}) {
        EXPECT_THAT(ended.said, HasSubstr("OIDC_CLIENT_SECRET"));
        EXPECT_THAT(ended.said, Not(HasSubstr(secret())));
    }
    const auto keys = env();
    EXPECT_EQ(text_at(keys, "MCP_CLIENT_AUTH"), "oidc-client-credentials");
    EXPECT_EQ(text_at(keys, "OIDC_CLIENT_ID"), "mcp-multiplexer");
    EXPECT_EQ(text_at(keys, "OIDC_CLIENT_SECRET"), secret());
    EXPECT_EQ(text_at(keys, "OIDC_AUDIENCE"), "agent-services");
    EXPECT_THAT(text_at(keys, "OIDC_TOKEN_URL"), HasSubstr("/protocol/openid-connect/token"));
    EXPECT_EQ(text_at(keys, "LOG"), "info");
    EXPECT_THAT(read_file(file()), HasSubstr("\"n\":1.0}"));
    const auto again = local_config({"--check"});
    EXPECT_EQ(again.code, 0) << again.said;
    EXPECT_EQ(again.said, "");
}

TEST_F(LocalConfig, LeavesTheAddressThatAPersonChose) {
    converge();
    write("\"OIDC_TOKEN_URL\":\"https://login.example/token\",\"OIDC_CLIENT_SECRET\":\"old\"");
    ASSERT_EQ(local_config().code, 0);
    EXPECT_EQ(text_at(env(), "OIDC_TOKEN_URL"), "https://login.example/token");
    EXPECT_EQ(text_at(env(), "OIDC_CLIENT_SECRET"), secret());
}

TEST_F(LocalConfig, ChangesNothingWhereTheVaultHasNothingOrTheFileIsNone) {
    write("");
    const auto before = read_file(file());
    const auto empty = local_config();
    EXPECT_EQ(empty.code, 1);
    EXPECT_THAT(empty.said, HasSubstr("holds no OIDC_CLIENT_SECRET yet"));
    EXPECT_EQ(read_file(file()), before);
    converge();
    write_file(file(), before + "x");
    const auto broken = local_config();
    EXPECT_EQ(broken.code, 1);
    EXPECT_THAT(broken.said, HasSubstr("more than one value"));
    EXPECT_EQ(read_file(file()), before + "x");
    std::filesystem::remove(file());
    EXPECT_THAT(local_config().said, HasSubstr("not there"));
}

}  // namespace
}  // namespace wavegate::testing
