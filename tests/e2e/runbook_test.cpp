// deploy/runbook.md: each of its blocks, as it stands there, one after the other.
#include "tests/e2e/fleet.hpp"
#include "tests/support/paths.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;

/// The blocks of shell in a Markdown file, each with the heading that it stands below.
std::vector<std::pair<std::string, std::string>> blocks_of(const std::string& text) {
    std::vector<std::pair<std::string, std::string>> blocks;
    std::string heading;
    bool inside = false;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (line == "```sh") {
            inside = true;
            blocks.emplace_back(heading, "");
        } else if (line == "```") {
            inside = false;
        } else if (inside) {
            blocks.back().second += line + "\n";
        } else if (line.starts_with("## ")) {
            heading = line.substr(3);
        }
    }
    return blocks;
}

/// Does this command speak to an operator that runs?
bool needs_operator(const std::string& block) {
    return block.find("wavegate rollout") != std::string::npos;
}

class Reader {
  public:
    Reader() : fleet_({{"a-mcp", "b-mcp"}, {}}) {
        write_file(
            fleet_.repository() + "/monitoring.yaml",
            "apiVersion: wavegate.dev/v1\nkind: Monitoring\nmetadata: { name: lgtm }\nspec:\n"
            "  targets: { file: /var/lib/monitoring/targets/fleet.json }\n");
        fleet_.commit("watch it");
        write_file(
            fleet_.folder() + "/claude.json",
            R"({"mcpServers": {"mcp-multiplexer": {"env": {}}}})"
            "\n");
        auto& env = fleet_.operator_env();
        env["PATH"] =
            std::filesystem::path(program_path()).parent_path().string() + ":/usr/bin:/bin";
        for (const auto* who : {"AUTHOR", "COMMITTER"}) {
            env[fmt::format("GIT_{}_NAME", who)] = "reader";
            env[fmt::format("GIT_{}_EMAIL", who)] = "reader@localhost";
        }
    }

    int run(const std::string& block) {
        if (needs_operator(block) && !running_) {
            running_.emplace(fleet_);
            auto& env = fleet_.operator_env();
            env["WAVEGATE_SERVER"] = "http://" + running_->address();
            env["WAVEGATE_TOKEN_REF"] = "env:SANDBOX_API_TOKEN";
            EXPECT_TRUE(running_->until(
                [](const json::object& now) { return !text_at(now, "standing").empty(); }, 30s));
        }
        Process shell(
            {"/bin/bash", "-euo", "pipefail", "-c", "cd " + fleet_.folder() + "\n" + block},
            fleet_.operator_env(),
            fleet_.folder() + "/shell");
        const int code = shell.wait(120s);
        said = shell.output() + shell.errors();
        return code;
    }
    [[nodiscard]] std::string story() const { return running_ ? running_->story() : ""; }

    std::string said;

  private:
    Fleet fleet_;
    std::optional<RunningOperator> running_;
};

TEST(Runbook, HasNoCommandThatDoesNotRunAsItStands) {
    const auto blocks = blocks_of(read_file(source_path("deploy/runbook.md")));
    ASSERT_GE(blocks.size(), 10U);
    Reader reader;
    for (const auto& [heading, block] : blocks) {
        ASSERT_EQ(reader.run(block), 0) << heading << "\n"
                                        << block << reader.said << "\n"
                                        << reader.story();
    }
}

}  // namespace
}  // namespace wavegate::testing
