// What people watch Wavegate and its fleet with: Prometheus, Alertmanager and blackbox exporter,
// real ones, on the program as it is shipped and an emulated fleet.
#include "tests/e2e/fleet.hpp"
#include "tests/real/support/alertmanager_server.hpp"
#include "tests/real/support/blackbox_server.hpp"
#include "tests/real/support/prometheus_server.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace wavegate::testing {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using ::testing::MatchesRegex;

class Monitoring : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!installed("monitoring")) {
            GTEST_SKIP() << "skipped: monitoring not installable here";
        }
    }
    /// A Prometheus that watches this operator, as the job "wavegate".
    static PrometheusSetup watching(const RunningOperator& running) {
        PrometheusSetup setup;
        setup.jobs = {{"wavegate", {{running.address(), {}}}, "/metrics", {}}};
        return setup;
    }
    /// promtool's exit code; what it said is in `said`.
    static int promtool(
        const Fleet& fleet,
        const std::string& words,
        const std::string& input,
        std::string& said) {
        const auto file = fleet.folder() + "/promtool.in";
        write_file(file, input);
        const auto command = *installed("monitoring") + "/bin/promtool " + words + " <" + file;
        return fleet.run({"/bin/sh", "-c", command}, &said);
    }
};

int samples_on(const std::string& page) {
    int samples = 0;
    std::istringstream lines(page);
    for (std::string line; std::getline(lines, line);) {
        samples += line.empty() || line.front() == '#' ? 0 : 1;
    }
    return samples;
}

TEST_F(Monitoring, PromtoolFindsNothingToSayAboutTheMetricsPage) {
    Fleet fleet;
    RunningOperator running(fleet);
    ASSERT_TRUE(running.until_standing("Converged", 60s)) << running.story();
    const auto page = ask("GET", "http://" + running.address() + "/metrics");
    ASSERT_EQ(page.status, 200);
    std::string said;
    EXPECT_EQ(promtool(fleet, "check metrics", page.body, said), 0) << said;
    EXPECT_EQ(said, "");
}

TEST_F(Monitoring, PromtoolReadsTheMetricsPageOfAnEmulatedService) {
    Fleet fleet;
    const auto page = ask("GET", fleet.url("a-mcp") + "/metrics");
    ASSERT_EQ(page.status, 200);
    std::string said;
    EXPECT_EQ(promtool(fleet, "check metrics", page.body, said), 0) << said;
}

TEST_F(Monitoring, PrometheusTakesEverySampleOfTheMetricsPage) {
    Fleet fleet;
    RunningOperator running(fleet);
    ASSERT_TRUE(running.until_standing("Converged", 60s)) << running.story();
    const auto prometheus = PrometheusServer::start(watching(running));
    const auto all_taken = [&](const json::object&) {
        const auto page = ask("GET", "http://" + running.address() + "/metrics").body;
        const auto taken = prometheus->value("scrape_samples_scraped{job=\"wavegate\"}");
        return taken && *taken == samples_on(page);
    };
    EXPECT_TRUE(running.until(all_taken, 20s));
    const auto targets = prometheus->targets();
    ASSERT_EQ(targets.size(), 1U);
    EXPECT_EQ(targets.front().at("health"), "up");
    EXPECT_EQ(targets.front().at("lastError"), "");
}

TEST_F(Monitoring, PrometheusAnswersWithTheOperatorsSeries) {
    Fleet fleet;
    RunningOperator running(fleet);
    const auto prometheus = PrometheusServer::start(watching(running));
    fleet.ask_for_jwt();
    EXPECT_TRUE(prometheus->wait_for("min(wavegate_service_ready)", 1, 120s)) << running.story();
    for (const std::string service : {"a-mcp", "b-mcp"}) {
        EXPECT_EQ(
            prometheus->value("wavegate_service_ready{service=\"" + service + "\",wave=\"all\"}"),
            1);
    }
    EXPECT_GT(prometheus->value("wavegate_reconcile_total{result=\"success\"}"), 0);
    EXPECT_EQ(prometheus->value("wavegate_reconcile_total{result=\"error\"}"), 0);
    EXPECT_GT(
        prometheus->value("histogram_quantile(0.5, wavegate_reconcile_time_seconds_bucket)"), 0);
    EXPECT_GT(
        prometheus->value("wavegate_http_requests_total{backend=\"portainer\",code=\"200\"}"), 0);
    EXPECT_GT(
        prometheus->value(
            "sum(wavegate_gate_result_total{gate=\"Unauthorized\",verdict=\"Pass\"})"),
        0);
    EXPECT_EQ(prometheus->value("wavegate_leader"), 1);
}

/// From reference configurations of the field: a bare POST must be refused with 401.
constexpr const char* kPost401 = R"(
modules:
  mcp_post_401:
    prober: http
    timeout: 5s
    http:
      method: POST
      valid_status_codes: [401]
      follow_redirects: false
      preferred_ip_protocol: ip4
      body: '{}'
      headers: { Content-Type: application/json, Accept: 'application/json, text/event-stream' }
)";

