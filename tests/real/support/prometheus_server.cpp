#include "tests/real/support/prometheus_server.hpp"

#include "tests/real/support/http.hpp"

#include <boost/json/serialize.hpp>

#include <fstream>
#include <stdexcept>
#include <string_view>

namespace wavegate::testing {

namespace json = boost::json;

namespace {

json::object scrape_config(const ScrapeJob& job) {
    json::array groups;
    for (const auto& target : job.targets) {
        json::object labels;
        for (const auto& [name, value] : target.labels) {
            labels[name] = value;
        }
        groups.push_back(json::object{{"targets", {target.address}}, {"labels", labels}});
    }
    json::object config = job.more;
    config["job_name"] = job.name;
    config["metrics_path"] = job.path;
    config["static_configs"] = std::move(groups);
    return config;
}

/// JSON is YAML.
void write_config(const std::string& folder, const PrometheusSetup& setup) {
    json::array scrapes;
    for (const auto& job : setup.jobs) {
        scrapes.push_back(scrape_config(job));
    }
    json::object config{
        {"global",
         {{"scrape_interval", "1s"}, {"scrape_timeout", "1s"}, {"evaluation_interval", "1s"}}},
        {"scrape_configs", std::move(scrapes)}};
    if (!setup.rules.empty()) {
        std::ofstream(folder + "/rules.yml")
            << json::serialize(json::object{{"groups", setup.rules}});
        config["rule_files"] = json::array{"rules.yml"};
    }
    if (!setup.alertmanager.empty()) {
        const json::object at{{"targets", json::array{setup.alertmanager}}};
        const json::object one{{"static_configs", json::array{at}}};
        config["alerting"] = json::object{{"alertmanagers", json::array{one}}};
    }
    std::ofstream(folder + "/prometheus.yml") << json::serialize(config);
}

std::string encoded(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string out;
    for (const char sign : text) {
        const auto byte = static_cast<unsigned char>(sign);
        out += '%';
        out += kDigits[byte / 16];
        out += kDigits[byte % 16];
    }
    return out;
}

json::value data_of(const HttpResponse& response) {
    auto body = body_of(response);
    if (response.status != 200 || !body.is_object()) {
        throw std::runtime_error("prometheus: " + response.body);
    }
    return body.as_object().at("data");
}

}  // namespace

std::unique_ptr<PrometheusServer> PrometheusServer::start(const PrometheusSetup& setup) {
    const auto folder = installed("monitoring");
    if (!folder) {
        return nullptr;
    }
    return std::unique_ptr<PrometheusServer>(
        new PrometheusServer(*folder + "/bin/prometheus", setup));
}

PrometheusServer::PrometheusServer(const std::string& program, const PrometheusSetup& setup) {
    write_config(folder_.path(), setup);
    ServerCommand command;
    command.name = "prometheus";
    command.folder = folder_.path();
    command.argv = {
        program,
        "--config.file=" + folder_.path() + "/prometheus.yml",
        "--storage.tsdb.path=" + folder_.path() + "/data",
        "--web.listen-address=127.0.0.1:" + std::to_string(port_)};
    process_ = std::make_unique<ServerProcess>(std::move(command));
    const auto ready = [this] { return ask(HttpRequest("GET", url_ + "/-/ready")).status == 200; };
    if (!process_->wait_until(ready, std::chrono::seconds(60))) {
        throw std::runtime_error("prometheus did not come up");
    }
}

std::vector<Sample> PrometheusServer::query(const std::string& expression) const {
    const auto url = url_ + "/api/v1/query?query=" + encoded(expression);
    const auto data = data_of(ask(HttpRequest("GET", url)));
    std::vector<Sample> samples;
    for (const auto& result : data.at("result").as_array()) {
        Sample sample;
        for (const auto& [name, value] : result.at("metric").as_object()) {
            sample.metric[std::string(name)] = std::string(value.as_string());
        }
        sample.value = std::stod(std::string(result.at("value").as_array().at(1).as_string()));
        samples.push_back(std::move(sample));
    }
    return samples;
}

std::optional<double> PrometheusServer::value(const std::string& expression) const {
    const auto samples = query(expression);
    return samples.size() == 1 ? std::optional(samples.front().value) : std::nullopt;
}

bool PrometheusServer::wait_for(
    const std::string& expression,
    double value,
    std::chrono::seconds limit) const {
    return process_->wait_until([&] { return this->value(expression) == value; }, limit);
}

json::array PrometheusServer::targets() const {
    const auto data = data_of(ask(HttpRequest("GET", url_ + "/api/v1/targets?state=active")));
    return data.at("activeTargets").as_array();
}

}  // namespace wavegate::testing
