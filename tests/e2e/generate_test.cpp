// The files that `wavegate generate` makes of a fleet, and whose they are afterwards.
#include "tests/e2e/process.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/scratch_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sys/stat.h>

namespace wavegate::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace fs = std::filesystem;

class Generate : public ::testing::Test {
  protected:
    struct Ended {
        int code = 0;
        std::string out;
        std::string error;
    };

    Ended generate(std::vector<std::string> words) {
        words.insert(words.begin(), {program_path(), "generate"});
        Process process(words, {{"PATH", "/usr/bin:/bin"}}, folder_.path() + "/run");
        const int code = process.wait(30s);
        return {code, process.output(), process.errors()};
    }
    Ended stacks(const std::vector<std::string>& more = {}) {
        std::vector<std::string> words{
            "stacks",
            "--registry",
            path("registry.yml"),
            "--services-dir",
            path("services"),
            "--image-prefix",
            "team",
            "--network",
            "caddy",
            "--placement-nodes",
            "one,two"};
        words.insert(words.end(), more.begin(), more.end());
        return generate(words);
    }
    Ended registry(const std::vector<std::string>& more = {}) {
        std::vector<std::string> words{
            "registry", "--agents-dir", path("agents"), "--out", path("registry.yml")};
        words.insert(words.end(), more.begin(), more.end());
        return generate(words);
    }
    void write_registry(const std::string& services) {
        folder_.write("registry.yml", "version: 1\nservices:\n" + services);
    }
    void write_agent(const std::string& name, const std::string& script) {
        folder_.write("agents/" + name + "/src/mcp_server.py", "");
        folder_.write(
            "agents/" + name + "/pyproject.toml",
            "[project]\nname = \"" + name + "\"\n[project.scripts]\n" + script +
                " = \"src.mcp_server:mcp_server\"\n");
    }
    [[nodiscard]] std::string path(const std::string& name) const {
        return folder_.path() + "/" + name;
    }
    [[nodiscard]] bool exists(const std::string& name) const { return fs::exists(path(name)); }
    [[nodiscard]] std::string text(const std::string& name) const { return read_file(path(name)); }

    ScratchFolder folder_;
};

constexpr const char* kTwo =
    "  - { name: a-mcp, package: a-agent }\n"
    "  - { name: b-mcp, package: b-agent }\n";

TEST_F(Generate, MakesAStackForEachServiceAndTheSameAgain) {
    write_registry(kTwo);
    EXPECT_EQ(stacks({"--check"}).code, 2);
    EXPECT_FALSE(exists("services"));
    EXPECT_EQ(stacks().code, 0);
    EXPECT_THAT(text("services/a-mcp/compose.yml"), HasSubstr("image: team/a-agent:latest\n"));
    EXPECT_THAT(text("services/b-mcp/compose.yml"), HasSubstr("${SERVER:-two}"));
    const auto again = stacks();
    EXPECT_EQ(again.code, 0);
    EXPECT_THAT(again.out, IsEmpty()) << "nothing was to be written";
    EXPECT_EQ(stacks({"--check"}).code, 0);
}

TEST_F(Generate, FollowsWhatItMadeItselfAndLeavesWhatAHandChanged) {
    write_registry(kTwo);
    ASSERT_EQ(stacks().code, 0);
    folder_.write("services/a-mcp/compose.yml", text("services/a-mcp/compose.yml") + "# mine\n");
    const auto newer = stacks({"--image-tag", "2"});
    EXPECT_EQ(newer.code, 2);
    EXPECT_THAT(newer.error, HasSubstr("kept " + path("services/a-mcp/compose.yml")));
    EXPECT_THAT(text("services/a-mcp/compose.yml"), HasSubstr("a-agent:latest"));
    EXPECT_THAT(text("services/b-mcp/compose.yml"), HasSubstr("b-agent:2"));
    EXPECT_EQ(stacks({"--image-tag", "2", "--check"}).code, 2);
    EXPECT_EQ(stacks({"--image-tag", "2", "--force"}).code, 0);
    EXPECT_THAT(text("services/a-mcp/compose.yml"), HasSubstr("a-agent:2"));
}

