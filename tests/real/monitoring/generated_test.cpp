// What `wavegate generate monitoring` writes is what Prometheus and its exporter take, and every
// alert fires on the series that it is for.
#include "operator/render/alerts.hpp"
#include "tests/e2e/process.hpp"
#include "tests/real/support/server_process.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/scratch_folder.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace wavegate::testing {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using namespace std::chrono_literals;

class GeneratedMonitoring : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!installed("monitoring")) {
            GTEST_SKIP() << "skipped: monitoring not installable here";
        }
        fs::copy(source_path("deploy/examples/homelab"), desired(), fs::copy_options::recursive);
        const auto root = folder_.path() + "/m";
        write_file(
            desired() + "/monitoring.yaml",
            "apiVersion: wavegate.dev/v1\nkind: Monitoring\nmetadata: { name: lgtm }\nspec:\n"
            "  targets: { file: " +
                root +
                "/targets/mcp-fleet.json }\n"
                "  rules: { file: " +
                root +
                "/rules/mcp.yml }\n"
                "  dashboards: { folder: " +
                root +
                "/dashboards }\n"
                "  collectors: { folder: " +
                root + "/config, bearerTokenRef: \"file:" + root + "/token\" }\n");
        write_file(root_file("token"), "x");
        said_.clear();
        ASSERT_EQ(run({program_path(), "generate", "monitoring", desired(), "--root", root}), 0)
            << said_;
    }
    int run(const std::vector<std::string>& words) {
        Process process(words, {{"PATH", "/usr/bin:/bin"}}, folder_.path() + "/run");
        const int code = process.wait(60s);
        said_ = process.output() + process.errors();
        return code;
    }
    int promtool(std::vector<std::string> words) {
        words.insert(words.begin(), *installed("monitoring") + "/bin/promtool");
        return run(words);
    }
    [[nodiscard]] std::string desired() const { return folder_.path() + "/desired"; }
    [[nodiscard]] std::string root_file(const std::string& name) const {
        const auto path = folder_.path() + "/m/" + name;
        fs::create_directories(fs::path(path).parent_path());
        return path;
    }

    ScratchFolder folder_;
    std::string said_;
};

TEST_F(GeneratedMonitoring, IsTakenByPrometheusAndItsExporter) {
    EXPECT_EQ(promtool({"check", "config", root_file("config/scrape.yml")}), 0) << said_;
    EXPECT_THAT(said_, ::testing::HasSubstr("SUCCESS"));
    EXPECT_EQ(promtool({"check", "rules", "--lint-fatal", root_file("rules/mcp.yml")}), 0) << said_;
    EXPECT_EQ(
        run(
            {*installed("monitoring") + "/bin/prometheus-blackbox-exporter",
             "--config.check",
             "--config.file=" + root_file("config/blackbox.yml")}),
        0)
        << said_;
}

using Labels = std::map<std::string, std::string>;

/// What makes an alert fire, and how it is labelled then.
struct Case {
    std::map<std::string, std::string> series;  ///< a value a minute
    std::string at;
    Labels labels;
};

const char* const kContainer = "container_label_com_docker_swarm_service_name";

std::string in_container(const std::string& metric) {
    return metric + "{" + kContainer + "=\"a_a\"}";
}