/// The services by way of the exporter. All are behind the fleet's one port, told apart by name.
ScrapeJob probes(const BlackboxServer& exporter, const Fleet& fleet) {
    ScrapeJob job;
    job.name = "blackbox-mcp";
    job.path = "/probe";
    for (const std::string service : {"a-mcp", "b-mcp"}) {
        const auto url = fleet.url(service);
        const auto host = url.substr(url.find("//") + 2);
        const auto port = url.substr(url.rfind(':'));
        job.targets.push_back(
            {"127.0.0.1" + port, {{"service", service}, {"__param_hostname", host}}});
    }
    job.more["params"] = json::object{{"module", {"mcp_post_401"}}};
    job.more["relabel_configs"] = json::array{
        {{"source_labels", {"__address__"}},
         {"target_label", "__param_target"},
         {"replacement", "http://$1/mcp"}},
        {{"source_labels", {"__param_target"}}, {"target_label", "instance"}},
        {{"target_label", "__address__"}, {"replacement", exporter.address()}}};
    return job;
}

TEST_F(Monitoring, TheBlackboxProbePassesOnceAServiceEnforces) {
    Fleet fleet;
    const auto exporter = BlackboxServer::start(kPost401);
    PrometheusSetup setup;
    setup.jobs = {probes(*exporter, fleet)};
    const auto prometheus = PrometheusServer::start(setup);
    EXPECT_TRUE(prometheus->wait_for("min(probe_http_status_code{service=\"a-mcp\"})", 400, 20s));
    EXPECT_EQ(prometheus->value("probe_success{service=\"a-mcp\"}"), 0) << "it is open";
    fleet.ask_for_jwt();
    const auto applied = fleet.start({"apply"});
    EXPECT_EQ(applied->wait(120s), 0) << applied->errors() << applied->output();
    EXPECT_TRUE(prometheus->wait_for("min(probe_success)", 1, 20s));
    EXPECT_EQ(prometheus->value("max(probe_http_status_code)"), 401);
}

json::array rules() {
    const json::object down{
        {"alert", "WavegateDown"},
        {"expr", "up{job=\"wavegate\"} == 0"},
        {"for", "1s"},
        {"labels", {{"severity", "critical"}}},
        {"annotations", {{"summary", "{{ $labels.job }} is down"}}}};
    const json::object stalled{
        {"alert", "WavegateServiceStalled"},
        {"expr", "wavegate_service_stalled == 1"},
        {"labels", {{"severity", "warning"}}},
        {"annotations", {{"summary", "{{ $labels.service }} waits for a person"}}}};
    return {json::object{{"name", "wavegate"}, {"rules", json::array{down, stalled}}}};
}

std::string label(const json::object& alert, const std::string& name) {
    return text_at(alert.at("labels").as_object(), name);
}

/// As every alert of Alertmanager's API looks.
void expect_whole(const json::object& alert, const std::string& summary) {
    EXPECT_EQ(alert.at("annotations"), (json::object{{"summary", summary}}));
    EXPECT_EQ(
        alert.at("status"),
        (json::object{
            {"state", "active"}, {"silencedBy", json::array()}, {"inhibitedBy", json::array()}}));
    EXPECT_THAT(text_at(alert, "fingerprint"), MatchesRegex("[0-9a-f]{16}"));
    constexpr const char* kTime = "[0-9-]{10}T[0-9:.]+Z";
    for (const auto* field : {"startsAt", "endsAt", "updatedAt"}) {
        EXPECT_THAT(text_at(alert, field), MatchesRegex(kTime)) << field;
    }
    EXPECT_EQ(alert.at("receivers"), (json::array{json::object{{"name", "nobody"}}}));
    EXPECT_NE(text_at(alert, "generatorURL").find("/graph?g0.expr="), std::string::npos);
}

TEST_F(Monitoring, PromtoolAcceptsTheRules) {
    Fleet fleet;
    const auto file = fleet.folder() + "/rules.yml";
    std::string said;
    write_file(file, json::serialize(json::object{{"groups", rules()}}));
    EXPECT_EQ(promtool(fleet, "check rules --lint-fatal " + file, "", said), 0) << said;
}

TEST_F(Monitoring, AlertmanagerHearsOfAServiceThatWaitsForAPerson) {
    Fleet fleet;
    fleet.happen("break/b-mcp");
    fleet.ask_for_jwt();
    RunningOperator running(fleet);
    const auto alertmanager = AlertmanagerServer::start();
    auto setup = watching(running);
    setup.rules = rules();
    setup.alertmanager = alertmanager->address();
    const auto prometheus = PrometheusServer::start(setup);
    const auto alerts = alertmanager->wait_for("WavegateServiceStalled", 180s);
    ASSERT_EQ(alerts.size(), 1U) << running.story();
    const auto& alert = alerts.front().as_object();
    EXPECT_EQ(label(alert, "service"), "b-mcp");
    EXPECT_EQ(label(alert, "wave"), "all");
    EXPECT_EQ(label(alert, "severity"), "warning");
    expect_whole(alert, "b-mcp waits for a person");
}

TEST_F(Monitoring, AlertmanagerHearsOfAnOperatorThatDied) {
    Fleet fleet;
    RunningOperator running(fleet);
    const auto alertmanager = AlertmanagerServer::start();
    auto setup = watching(running);
    setup.rules = rules();
    setup.alertmanager = alertmanager->address();
    const auto prometheus = PrometheusServer::start(setup);
    ASSERT_TRUE(prometheus->wait_for("up{job=\"wavegate\"}", 1, 20s));
    ASSERT_TRUE(alertmanager->alerts("WavegateDown").empty());
    running.kill();
    const auto alerts = alertmanager->wait_for("WavegateDown", 60s);
    ASSERT_EQ(alerts.size(), 1U);
    const auto& alert = alerts.front().as_object();
    EXPECT_EQ(label(alert, "instance"), running.address());
    expect_whole(alert, "wavegate is down");
}

}  // namespace
}  // namespace wavegate::testing
