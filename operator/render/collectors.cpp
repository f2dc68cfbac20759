#include "operator/render/collectors.hpp"

#include "operator/render/mark.hpp"
#include "operator/render/targets.hpp"

#include <fmt/format.h>

#include <utility>

namespace wavegate::render {
namespace {

std::string head_of(std::string_view sign, std::string_view what) {
    return fmt::format(
        "{0} {1}; {2}\n"
        "{0} `wavegate generate monitoring` writes it anew until a hand changes it.\n",
        sign,
        what,
        blank_mark());
}

std::string fleet_job(const MonitoringSpec& spec) {
    auto job = fmt::format(
        "  - job_name: mcp-fleet\n"
        "    scrape_interval: 15s\n"
        "    file_sd_configs:\n"
        "      - files: [ \"{}\" ]\n",
        spec.targets_file);
    if (const auto file = metrics_token_file(spec); !file.empty()) {
        job += fmt::format(
            "    authorization:\n"
            "      credentials_file: \"{}\"\n",
            file);
    }
    return job;
}

/// What a job of the blackbox exporter asks, at which path, and of whom.
struct Probing {
    const char* job;
    const char* module;
    const char* path;
    bool enforcing_alone;
};

std::string probe_job(const MonitoringSpec& spec, const Probing& probing) {
    auto job = fmt::format(
        "  - job_name: {}\n"
        "    scrape_interval: 30s\n"
        "    metrics_path: /probe\n"
        "    params:\n"
        "      module: [ {} ]\n"
        "    file_sd_configs:\n"
        "      - files: [ \"{}\" ]\n"
        "    relabel_configs:\n",
        probing.job,
        probing.module,
        spec.targets_file);
    if (probing.enforcing_alone) {
        job += fmt::format(
            "      - source_labels: [ {} ]\n"
            "        regex: jwt\n"
            "        action: keep\n",
            kAuthLabel);
    }
    return job + fmt::format(
                     "      - source_labels: [ __address__ ]\n"
                     "        target_label: __param_target\n"
                     "        replacement: \"http://$1{}\"\n"
                     "      - source_labels: [ __param_target ]\n"
                     "        target_label: instance\n"
                     "      - target_label: __address__\n"
                     "        replacement: \"{}\"\n",
                     probing.path,
                     spec.blackbox);
}

std::string wavegate_job(const MonitoringSpec& spec) {
    return fmt::format(
        "  - job_name: wavegate\n"
        "    scrape_interval: 15s\n"
        "    static_configs:\n"
        "      - targets: [ \"{}\" ]\n",
        spec.wavegate);
}

constexpr auto kModules = R"(modules:
  http_2xx:
    prober: http
    timeout: 5s
    http:
      preferred_ip_protocol: ip4
      follow_redirects: false
  # A service that enforces refuses a call without a token; 403, a redirect or 200 are something else.
  mcp_post_401:
    prober: http
    timeout: 5s
    http:
      method: POST
      valid_status_codes: [ 401 ]
      follow_redirects: false
      preferred_ip_protocol: ip4
      body: "{}"
      headers:
        Content-Type: application/json
        Accept: "application/json, text/event-stream"
)";

constexpr auto kAlloy = R"(
discovery.docker "swarm" {{
  host = "unix:///var/run/docker.sock"
}}

discovery.relabel "swarm" {{
  targets = discovery.docker.swarm.targets

  rule {{
    source_labels = ["__meta_docker_container_label_com_docker_swarm_service_name"]
    regex         = ".+"
    action        = "keep"
  }}

  rule {{
    source_labels = ["__meta_docker_container_label_com_docker_swarm_service_name"]
    target_label  = "service"
  }}

  rule {{
    source_labels = ["__meta_docker_container_label_com_docker_stack_namespace"]
    target_label  = "stack"
  }}
}}

loki.source.docker "swarm" {{
  host       = "unix:///var/run/docker.sock"
  targets    = discovery.relabel.swarm.output
  forward_to = [loki.write.loki.receiver]
}}

loki.write "loki" {{
  endpoint {{
    url = "{}"
  }}
}}
)";

constexpr auto kPromtail = R"(server:
  http_listen_port: 9080
  grpc_listen_port: 0
positions:
  filename: /var/lib/promtail/positions.yaml
clients:
  - url: "{}"
scrape_configs:
  - job_name: swarm
    docker_sd_configs:
      - host: unix:///var/run/docker.sock
        refresh_interval: 15s
    relabel_configs:
      - source_labels: [ __meta_docker_container_label_com_docker_swarm_service_name ]
        regex: .+
        action: keep
      - source_labels: [ __meta_docker_container_label_com_docker_swarm_service_name ]
        target_label: service
      - source_labels: [ __meta_docker_container_label_com_docker_stack_namespace ]
        target_label: stack
)";

}  // namespace

std::string metrics_token_file(const MonitoringSpec& spec) {
    constexpr std::string_view file = "file:";
    if (spec.bearer_token.empty()) {
        return {};
    }
    return spec.bearer_token.text.starts_with(file) ? spec.bearer_token.text.substr(file.size())
                                                    : spec.collectors_folder + "/metrics-token";
}

std::string scrape_config(const MonitoringSpec& spec) {
    return sealed(
        head_of("#", "Scrape jobs of an MCP fleet") + "scrape_configs:\n" + fleet_job(spec) +
        probe_job(spec, {"blackbox-mcp", "http_2xx", "/health", false}) +
        probe_job(spec, {"blackbox-mcp-auth", "mcp_post_401", "/mcp", true}) + wavegate_job(spec));
}

std::string blackbox_config() {
    return sealed(head_of("#", "Modules of the blackbox exporter") + kModules);
}

std::string alloy_config(const MonitoringSpec& spec) {
    return sealed(
        head_of("//", "Logs of a node's containers") +
        fmt::format(fmt::runtime(kAlloy), spec.loki));
}

std::string promtail_config(const MonitoringSpec& spec) {
    return sealed(
        head_of("#", "Logs of a node's containers") +
        fmt::format(fmt::runtime(kPromtail), spec.loki));
}

std::string dashboard_provider(const MonitoringSpec& spec) {
    return sealed(
        head_of("#", "Dashboards of an MCP fleet") + fmt::format(
                                                         "apiVersion: 1\n"
                                                         "providers:\n"
                                                         "  - name: wavegate\n"
                                                         "    orgId: 1\n"
                                                         "    folder: MCP fleet\n"
                                                         "    type: file\n"
                                                         "    disableDeletion: false\n"
                                                         "    updateIntervalSeconds: 30\n"
                                                         "    allowUiUpdates: false\n"
                                                         "    options:\n"
                                                         "      path: \"{}\"\n",
                                                         spec.dashboards_folder));
}

}  // namespace wavegate::render