TEST_F(Generate, TakesACompatibleFileThatDiffersForAHands) {
    write_registry(kTwo);
    ASSERT_EQ(stacks({"--compat"}).code, 0);
    EXPECT_FALSE(exists("services/a-mcp/README.md"));
    EXPECT_EQ(stacks({"--compat"}).code, 0);
    EXPECT_EQ(stacks({"--compat", "--image-tag", "2"}).code, 2);
    EXPECT_THAT(text("services/a-mcp/compose.yml"), HasSubstr("a-agent:latest"));
}

TEST_F(Generate, WritesNothingForBadInputAndNamesItsPlace) {
    const auto refused = [&](const std::string& services, const std::string& why) {
        write_registry(services);
        const auto ended = stacks();
        EXPECT_EQ(ended.code, 1) << services;
        EXPECT_THAT(ended.error, HasSubstr(why));
        EXPECT_FALSE(exists("services"));
    };
    const auto file = path("registry.yml");
    refused("  - { name: a-mcp }\n", file + ":3: a-mcp.package: must be");
    refused("  - { name: a-mcp, package: \"a/../b\" }\n", file + ":3: a-mcp.package: must be");
    refused(
        "  - { name: ../up, package: a }\n", file + ":3:5: registry: services[0].name: must be");
    refused("  - { name: A-mcp, package: a }\n", file + ":3: name: must be");
    refused("  - { name: a, package: a }\n  - { name: a, package: b }\n", ":4:13: ");
    refused("  - [\n", file + ":");
    write_registry(kTwo);
    for (const auto& [option, value] : std::vector<std::pair<std::string, std::string>>{
             {"--network", "a\n    privileged: true"},
             {"--image-tag", "../x"},
             {"--placement-label", "a b"},
             {"--memory", "lots"}}) {
        const auto ended = generate(
            {"stacks",
             "--registry",
             file,
             "--services-dir",
             path("services"),
             "--image-prefix",
             "team",
             "--network",
             "caddy",
             "--placement-nodes",
             "one",
             option,
             value});
        EXPECT_NE(ended.code, 0) << option;
        EXPECT_FALSE(exists("services")) << option;
    }
    EXPECT_THAT(
        generate({"stacks",
                  "--registry",
                  path("none.yml"),
                  "--services-dir",
                  path("services"),
                  "--image-prefix",
                  "team",
                  "--network",
                  "caddy",
                  "--placement-nodes",
                  "one"})
            .error,
        HasSubstr("none.yml: not there"));
}

TEST_F(Generate, FollowsNoLinkOutOfItsFolder) {
    write_registry(kTwo);
    fs::create_directories(path("elsewhere"));
    fs::create_directories(path("services"));
    fs::create_directory_symlink(path("elsewhere"), path("services/b-mcp"));
    const auto folder = stacks({"--force"});
    EXPECT_EQ(folder.code, 1);
    EXPECT_THAT(folder.error, HasSubstr("services/b-mcp: is a link or no folder"));
    EXPECT_FALSE(exists("services/a-mcp")) << "nothing is written where one can't be";
    EXPECT_TRUE(fs::is_empty(path("elsewhere")));
    fs::remove(path("services/b-mcp"));
    folder_.write("secret", "kept");
    fs::create_directories(path("services/a-mcp"));
    fs::create_symlink(path("secret"), path("services/a-mcp/compose.yml"));
    const auto file = stacks({"--force"});
    EXPECT_EQ(file.code, 1);
    EXPECT_THAT(file.error, HasSubstr("a-mcp/compose.yml: is a link, which is not followed"));
    EXPECT_EQ(text("secret"), "kept");
}

