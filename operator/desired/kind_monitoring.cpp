#include "operator/desired/kinds.hpp"

namespace wavegate::desired {

MonitoringSpec bind_monitoring(const Reader& document, const Origin& origin) {
    MonitoringSpec out;
    const auto spec = document["spec"];
    out.name = document["metadata"]["name"].text();
    out.origin = origin;
    out.targets_file = spec["targets"]["file"].text();
    out.rules_file = spec["rules"]["file"].text();
    const auto dashboards = spec["dashboards"];
    out.dashboards_folder = dashboards["folder"].text();
    out.prometheus_datasource =
        dashboards["datasources"]["prometheus"].optional_text().value_or("prometheus");
    out.loki_datasource = dashboards["datasources"]["loki"].optional_text().value_or("loki");
    const auto collectors = spec["collectors"];
    out.collectors_folder = collectors["folder"].text();
    out.promtail = collectors["logs"].text() == "promtail";
    out.bearer_token = collectors["bearerTokenRef"].reference();
    out.blackbox = collectors["blackbox"].optional_text().value_or("blackbox-exporter:9115");
    out.wavegate = collectors["wavegate"].optional_text().value_or("wavegate:8080");
    out.loki = collectors["loki"].optional_text().value_or("http://loki:3100/loki/api/v1/push");
    return out;
}

}  // namespace wavegate::desired
