#pragma once

#include "operator/model/desired.hpp"

#include <string>
#include <vector>

namespace wavegate::render {

struct Dashboard {
    std::string file;  ///< "mcp-fleet-overview.json"
    std::string text;
};

/// Grafana's dashboards: upstream's four (upstream.md §6, uids kept) and Wavegate's. Their data
/// sources, jobs and instances are variables.
std::vector<Dashboard> dashboards(const MonitoringSpec& spec);

}  // namespace wavegate::render
