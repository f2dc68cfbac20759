#pragma once

#include "tests/real/support/server_process.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wavegate::testing {

/// What Prometheus asks once a second.
struct ScrapeTarget {
    std::string address;                        ///< "127.0.0.1:8080"
    std::map<std::string, std::string> labels;  ///< on all its series; `__param_x`: query parameter
};
struct ScrapeJob {
    std::string name;
    std::vector<ScrapeTarget> targets;
    std::string path = "/metrics";
    boost::json::object more;  ///< of a scrape_config: `params`, `relabel_configs`
};
struct PrometheusSetup {
    std::vector<ScrapeJob> jobs;
    boost::json::array rules;  ///< rule groups, looked at once a second
    std::string alertmanager;  ///< "127.0.0.1:9093"; empty: alerts go nowhere
};

/// A sample of an instant query; `metric` are its labels.
struct Sample {
    std::map<std::string, std::string> metric;
    double value = 0;
};

/// A real Prometheus on a port of its own, with its data in a temporary folder.
class PrometheusServer {
  public:
    /// nullptr when it is not installed here; throws when it does not come up.
    static std::unique_ptr<PrometheusServer> start(const PrometheusSetup& setup);

    /// An instant query; throws when Prometheus refuses it.
    [[nodiscard]] std::vector<Sample> query(const std::string& expression) const;
    /// The value of the only sample; nothing when there is none, or several.
    [[nodiscard]] std::optional<double> value(const std::string& expression) const;
    /// Asks until the only sample has this value.
    [[nodiscard]] bool
    wait_for(const std::string& expression, double value, std::chrono::seconds limit) const;
    /// Its targets as its API shows them: `labels`, `health`, `lastError`, ...
    [[nodiscard]] boost::json::array targets() const;
    /// Without a slash at its end.
    [[nodiscard]] const std::string& url() const { return url_; }

  private:
    PrometheusServer(const std::string& program, const PrometheusSetup& setup);

    TempFolder folder_{"wavegate-prometheus"};
    int port_ = free_port();
    std::string url_ = "http://127.0.0.1:" + std::to_string(port_);
    std::unique_ptr<ServerProcess> process_;
};

}  // namespace wavegate::testing
