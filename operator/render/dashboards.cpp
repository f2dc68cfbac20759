#include "operator/render/dashboards.hpp"

#include "operator/render/json_text.hpp"
#include "operator/render/mark.hpp"
#include "operator/render/panels.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <utility>

namespace wavegate::render {
namespace {

namespace json = boost::json;

constexpr int kGridWidth = 24;
constexpr std::string_view kMetricsSource = "prometheus";
constexpr std::string_view kLogsSource = "loki";

bool is_logs(const Panel& panel) {
    return panel.type == "logs";
}

/// The variable that holds the data source's uid.
json::object source_of(bool logs) {
    return {
        {"type", logs ? kLogsSource : kMetricsSource},
        {"uid", logs ? "${loki_datasource}" : "${datasource}"}};
}

std::string with_matchers(std::string_view expr) {
    constexpr std::string_view placeholder = "$M";
    std::string out(expr);
    constexpr std::string_view matchers = R"(job=~"$job",instance=~"$instance")";
    for (auto at = out.find(placeholder); at != std::string::npos;
         at = out.find(placeholder, at + matchers.size())) {
        out.replace(at, placeholder.size(), matchers);
    }
    return out;
}

bool has_several(const Panel& panel) {
    return !panel.queries[1].expr.empty();
}

/// A, B, C, …: Grafana keeps one of two that are called the same.
json::array targets_of(const Panel& panel) {
    json::array out;
    char name = 'A';
    for (const auto& [expr, legend] : panel.queries) {
        if (expr.empty()) {
            break;
        }
        json::object target;
        target["refId"] = std::string(1, name++);
        target["datasource"] = source_of(is_logs(panel));
        target["expr"] = with_matchers(expr);
        target["legendFormat"] = legend;
        const bool now = panel.type == "stat" || panel.type == "table";
        target["instant"] = now;
        target["range"] = !now;
        if (panel.type == "table") {
            target["format"] = "table";
        }
        out.push_back(std::move(target));
    }
    return out;
}

json::object options_of(const Panel& panel) {
    if (is_logs(panel)) {
        return {{"showTime", true}, {"wrapLogMessage", true}};
    }
    if (panel.type == "stat") {
        return {{"textMode", has_several(panel) ? "value_and_name" : "auto"}};
    }
    return {};
}

json::object panel_of(const Panel& panel, int id, int x, int y) {
    json::object out;
    out["id"] = id;
    out["type"] = panel.type;
    out["title"] = panel.title;
    out["description"] = panel.description;
    out["datasource"] = source_of(is_logs(panel));
    out["gridPos"] = json::object{{"h", panel.height}, {"w", panel.width}, {"x", x}, {"y", y}};
    out["targets"] = targets_of(panel);
    out["fieldConfig"] =
        json::object{{"defaults", {{"unit", panel.unit}}}, {"overrides", json::array()}};
    out["options"] = options_of(panel);
    if (panel.type == "table" && has_several(panel)) {
        out["transformations"] =
            json::array{json::object{{"id", "merge"}, {"options", json::object()}}};
    }
    return out;
}

/// From left to right, then on the next row.
json::array panels_of(const Board& board) {
    json::array out;
    int x = 0;
    int y = 0;
    int height = 0;
    for (const auto& panel : board.panels) {
        if (x + panel.width > kGridWidth) {
            x = 0;
            y += height;
        }
        out.push_back(panel_of(panel, static_cast<int>(out.size()) + 1, x, y));
        x += panel.width;
        height = panel.height;
    }
    return out;
}

json::object source_variable(
    std::string_view name,
    std::string_view label,
    std::string_view type,
    const std::string& uid) {
    json::object out{{"name", name}, {"label", label}, {"type", "datasource"}, {"query", type}};
    out["current"] = json::object{{"text", uid}, {"value", uid}};
    out["refresh"] = 1;
    return out;
}

/// What a query offers; looked up anew when the time is changed.
json::object
query_variable(std::string_view name, std::string_view label, const std::string& query, bool all) {
    json::object out{{"name", name}, {"label", label}, {"type", "query"}, {"query", query}};
    out["datasource"] = source_of(false);
    out["refresh"] = 2;
    out["sort"] = 1;
    out["multi"] = all;
    out["includeAll"] = all;
    if (all) {
        out["allValue"] = ".+";
        out["current"] = json::object{{"text", "All"}, {"value", "$__all"}};
    }
    return out;
}

json::array variables_of(const Board& board, const MonitoringSpec& spec) {
    json::array out;
    out.push_back(
        source_variable("datasource", "Prometheus", kMetricsSource, spec.prometheus_datasource));
    bool logs = false;
    for (const auto& panel : board.panels) {
        logs = logs || is_logs(panel);
    }
    if (logs) {
        out.push_back(
            source_variable("loki_datasource", "Loki", kLogsSource, spec.loki_datasource));
    }
    out.push_back(
        query_variable("job", "Job", fmt::format("label_values({}, job)", board.metric), true));
    out.push_back(query_variable(
        "instance", "Instance", fmt::format("label_values({}, instance)", board.metric), true));
    if (board.by_stack) {
        out.push_back(query_variable(
            "stack", "Stack", fmt::format("label_values({}, stack)", board.metric), false));
    }
    return out;
}

/// What Wavegate tells Grafana of its rollouts.
json::array annotations() {
    json::object own{{"name", "Wavegate"}, {"enable", true}, {"iconColor", "blue"}};
    own["datasource"] = json::object{{"type", "grafana"}, {"uid", "-- Grafana --"}};
    own["target"] = json::object{{"type", "tags"}, {"tags", {"wavegate"}}, {"limit", 100}};
    return {std::move(own)};
}

Dashboard dashboard(const Board& board, const MonitoringSpec& spec) {
    json::object out;
    out["uid"] = board.uid;
    out["id"] = nullptr;
    out["title"] = board.title;
    out["description"] = blank_mark();
    out["tags"] = json::array{"agent-os", "mcp"};
    out["timezone"] = "browser";
    out["editable"] = false;
    out["schemaVersion"] = 39;
    out["refresh"] = "30s";
    out["time"] = json::object{{"from", "now-6h"}, {"to", "now"}};
    out["annotations"] = json::object{{"list", annotations()}};
    out["templating"] = json::object{{"list", variables_of(board, spec)}};
    out["panels"] = panels_of(board);
    return {std::string(board.file), sealed(json_text(out))};
}

}  // namespace

std::vector<Dashboard> dashboards(const MonitoringSpec& spec) {
    std::vector<Dashboard> out;
    for (const auto& board :
         {fleet_overview(), per_service(), host_infra(), container_resources(), wavegate_board()}) {
        out.push_back(dashboard(board, spec));
    }
    return out;
}

}  // namespace wavegate::render
