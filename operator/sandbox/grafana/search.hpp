#pragma once

#include "operator/sandbox/grafana/grafana.hpp"

#include <string>
#include <string_view>
#include <vector>

/// How Grafana keeps and finds annotations by tag. Pure.
namespace wavegate::sandbox {

/// "key:value", cut at colons: anything behind a second colon is lost.
struct GrafanaTag {
    std::string key;
    std::string value;
    friend bool operator==(const GrafanaTag&, const GrafanaTag&) = default;
};

/// Trimmed, without those that have no key, each once.
std::vector<GrafanaTag> parse_tags(const std::vector<std::string>& tags);
std::vector<std::string> join_tags(const std::vector<GrafanaTag>& tags);

/// Query of GET /api/annotations.
struct GrafanaSearch {
    std::vector<std::string> tags;
    bool match_any = false;
    std::int64_t from = 0;  ///< counts only together with `to`
    std::int64_t to = 0;
    std::size_t limit = 100;
};
GrafanaSearch parse_search(std::string_view query);

/// Latest end first. AND counts the annotation's tags that match any asked one and wants as many
/// as were asked: a tag asked without value matches every value of its key, and each one counts.
std::vector<GrafanaAnnotation> search(
    const std::vector<GrafanaAnnotation>& annotations,
    const GrafanaSearch& asked);

}  // namespace wavegate::sandbox