std::map<std::string, Case> cases() {
    const Labels container{{kContainer, "a_a"}};
    const Labels service{{"service", "a"}, {"wave", "w"}};
    const std::string calls =
        "agent_utilities_mcp_tool_calls_total{job=\"mcp-fleet\",stack=\"a\","
        "service=\"a\",outcome=";
    const std::string bucket =
        "agent_utilities_mcp_tool_duration_seconds_bucket{job=\"mcp-fleet\","
        "stack=\"a\",service=\"a\",le=";
    const std::string disk = "{fstype=\"ext4\",instance=\"h\",mountpoint=\"/\"}";
    return {
        {"InstanceDown",
         {{{R"(up{job="node",instance="h"})", "0x60"}},
          "6m",
          {{"job", "node"}, {"instance", "h"}}}},
        {"McpServiceDown",
         {{{R"(up{job="mcp-fleet",service="a"})", "0x60"}},
          "11m",
          {{"job", "mcp-fleet"}, {"service", "a"}}}},
        {"McpProbeFailed",
         {{{R"(probe_success{job="blackbox-mcp",service="a"})", "0x60"}},
          "6m",
          {{"job", "blackbox-mcp"}, {"service", "a"}}}},
        {"McpAuthNotEnforced",
         {{{R"(probe_success{job="blackbox-mcp-auth",service="a"})", "0x60"}},
          "16m",
          {{"job", "blackbox-mcp-auth"}, {"service", "a"}}}},
        {"McpHighToolErrorRate",
         {{{calls + "\"error\"}", "0+5x60"}, {calls + "\"ok\"}", "0+10x60"}},
          "25m",
          {{"stack", "a"}, {"service", "a"}}}},
        {"McpHighToolLatencyP95",
         {{{bucket + "\"10\"}", "0x60"},
           {bucket + "\"30\"}", "0+10x60"},
           {bucket + "\"+Inf\"}", "0+10x60"}},
          "30m",
          {{"stack", "a"}, {"service", "a"}}}},
        {"McpChildBreakerOpen",
         {{{R"(agent_utilities_mcp_child_breaker_state{server="a",instance="m"})", "2x60"}},
          "3m",
          {{"server", "a"}}}},
        {"ContainerOOMKilled",
         {{{in_container("container_oom_events_total"), "0 0 1 1 1 1"}}, "5m", container}},
        {"ContainerHighMemory",
         {{{in_container("container_memory_working_set_bytes"), "95x60"},
           {in_container("container_spec_memory_limit_bytes"), "100x60"}},
          "11m",
          container}},
        {"ContainerRestarting",
         {{{in_container("container_start_time_seconds"), "1 2 3 4 5 6"}}, "5m", container}},
        {"HostHighCpu",
         {{{R"(node_cpu_seconds_total{mode="idle",instance="h",cpu="0"})", "0x60"}},
          "25m",
          {{"instance", "h"}}}},
        {"HostHighMemory",
         {{{R"(node_memory_MemAvailable_bytes{instance="h"})", "5x60"},
           {R"(node_memory_MemTotal_bytes{instance="h"})", "100x60"}},
          "11m",
          {{"instance", "h"}}}},
        {"HostLowDisk",
         {{{"node_filesystem_avail_bytes" + disk, "5x60"},
           {"node_filesystem_size_bytes" + disk, "100x60"}},
          "11m",
          {{"fstype", "ext4"}, {"instance", "h"}, {"mountpoint", "/"}}}},
        {"WavegateHalted",
         {{{R"(wavegate_wave_phase{wave="w",phase="Halted"})", "1x60"}},
          "2m",
          {{"wave", "w"}, {"phase", "Halted"}}}},
        {"WavegateAwaitsPerson",
         {{{R"(wavegate_standing{standing="Awaited"})", "1x90"}},
          "61m",
          {{"standing", "Awaited"}}}},
        {"WavegateServiceStalled",
         {{{R"(wavegate_service_stalled{service="a",wave="w"})", "1x60"}}, "16m", service}},
        {"WavegateBlind",
         {{{R"(wavegate_standing{standing="Blind"})", "1x60"}}, "11m", {{"standing", "Blind"}}}},
        {"WavegateBackendUnreachable",
         {{{R"(wavegate_backend_up{backend="openbao"})", "0x60"}},
          "11m",
          {{"backend", "openbao"}}}},
        {"WavegateDrift",
         {{{R"(wavegate_service_drifted{service="a",wave="w"})", "1x60"}}, "31m", service}},
        {"WavegateSourceNotReady",
         {{{R"(wavegate_source_ready{instance="w"})", "0x60"}}, "16m", {{"instance", "w"}}}},
        {"WavegateGuardRefused",
         {{{R"(wavegate_guard_refusals_total{invariant="4"})", "0 0 2 2 2"}},
          "4m",
          {{"invariant", "4"}}}},
    };
}

