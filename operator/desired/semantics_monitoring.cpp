#include "operator/desired/semantics.hpp"

#include <fmt/format.h>

#include <array>
#include <map>
#include <utility>

namespace wavegate::desired {
namespace {

using formats::in_quotes;

/// A name of a path that would lead elsewhere than it seems; the schema has seen to its signs.
bool has_dots_alone(std::string_view path) {
    while (!path.empty()) {
        const auto slash = path.find('/');
        const auto name = path.substr(0, slash);
        if (name == "." || name == "..") {
            return true;
        }
        path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    }
    return false;
}

void check_places(const Bound<MonitoringSpec>& bound, Report& report) {
    const auto& [document, spec] = bound;
    const std::array<std::pair<const char*, const std::string*>, 4> places{
        {{"spec.targets.file", &spec.targets_file},
         {"spec.rules.file", &spec.rules_file},
         {"spec.dashboards.folder", &spec.dashboards_folder},
         {"spec.collectors.folder", &spec.collectors_folder}}};
    std::map<std::string, const char*> first;
    for (const auto& [field, path] : places) {
        if (path->empty()) {
            continue;
        }
        if (has_dots_alone(*path)) {
            report.field(*document, field, "must be an absolute path without . and ..");
        }
        const auto [other, is_new] = first.emplace(*path, field);
        if (!is_new) {
            report.field(
                *document,
                field,
                fmt::format("{} is that of {} already", in_quotes(*path), other->second));
        }
    }
}

void check_collectors(const Bound<MonitoringSpec>& bound, Report& report) {
    const auto& [document, spec] = bound;
    if (!spec.collectors_folder.empty() && spec.targets_file.empty()) {
        report.field(
            *document,
            "spec.collectors",
            "Prometheus' jobs read the targets; add spec.targets.file");
    }
    if (spec.bearer_token.text.starts_with("file:") &&
        has_dots_alone(spec.bearer_token.text.substr(5))) {
        report.field(
            *document, "spec.collectors.bearerTokenRef", "must be a path without . and ..");
    }
}

}  // namespace

void Semantics::monitoring() const {
    for (std::size_t i = 0; i < catalog.monitorings.size(); ++i) {
        const auto& bound = catalog.monitorings[i];
        if (i > 0) {
            const auto& first = *catalog.monitorings.front().document;
            report.field(
                *bound.document,
                "metadata.name",
                fmt::format(
                    "a second Monitoring, the first is in {}:{}; a fleet has one",
                    first.file,
                    first.value.line));
        }
        check_places(bound, report);
        check_collectors(bound, report);
    }
}

}  // namespace wavegate::desired