TEST_F(Generate, KeepsTheModeOfAFileAndLeavesNothingBesideIt) {
    write_registry(kTwo);
    ASSERT_EQ(stacks().code, 0);
    ASSERT_EQ(::chmod(path("services/a-mcp/compose.yml").c_str(), 0640), 0);
    ASSERT_EQ(stacks({"--image-tag", "2"}).code, 0);
    EXPECT_EQ(
        fs::status(path("services/a-mcp/compose.yml")).permissions(), static_cast<fs::perms>(0640));
    const auto files = fs::directory_iterator(path("services/a-mcp"));
    EXPECT_EQ(std::distance(begin(files), end(files)), 2);
}

TEST_F(Generate, MakesARegistryWhosePortsStay) {
    write_agent("b-agent", "b-mcp");
    ASSERT_EQ(registry().code, 0);
    write_agent("a-agent", "a-mcp");
    folder_.write("agents/c-agent/pyproject.toml", "[project]\nname = 'c'\n");
    folder_.write("agents/d/.venv/mcp_server.py", "");
    folder_.write(
        "agents/d/pyproject.toml",
        "[project]\nname = 'd'\n[project.scripts]\nd-mcp = 'd.mcp_server:mcp_server'\n");
    ASSERT_EQ(registry().code, 0);
    EXPECT_THAT(
        text("registry.yml"),
        HasSubstr("image: knucklessg1/b-agent:latest\n"
                  "    container_port: 8000\n    host_port: 8200\n"));
    EXPECT_THAT(text("registry.yml"), HasSubstr("name: a-mcp\n    package: a-agent\n"));
    EXPECT_THAT(text("registry.yml"), HasSubstr("host_port: 8201\n"));
    EXPECT_THAT(text("registry.yml"), Not(HasSubstr("c-agent")));
    EXPECT_THAT(text("registry.yml"), Not(HasSubstr("d-mcp"))) << "its server is not its own";
    EXPECT_EQ(registry({"--check"}).code, 0);
    EXPECT_EQ(stacks().code, 0) << "what it wrote is what the next one reads";
}

TEST_F(Generate, NamesTheLineOfAPackageThatIsWrong) {
    write_agent("a-agent", "a-mcp");
    folder_.write("agents/b/pyproject.toml", "[project]\nname = 'b\n");
    const auto ended = registry();
    EXPECT_EQ(ended.code, 1);
    EXPECT_EQ(ended.error, path("agents/b/pyproject.toml") + ":2: a text is not closed\n");
    EXPECT_FALSE(exists("registry.yml"));
    fs::remove_all(path("agents/b"));
    write_agent("b", "../up");
    EXPECT_THAT(registry().error, HasSubstr("b/pyproject.toml:4: "));
    write_agent("b", "a-mcp");
    EXPECT_THAT(
        registry().error, HasSubstr("b/pyproject.toml:4: project.scripts: a-mcp is a script of"));
}

TEST_F(Generate, MakesAVariantForWorkOnTheSource) {
    folder_.write(
        "agent-packages/agents/a-agent/pyproject.toml",
        "[project]\nname = 'a'\n[project.scripts]\na-agent = 'a:main'\n");
    folder_.write(
        "agent-packages/agents/b-api/pyproject.toml",
        "[project]\nname = 'b'\n[project.scripts]\nb-mcp = 'b:main'\n");
    folder_.write("services/a-mcp/compose.yml", "services:\n  a-mcp:\n    image: team/a  # mine\n");
    const std::vector<std::string> words{
        "dev-compose", "--workspace", folder_.path(), "--server", "RW710"};
    const auto refused = generate(words);
    EXPECT_EQ(refused.code, 1);
    EXPECT_THAT(refused.error, HasSubstr("b-mcp: has no compose.yml; name the --network"));
    EXPECT_FALSE(exists("services/a-mcp/compose.dev.yml"));
    auto with_network = words;
    with_network.insert(with_network.end(), {"--network", "caddy"});
    const auto made = generate(with_network);
    EXPECT_EQ(made.code, 0) << made.error;
    EXPECT_THAT(text("services/a-mcp/compose.dev.yml"), HasSubstr("    image: team/a  # mine\n"));
    EXPECT_THAT(
        text("services/a-mcp/compose.dev.yml"),
        HasSubstr(path("agent-packages/agents/a-agent:/src:ro")));
    EXPECT_THAT(text("services/b-mcp/compose.dev.yml"), HasSubstr("python:3.11-slim"));
    folder_.write(
        "services/a-mcp/compose.yml", "services:\n  x: { image: y }\n  z: { image: y }\n");
    const auto wrong = generate(with_network);
    EXPECT_EQ(wrong.code, 1);
    EXPECT_THAT(wrong.error, HasSubstr(path("services/a-mcp/compose.yml") + ": services: several"));
}

