// Which panels there are, and what they ask; dashboards.cpp makes Grafana's JSON of them.
#include "operator/render/panels.hpp"

#include <array>

namespace wavegate::render {
namespace {

constexpr std::array kHostPanels{
    Panel{
        "Processor by host",
        "How busy all processors are.",
        "timeseries",
        "percent",
        12,
        8,
        {{{R"(100 - (avg by (instance) (rate(node_cpu_seconds_total{$M,mode="idle"}[$__rate_interval])) * 100))",
           "{{instance}}"}}}},
    Panel{
        "Memory by host",
        "What could not be given to a program that asks.",
        "timeseries",
        "percent",
        12,
        8,
        {{{R"((1 - (node_memory_MemAvailable_bytes{$M} / node_memory_MemTotal_bytes{$M})) * 100)",
           "{{instance}}"}}}},
    Panel{
        "Load per processor by host",
        "Programs that run or wait, of the last minute, for each processor.",
        "timeseries",
        "short",
        12,
        8,
        {{{R"(node_load1{$M} / on (instance) count by (instance) (rate(node_cpu_seconds_total{$M,mode="idle"}[$__rate_interval])))",
           "{{instance}}"}}}},
    Panel{
        "Swap by host",
        "How much of the swap is used; nothing where there is none.",
        "timeseries",
        "percent",
        12,
        8,
        {{{R"((1 - (node_memory_SwapFree_bytes{$M} / node_memory_SwapTotal_bytes{$M})) * 100 unless node_memory_SwapTotal_bytes{$M} == 0)",
           "{{instance}}"}}}},
    Panel{
        "Disk that is free, by mount",
        "Of each file system that is no memory.",
        "timeseries",
        "percent",
        24,
        8,
        {{{R"((node_filesystem_avail_bytes{$M,fstype!~"tmpfs|overlay"} / node_filesystem_size_bytes{$M,fstype!~"tmpfs|overlay"}) * 100)",
           "{{instance}} {{mountpoint}}"}}}},
    Panel{
        "Disk throughput by device",
        "Bytes read and written a second.",
        "timeseries",
        "Bps",
        12,
        8,
        {{{R"(rate(node_disk_read_bytes_total{$M,device!~"loop.*|ram.*|dm-.*"}[$__rate_interval]))",
           "{{instance}} {{device}} read"},
          {R"(rate(node_disk_written_bytes_total{$M,device!~"loop.*|ram.*|dm-.*"}[$__rate_interval]))",
           "{{instance}} {{device}} write"}}}},
    Panel{
        "Disk operations by device",
        "Reads and writes that were completed, a second.",
        "timeseries",
        "iops",
        12,
        8,
        {{{R"(rate(node_disk_reads_completed_total{$M,device!~"loop.*|ram.*|dm-.*"}[$__rate_interval]))",
           "{{instance}} {{device}} read"},
          {R"(rate(node_disk_writes_completed_total{$M,device!~"loop.*|ram.*|dm-.*"}[$__rate_interval]))",
           "{{instance}} {{device}} write"}}}},
    Panel{
        "Disk time by device",
        "Part of the time in which it was at work.",
        "timeseries",
        "percent",
        12,
        8,
        {{{R"(rate(node_disk_io_time_seconds_total{$M,device!~"loop.*|ram.*|dm-.*"}[$__rate_interval]) * 100)",
           "{{instance}} {{device}}"}}}},
    Panel{
        "Network by host",
        "Bytes received and sent a second, by real interfaces.",
        "timeseries",
        "Bps",
        12,
        8,
        {{{R"(sum by (instance) (rate(node_network_receive_bytes_total{$M,device!~"lo|veth.*|docker.*|br-.*"}[$__rate_interval])))",
           "{{instance}} received"},
          {R"(sum by (instance) (rate(node_network_transmit_bytes_total{$M,device!~"lo|veth.*|docker.*|br-.*"}[$__rate_interval])))",
           "{{instance}} sent"}}}},
};

constexpr std::array kContainerPanels{
    Panel{
        "Processor by service",
        "Processors that it keeps busy; the twenty that need most.",
        "timeseries",
        "percentunit",
        12,
        8,
        {{{R"(topk(20, sum by (container_label_com_docker_swarm_service_name) (rate(container_cpu_usage_seconds_total{$M,container_label_com_docker_swarm_service_name!=""}[$__rate_interval]))))",
           "{{container_label_com_docker_swarm_service_name}}"}}}},
    Panel{
        "Memory by service",
        "Memory that it can't give back; the twenty that need most.",
        "timeseries",
        "bytes",
        12,
        8,
        {{{R"(topk(20, sum by (container_label_com_docker_swarm_service_name) (container_memory_working_set_bytes{$M,container_label_com_docker_swarm_service_name!=""})))",
           "{{container_label_com_docker_swarm_service_name}}"}}}},
    Panel{
        "Disk throughput by service",
        "Bytes read and written a second; the twenty with most.",
        "timeseries",
        "Bps",
        12,
        8,
        {{{R"(topk(20, sum by (container_label_com_docker_swarm_service_name) (rate(container_fs_reads_bytes_total{$M,container_label_com_docker_swarm_service_name!=""}[$__rate_interval]))))",
           "{{container_label_com_docker_swarm_service_name}} read"},
          {R"(topk(20, sum by (container_label_com_docker_swarm_service_name) (rate(container_fs_writes_bytes_total{$M,container_label_com_docker_swarm_service_name!=""}[$__rate_interval]))))",
           "{{container_label_com_docker_swarm_service_name}} write"}}}},
    Panel{
        "Disk operations by service",
        "Reads and writes a second; the twenty with most.",
        "timeseries",
        "iops",
        12,
        8,
        {{{R"(topk(20, sum by (container_label_com_docker_swarm_service_name) (rate(container_fs_reads_total{$M,container_label_com_docker_swarm_service_name!=""}[$__rate_interval]))))",
           "{{container_label_com_docker_swarm_service_name}} read"},
          {R"(topk(20, sum by (container_label_com_docker_swarm_service_name) (rate(container_fs_writes_total{$M,container_label_com_docker_swarm_service_name!=""}[$__rate_interval]))))",
           "{{container_label_com_docker_swarm_service_name}} write"}}}},
    Panel{
        "Network by service",
        "Bytes received and sent a second; the twenty with most.",
        "timeseries",
        "Bps",
        12,
        8,
        {{{R"(topk(20, sum by (container_label_com_docker_swarm_service_name) (rate(container_network_receive_bytes_total{$M,container_label_com_docker_swarm_service_name!=""}[$__rate_interval]))))",
           "{{container_label_com_docker_swarm_service_name}} received"},
          {R"(topk(20, sum by (container_label_com_docker_swarm_service_name) (rate(container_network_transmit_bytes_total{$M,container_label_com_docker_swarm_service_name!=""}[$__rate_interval]))))",
           "{{container_label_com_docker_swarm_service_name}} sent"}}}},
    Panel{
        "Memory of its limit, by service",
        "Part of the limit that is used; nothing where there is none.",
        "timeseries",
        "percentunit",
        12,
        8,
        {{{R"(topk(20, max by (container_label_com_docker_swarm_service_name) (container_memory_working_set_bytes{$M,container_label_com_docker_swarm_service_name!=""} / (container_spec_memory_limit_bytes{$M} > 0))))",
           "{{container_label_com_docker_swarm_service_name}}"}}}},
};

}  // namespace

Board host_infra() {
    return {
        "host-infra.json", "agentos-host-infra", "Hosts", "node_uname_info", false, kHostPanels};
}

Board container_resources() {
    return {
        "container-resources.json",
        "agentos-container-resources",
        "Containers",
        "container_memory_working_set_bytes",
        false,
        kContainerPanels};
}

}  // namespace wavegate::render
