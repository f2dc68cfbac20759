// Which panels there are, and what they ask; dashboards.cpp makes Grafana's JSON of them.
#include "operator/render/panels.hpp"

#include <array>

namespace wavegate::render {
namespace {

constexpr std::array kFleetPanels{
    Panel{
        "Services that are up",
        "Services whose /metrics Prometheus could scrape.",
        "stat",
        "short",
        6,
        4,
        {{{R"(count(up{job="mcp-fleet",$M} == 1))", "up"}}}},
    Panel{
        "Health probes that pass",
        "Services whose /health answers well on the overlay network.",
        "stat",
        "short",
        6,
        4,
        {{{R"(count(probe_success{job="blackbox-mcp",$M} == 1))", "healthy"}}}},
    Panel{
        "Tool calls",
        "Calls of tools a second, of all services.",
        "stat",
        "reqps",
        6,
        4,
        {{{R"(sum(rate(agent_utilities_mcp_tool_calls_total{$M}[$__rate_interval])))", "calls"}}}},
    Panel{
        "Tool errors",
        "Calls that ended as errors, a second. Denied ones are among them.",
        "stat",
        "reqps",
        6,
        4,
        {{{R"(sum(rate(agent_utilities_mcp_tool_calls_total{$M,outcome="error"}[$__rate_interval])))",
           "errors"}}}},
    Panel{
        "Scrapes and probes by service",
        "1 where it is up, healthy, and refuses a call without a token.",
        "table",
        "short",
        24,
        7,
        {{{R"(max by (service) (up{job="mcp-fleet",$M}))", "up"},
          {R"(max by (service) (probe_success{job="blackbox-mcp",$M}))", "healthy"},
          {R"(max by (service) (probe_success{job="blackbox-mcp-auth",$M}))", "enforces"}}}},
    Panel{
        "Tool calls by stack",
        "Calls of tools a second.",
        "timeseries",
        "reqps",
        12,
        8,
        {{{R"(sum by (stack) (rate(agent_utilities_mcp_tool_calls_total{$M}[$__rate_interval])))",
           "{{stack}}"}}}},
    Panel{
        "Tool errors by stack",
        "Calls that ended as errors, a second.",
        "timeseries",
        "reqps",
        12,
        8,
        {{{R"(sum by (stack) (rate(agent_utilities_mcp_tool_calls_total{$M,outcome="error"}[$__rate_interval])))",
           "{{stack}}"}}}},
    Panel{
        "Tool latency by stack, p95",
        "Nineteen calls of twenty took no longer.",
        "timeseries",
        "s",
        12,
        8,
        {{{R"(histogram_quantile(0.95, sum by (stack, le) (rate(agent_utilities_mcp_tool_duration_seconds_bucket{$M}[$__rate_interval]))))",
           "{{stack}}"}}}},
    Panel{
        "Processor by stack",
        "Processors that its containers keep busy.",
        "timeseries",
        "percentunit",
        12,
        8,
        {{{R"(sum by (container_label_com_docker_stack_namespace) (rate(container_cpu_usage_seconds_total{$M,container_label_com_docker_stack_namespace!=""}[$__rate_interval])))",
           "{{container_label_com_docker_stack_namespace}}"}}}},
    Panel{
        "Memory by stack",
        "Memory that its containers can't give back.",
        "timeseries",
        "bytes",
        12,
        8,
        {{{R"(sum by (container_label_com_docker_stack_namespace) (container_memory_working_set_bytes{$M,container_label_com_docker_stack_namespace!=""}))",
           "{{container_label_com_docker_stack_namespace}}"}}}},
};

constexpr std::array kServicePanels{
    Panel{
        "Tool calls",
        "Calls a second, by tool.",
        "timeseries",
        "reqps",
        12,
        8,
        {{{R"(sum by (tool) (rate(agent_utilities_mcp_tool_calls_total{$M,stack="$stack"}[$__rate_interval])))",
           "{{tool}}"}}}},
    Panel{
        "Tool errors",
        "Calls that ended as errors, a second, by tool.",
        "timeseries",
        "reqps",
        12,
        8,
        {{{R"(sum by (tool) (rate(agent_utilities_mcp_tool_calls_total{$M,stack="$stack",outcome="error"}[$__rate_interval])))",
           "{{tool}}"}}}},
    Panel{
        "Tool latency, p95",
        "Nineteen calls of twenty took no longer, by tool.",
        "timeseries",
        "s",
        12,
        8,
        {{{R"(histogram_quantile(0.95, sum by (tool, le) (rate(agent_utilities_mcp_tool_duration_seconds_bucket{$M,stack="$stack"}[$__rate_interval]))))",
           "{{tool}}"}}}},
    Panel{
        "Tools in flight",
        "Calls that are being answered.",
        "timeseries",
        "short",
        12,
        8,
        {{{R"(sum(agent_utilities_mcp_tool_in_flight{$M,stack="$stack"}))", "in flight"}}}},
    Panel{
        "Processor",
        "Processors that its containers keep busy.",
        "timeseries",
        "percentunit",
        8,
        7,
        {{{R"(sum(rate(container_cpu_usage_seconds_total{container_label_com_docker_stack_namespace="$stack"}[$__rate_interval])))",
           "processor"}}}},
    Panel{
        "Memory",
        "Memory that its containers can't give back.",
        "timeseries",
        "bytes",
        8,
        7,
        {{{R"(sum(container_memory_working_set_bytes{container_label_com_docker_stack_namespace="$stack"}))",
           "memory"}}}},
    Panel{
        "Logs",
        "What its containers write.",
        "logs",
        "short",
        8,
        7,
        {{{R"({stack="$stack"})", ""}}}},
};

}  // namespace

Board fleet_overview() {
    return {
        "mcp-fleet-overview.json",
        "agentos-mcp-fleet",
        "MCP fleet overview",
        "up",
        false,
        kFleetPanels};
}

Board per_service() {
    return {
        "mcp-per-service.json",
        "agentos-mcp-service",
        "MCP service",
        R"(up{job="mcp-fleet"})",
        true,
        kServicePanels};
}

}  // namespace wavegate::render