TEST_F(Generate, MakesTheMultiplexersFile) {
    const std::vector<std::string> words{
        "multiplexer-config",
        source_path("deploy/examples/homelab"),
        "--out",
        path("mcp_config.json")};
    const auto made = generate(words);
    EXPECT_EQ(made.code, 0) << made.error;
    EXPECT_THAT(text("mcp_config.json"), HasSubstr("\"x-agent-id\": \"mcp-multiplexer\""));
    EXPECT_EQ(generate(words).out, "");
    EXPECT_EQ(generate({"multiplexer-config", path("none")}).code, 1);
}

TEST_F(Generate, MakesTheFilesOfTheMonitoringDocument) {
    fs::copy(source_path("deploy/examples/homelab"), path("desired"), fs::copy_options::recursive);
    const auto monitor = [&](const std::string& spec) {
        folder_.write(
            "desired/monitoring.yaml",
            "apiVersion: wavegate.dev/v1\nkind: Monitoring\nmetadata: { name: lgtm }\nspec: " +
                spec + "\n");
        return generate(
            {"monitoring", path("desired"), "--root", "/var/lib/monitoring", "--out", path("out")});
    };
    const auto some = monitor("{ targets: { file: /var/lib/monitoring/targets/mcp.json } }");
    EXPECT_EQ(some.code, 0) << some.error;
    EXPECT_THAT(text("out/targets/mcp.json"), HasSubstr("searxng-mcp_searxng-mcp:8000"));
    EXPECT_THAT(text("out/targets/mcp.json"), HasSubstr("mcp-multiplexer_mcp-multiplexer:8000"));
    EXPECT_EQ(std::distance(fs::directory_iterator(path("out")), fs::directory_iterator()), 1);
    const auto promtail = monitor(
        "{ targets: { file: /var/lib/monitoring/targets/mcp.json }, collectors: { folder: "
        "/var/lib/monitoring/c, logs: promtail, bearerTokenRef: \"env:METRICS\" } }");
    EXPECT_EQ(promtail.code, 0);
    EXPECT_THAT(promtail.out, HasSubstr("made " + path("out/c/promtail.yml")));
    EXPECT_THAT(promtail.out, Not(HasSubstr("targets"))) << "they are as they were";
    EXPECT_THAT(
        promtail.error, HasSubstr("put the token into /var/lib/monitoring/c/metrics-token"));
    EXPECT_FALSE(exists("out/c/metrics-token"));
    const auto outside = monitor("{ rules: { file: /etc/prometheus/rules.yml } }");
    EXPECT_EQ(outside.code, 1);
    EXPECT_THAT(
        outside.error,
        HasSubstr("monitoring.yaml:1: Monitoring/lgtm: /etc/prometheus/rules.yml is not below"));
    const auto climbing = monitor("{ rules: { file: /var/lib/monitoring/../r.yml } }");
    EXPECT_EQ(climbing.code, 1);
    EXPECT_THAT(
        climbing.error, HasSubstr("monitoring.yaml:4:24: Monitoring/lgtm: spec.rules.file: "));
    fs::remove(path("desired/monitoring.yaml"));
    EXPECT_THAT(
        generate({"monitoring", path("desired")}).error, HasSubstr("has no Monitoring document"));
}

}  // namespace
}  // namespace wavegate::testing
