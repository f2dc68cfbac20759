#include "operator/render/alerts.hpp"

#include "operator/render/mark.hpp"

#include <fmt/format.h>

#include <array>

namespace wavegate::render {
namespace {

constexpr std::array<Alert, 21> kAlerts{{
    {"infra-availability",
     "InstanceDown",
     R"(up{job!~"mcp-fleet|blackbox-mcp"} == 0)",
     "5m",
     "critical",
     "{{ $labels.job }} at {{ $labels.instance }} is down",
     "Prometheus could not scrape it for 5 minutes."},
    {"mcp-fleet",
     "McpServiceDown",
     R"(up{job="mcp-fleet"} == 0)",
     "10m",
     "critical",
     "{{ $labels.service }} is down",
     "Its /metrics did not answer for 10 minutes: is its task running, and its image one that has "
     "/metrics?"},
    {"mcp-fleet",
     "McpProbeFailed",
     R"(probe_success{job="blackbox-mcp"} == 0)",
     "5m",
     "critical",
     "{{ $labels.service }} fails its health probe",
     "Its /health did not answer well for 5 minutes, on the overlay network."},
    {"mcp-fleet",
     "McpAuthNotEnforced",
     R"(probe_success{job="blackbox-mcp-auth"} == 0)",
     "15m",
     "critical",
     "{{ $labels.service }} does not refuse a call without a token",
     "The desired state has it enforce, and a bare POST was not answered with 401 for 15 minutes: "
     "probe_http_status_code says what came instead, 0 for nothing."},
    {"mcp-fleet",
     "McpHighToolErrorRate",
     R"(sum by (stack,service) (rate(agent_utilities_mcp_tool_calls_total{job="mcp-fleet",outcome="error"}[10m])) / sum by (stack,service) (rate(agent_utilities_mcp_tool_calls_total{job="mcp-fleet"}[10m])) > 0.2 and sum by (stack,service) (increase(agent_utilities_mcp_tool_calls_total{job="mcp-fleet"}[10m])) > 5)",
     "10m",
     "warning",
     "{{ $labels.service }}: one tool call of five fails",
     "More than 20 % of its calls ended as errors for 10 minutes. Denied calls count as errors."},
    {"mcp-fleet",
     "McpHighToolLatencyP95",
     R"(histogram_quantile(0.95, sum by (stack,service,le) (rate(agent_utilities_mcp_tool_duration_seconds_bucket{job="mcp-fleet"}[10m]))) > 10)",
     "15m",
     "warning",
     "{{ $labels.service }} is slow",
     "One call of twenty took more than 10 seconds for 15 minutes."},
    {"mcp-fleet",
     "McpChildBreakerOpen",
     R"(max by (server) (agent_utilities_mcp_child_breaker_state) == 2)",
     "2m",
     "warning",
     "The multiplexer has given up {{ $labels.server }} for now",
     "Its breaker is open: calls to this child fail at once. A bad token does not open it."},
    {"containers",
     "ContainerOOMKilled",
     R"(increase(container_oom_events_total{container_label_com_docker_swarm_service_name!=""}[10m]) > 0)",
     "0m",
     "critical",
     "{{ $labels.container_label_com_docker_swarm_service_name }} ran out of memory",
     "The kernel killed a process of it within the last 10 minutes: raise its limit or find its "
     "leak."},
    {"containers",
     "ContainerHighMemory",
     R"(container_memory_working_set_bytes{container_label_com_docker_swarm_service_name!=""} / (container_spec_memory_limit_bytes > 0) > 0.9)",
     "10m",
     "warning",
     "{{ $labels.container_label_com_docker_swarm_service_name }} is near its memory limit",
     "It used more than 90 % of its limit for 10 minutes."},
    {"containers",
     "ContainerRestarting",
     R"(changes(container_start_time_seconds{container_label_com_docker_swarm_service_name!=""}[15m]) > 3)",
     "0m",
     "warning",
     "{{ $labels.container_label_com_docker_swarm_service_name }} restarts again and again",
     "It started more than three times within 15 minutes."},
    {"hosts",
     "HostHighCpu",
     R"(100 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m])) * 100 > 90)",
     "15m",
     "warning",
     "{{ $labels.instance }}: processors are busy",
     "More than 90 % for 15 minutes."},
    {"hosts",
     "HostHighMemory",
     R"((1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes) * 100 > 90)",
     "10m",
     "warning",
     "{{ $labels.instance }}: memory is nearly used up",
     "More than 90 % for 10 minutes."},
    {"hosts",
     "HostLowDisk",
     R"(node_filesystem_avail_bytes{fstype!~"tmpfs|overlay"} / node_filesystem_size_bytes{fstype!~"tmpfs|overlay"} * 100 < 10)",
     "10m",
     "critical",
     "{{ $labels.instance }}: {{ $labels.mountpoint }} is nearly full",
     "Less than 10 % is free for 10 minutes."},
    {"wavegate",
     "WavegateHalted",
     R"(wavegate_wave_phase{phase="Halted"} == 1)",
     "1m",
     "critical",
     "Wave {{ $labels.wave }} has halted",
     "A service of it did not come through and went back. `wavegate rollout status` says which "
     "check failed."},
    {"wavegate",
     "WavegateAwaitsPerson",
     R"(wavegate_standing{standing="Awaited"} == 1)",
     "1h",
     "warning",
     "Wavegate has waited for a person for an hour",
     "`wavegate rollout status` says for what, and what ends it."},
    {"wavegate",
     "WavegateServiceStalled",
     "wavegate_service_stalled == 1",
     "15m",
     "warning",
     "{{ $labels.service }} waits for a person",
     "`wavegate describe service {{ $labels.service }}` says why."},
    {"wavegate",
     "WavegateBlind",
     R"(wavegate_standing{standing="Blind"} == 1)",
     "10m",
     "critical",
     "Wavegate cannot see the fleet",
     "What it would have to see was not there for 10 minutes; nothing is claimed meanwhile."},
    {"wavegate",
     "WavegateBackendUnreachable",
     "wavegate_backend_up == 0",
     "10m",
     "critical",
     "Wavegate cannot see {{ $labels.backend }}",
     "No look at it succeeded for 10 minutes. What needs it waits."},
    {"wavegate",
     "WavegateDrift",
     R"(wavegate_service_drifted == 1 unless on (job, instance) wavegate_standing{standing=~"Moving|Halted"} == 1)",
     "30m",
     "warning",
     "{{ $labels.service }} is not as it is desired",
     "It differed for 30 minutes, and no rollout is under way: it can't be mended, is only "
     "reported, "
     "or another hand changes it back."},
    {"wavegate",
     "WavegateSourceNotReady",
     "wavegate_source_ready == 0",
     "15m",
     "warning",
     "The newest desired state is not in force",
     "It can't be fetched, has errors, or waits for a person; the last good one stays in force."},
    {"wavegate",
     "WavegateGuardRefused",
     "increase(wavegate_guard_refusals_total[15m]) > 0",
     "0m",
     "critical",
     "Wavegate's guard refused a write",
     "It would have broken invariant {{ $labels.invariant }}. The events say which write it was."},
}};

/// In single quotes, as YAML reads it.
std::string quoted(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        out += c;
        if (c == '\'') {
            out += c;
        }
    }
    return out + "'";
}

}  // namespace

std::span<const Alert> alerts() {
    return kAlerts;
}

std::string alert_rules() {
    auto text = fmt::format(
        "# Alerts of an MCP fleet and of Wavegate; {}\n"
        "# `wavegate generate monitoring` writes it anew until a hand changes it.\n"
        "groups:\n",
        blank_mark());
    std::string_view group;
    for (const auto& one : kAlerts) {
        if (one.group != group) {
            group = one.group;
            text += fmt::format("  - name: {}\n    rules:\n", group);
        }
        text += fmt::format(
            "      - alert: {}\n"
            "        expr: {}\n"
            "        for: {}\n"
            "        labels:\n"
            "          severity: {}\n"
            "        annotations:\n"
            "          summary: {}\n"
            "          description: {}\n",
            one.name,
            quoted(one.expr),
            one.lasts,
            one.severity,
            quoted(one.summary),
            quoted(one.description));
    }
    return sealed(std::move(text));
}

}  // namespace wavegate::render
