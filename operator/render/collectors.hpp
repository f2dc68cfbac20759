#pragma once

#include "operator/model/desired.hpp"

#include <string>

namespace wavegate::render {

/// Prometheus' scrape jobs alone: a whole configuration for promtool, and what its
/// `scrape_config_files` takes. Services' and the multiplexer's /metrics, their /health and the 401
/// of those that enforce by way of the blackbox exporter, and Wavegate. Needs targets.file.
std::string scrape_config(const MonitoringSpec& spec);
/// Where Prometheus finds the bearer for /metrics: the file that is referred to, or, for what it
/// can't read itself, `metrics-token` beside the configuration, which a person puts there.
std::string metrics_token_file(const MonitoringSpec& spec);
/// The modules that those jobs name.
std::string blackbox_config();

/// Logs of all Swarm containers of a node, with labels `service` and `stack`, to Loki.
std::string alloy_config(const MonitoringSpec& spec);
/// The same for promtail, which is at its end of life.
std::string promtail_config(const MonitoringSpec& spec);

/// Grafana's provider of the dashboards' folder.
std::string dashboard_provider(const MonitoringSpec& spec);

}  // namespace wavegate::render