/// Its template with the labels put in.
std::string expanded(std::string_view annotation, const Labels& labels) {
    std::string text(annotation);
    for (const auto& [name, value] : labels) {
        const auto what = "{{ $labels." + name + " }}";
        for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
            text.replace(at, what.size(), value);
        }
    }
    return text;
}

json::object expected(const render::Alert& alert, const Labels& labels) {
    json::object all{{"severity", alert.severity}};
    for (const auto& [name, value] : labels) {
        all[name] = value;
    }
    json::object out;
    out["exp_labels"] = std::move(all);
    out["exp_annotations"] = json::object{
        {"summary", expanded(alert.summary, labels)},
        {"description", expanded(alert.description, labels)}};
    return out;
}

json::object look(const render::Alert& alert, const std::string& at, json::array found) {
    return {{"eval_time", at}, {"alertname", alert.name}, {"exp_alerts", std::move(found)}};
}

/// Nothing at the first sign, but where the alert has no patience; and the alert in the end.
json::object test_of(const render::Alert& alert, const Case& of) {
    json::array series;
    for (const auto& [name, values] : of.series) {
        series.push_back(json::object{{"series", name}, {"values", values}});
    }
    json::array looks;
    looks.push_back(look(alert, "0m", json::array()));
    json::array fired;
    fired.push_back(expected(alert, of.labels));
    looks.push_back(look(alert, of.at, std::move(fired)));
    json::object out{{"interval", "1m"}};
    out["input_series"] = std::move(series);
    out["alert_rule_test"] = std::move(looks);
    return out;
}

TEST_F(GeneratedMonitoring, AlertsFireOnTheSeriesThatTheyAreFor) {
    const auto all = cases();
    json::array tests;
    for (const auto& alert : render::alerts()) {
        const auto of = all.find(std::string(alert.name));
        ASSERT_NE(of, all.end()) << alert.name << " is fired by nothing";
        tests.push_back(test_of(alert, of->second));
    }
    json::object file{{"rule_files", json::array{"mcp.yml"}}, {"evaluation_interval", "1m"}};
    file["tests"] = std::move(tests);
    write_file(root_file("rules/test.yml"), json::serialize(file));
    EXPECT_EQ(promtool({"test", "rules", root_file("rules/test.yml")}), 0) << said_;
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
        text.replace(at, what.size(), with);
    }
    return text;
}

TEST_F(GeneratedMonitoring, DashboardsAskWhatPrometheusUnderstands) {
    json::array rules;
    for (const auto& file : fs::directory_iterator(root_file("dashboards"))) {
        if (file.path().extension() != ".json") {
            continue;
        }
        const auto board = json::parse(read_file(file.path().string()));
        for (const auto& panel : board.at("panels").as_array()) {
            for (const auto& target : panel.at("targets").as_array()) {
                if (target.at("datasource").at("type") != "prometheus") {
                    continue;
                }
                const auto expr = std::string(target.at("expr").as_string());
                rules.push_back(json::object{
                    {"record", "query:" + std::to_string(rules.size())},
                    {"expr", replaced(expr, "$__rate_interval", "5m")}});
            }
        }
    }
    EXPECT_GE(rules.size(), 50U);
    json::object group{{"name", "queries"}};
    group["rules"] = std::move(rules);
    json::object file;
    file["groups"] = json::array{std::move(group)};
    write_file(root_file("rules/queries.yml"), json::serialize(file));
    EXPECT_EQ(promtool({"check", "rules", root_file("rules/queries.yml")}), 0) << said_;
}

}  // namespace
}  // namespace wavegate::testing
