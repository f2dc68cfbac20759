// Targets, alerts and collectors, as texts; tests/real/monitoring has Prometheus read them.
#include "operator/formats/yaml.hpp"
#include "operator/render/alerts.hpp"
#include "operator/render/collectors.hpp"
#include "operator/render/mark.hpp"
#include "operator/render/targets.hpp"
#include "tests/support/recorded.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace wavegate::render {
namespace {

namespace json = boost::json;
using formats::YamlNode;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

ServiceSpec service(const std::string& name, AuthMode auth, int port) {
    ServiceSpec spec;
    spec.name = name;
    spec.stack = "stack-of-" + name;
    spec.compose_service = name;
    spec.wave = "first";
    spec.auth = auth;
    spec.container_port = port;
    return spec;
}

DesiredState fleet() {
    DesiredState desired;
    desired.services = {service("a-mcp", AuthMode::Jwt, 9000), service("b-mcp", AuthMode::None, 0)};
    desired.fleet.multiplexer.stack = "mcp-multiplexer";
    desired.fleet.multiplexer.service = "mux";
    return desired;
}

MonitoringSpec monitoring() {
    MonitoringSpec spec;
    spec.targets_file = "/m/targets.json";
    spec.collectors_folder = "/m/config";
    spec.dashboards_folder = "/m/dashboards";
    spec.blackbox = "blackbox:9115";
    spec.wavegate = "wavegate:8080";
    spec.loki = "http://loki:3100/loki/api/v1/push";
    return spec;
}

/// A YAML text of one document, which bears its mark.
YamlNode read_marked(const std::string& text) {
    EXPECT_TRUE(is_untouched(text));
    const auto file = formats::read_yaml(text);
    EXPECT_TRUE(file.errors.empty()) << text;
    return file.documents.at(0);
}

std::string text_of(const YamlNode& map, const std::string& key) {
    const auto* value = map.find(key);
    return value == nullptr ? std::string() : value->text;
}

TEST(Targets, AreWhatTheOverlayNetworkKnows) {
    const auto text = prometheus_targets(fleet());
    EXPECT_TRUE(is_untouched(text));
    const auto list = json::parse(text).as_array();
    ASSERT_EQ(list.size(), 3U);
    EXPECT_EQ(list[0].at("targets"), (json::array{"stack-of-a-mcp_a-mcp:9000"}));
    EXPECT_EQ(list[1].at("targets"), (json::array{"stack-of-b-mcp_b-mcp:8000"}));
    EXPECT_EQ(list[2].at("targets"), (json::array{"mcp-multiplexer_mux:8000"}));
    const json::object expected{
        {"stack", "stack-of-b-mcp"}, {"service", "b-mcp"}, {"wave", "first"}, {kAuthLabel, "none"}};
    EXPECT_EQ(list[1].at("labels"), expected);
    EXPECT_EQ(list[0].at("labels").at(kAuthLabel), "jwt");
    EXPECT_FALSE(list[2].at("labels").as_object().contains("wave")) << "it is in none";
}

TEST(Targets, HaveLabelsThatAreTextsAndNothingElse) {
    const auto list = json::parse(prometheus_targets(fleet()));
    for (const auto& group : list.as_array()) {
        EXPECT_EQ(group.as_object().size(), 2U);
        for (const auto& label : group.at("labels").as_object()) {
            EXPECT_TRUE(label.value().is_string()) << label.key();
        }
    }
}

const Alert* find_alert(std::string_view name) {
    for (const auto& one : alerts()) {
        if (one.name == name) {
            return &one;
        }
    }
    return nullptr;
}

TEST(Alerts, HoldAllThatTheFleetHas) {
    const auto file = formats::read_yaml(testing::recorded_text("upstream/fleet-alerts.yml"));
    const auto* known = file.documents.at(0).find("alerts");
    ASSERT_EQ(known->items.size(), 12U);
    for (const auto& one : known->items) {
        const auto* ours = find_alert(text_of(one, "name"));
        ASSERT_NE(ours, nullptr) << text_of(one, "name");
        EXPECT_EQ(ours->group, text_of(one, "group")) << ours->name;
        EXPECT_EQ(ours->expr, text_of(one, "expr")) << ours->name;
        EXPECT_EQ(ours->lasts, text_of(one, "for")) << ours->name;
        EXPECT_EQ(ours->severity, text_of(one, "severity")) << ours->name;
    }
}

TEST(Alerts, AreReadBackAsTheyAreMeant) {
    const auto rules = read_marked(alert_rules());
    std::set<std::string> groups;
    std::size_t count = 0;
    for (const auto& group : rules.find("groups")->items) {
        EXPECT_TRUE(groups.insert(text_of(group, "name")).second) << "names are unique in a file";
        for (const auto& rule : group.find("rules")->items) {
            ++count;
            const auto* meant = find_alert(text_of(rule, "alert"));
            ASSERT_NE(meant, nullptr);
            EXPECT_EQ(text_of(rule, "expr"), meant->expr);
            EXPECT_EQ(text_of(rule, "for"), meant->lasts);
            EXPECT_EQ(text_of(*rule.find("labels"), "severity"), meant->severity);
            EXPECT_EQ(text_of(*rule.find("annotations"), "summary"), meant->summary);
            EXPECT_EQ(text_of(*rule.find("annotations"), "description"), meant->description);
        }
    }
    EXPECT_EQ(count, alerts().size());
    EXPECT_THAT(groups, Contains("wavegate"));
}

const YamlNode* job(const YamlNode& config, const std::string& name) {
    for (const auto& one : config.find("scrape_configs")->items) {
        if (text_of(one, "job_name") == name) {
            return &one;
        }
    }
    return nullptr;
}

TEST(Collectors, AskEveryTargetAndThe401OfThoseThatEnforceAlone) {
    const auto config = read_marked(scrape_config(monitoring()));
    for (const std::string name : {"mcp-fleet", "blackbox-mcp", "blackbox-mcp-auth"}) {
        const auto* one = job(config, name);
        ASSERT_NE(one, nullptr) << name;
        const auto& files = *one->find("file_sd_configs")->items.at(0).find("files");
        EXPECT_EQ(files.items.at(0).text, "/m/targets.json");
    }
    const auto keeps = [&](const std::string& name) {
        const auto* first = job(config, name)->find("relabel_configs");
        return text_of(first->items.at(0), "action") == "keep" &&
               first->items.at(0).find("source_labels")->items.at(0).text == kAuthLabel;
    };
    EXPECT_TRUE(keeps("blackbox-mcp-auth"));
    EXPECT_FALSE(keeps("blackbox-mcp"));
    ASSERT_NE(job(config, "wavegate"), nullptr);
    const auto modules = read_marked(blackbox_config());
    const auto* post = modules.find("modules")->find("mcp_post_401")->find("http");
    EXPECT_EQ(text_of(*post, "method"), "POST");
    EXPECT_EQ(post->find("valid_status_codes")->items.at(0).text, "401");
    EXPECT_EQ(text_of(*post, "follow_redirects"), "false");
}

TEST(Collectors, SendABearerWhereServicesAskForOne) {
    auto spec = monitoring();
    EXPECT_EQ(metrics_token_file(spec), "");
    EXPECT_THAT(scrape_config(spec), Not(HasSubstr("authorization")));
    spec.bearer_token.text = "file:/run/secrets/metrics";
    EXPECT_EQ(metrics_token_file(spec), "/run/secrets/metrics");
    const auto config = read_marked(scrape_config(spec));
    EXPECT_EQ(
        text_of(*job(config, "mcp-fleet")->find("authorization"), "credentials_file"),
        "/run/secrets/metrics");
    EXPECT_EQ(job(config, "wavegate")->find("authorization"), nullptr);
    spec.bearer_token.text = "env:METRICS_TOKEN";
    EXPECT_EQ(metrics_token_file(spec), "/m/config/metrics-token");
}

TEST(Collectors, OfLogsKnowAServiceByItsLabels) {
    const auto alloy = alloy_config(monitoring());
    EXPECT_TRUE(is_untouched(alloy));
    EXPECT_THAT(alloy, HasSubstr("target_label  = \"service\""));
    EXPECT_THAT(alloy, HasSubstr("url = \"http://loki:3100/loki/api/v1/push\""));
    EXPECT_EQ(
        std::count(alloy.begin(), alloy.end(), '{'), std::count(alloy.begin(), alloy.end(), '}'));
    const auto promtail = read_marked(promtail_config(monitoring()));
    EXPECT_EQ(
        text_of(promtail.find("clients")->items.at(0), "url"), "http://loki:3100/loki/api/v1/push");
    EXPECT_EQ(promtail.find("scrape_configs")->items.size(), 1U);
    const auto provider = read_marked(dashboard_provider(monitoring()));
    EXPECT_EQ(
        text_of(*provider.find("providers")->items.at(0).find("options"), "path"), "/m/dashboards");
}

}  // namespace
}  // namespace wavegate::render
