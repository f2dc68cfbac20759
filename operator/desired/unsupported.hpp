#pragma once

#include "operator/desired/report.hpp"

#include <array>
#include <string>
#include <string_view>

namespace wavegate::desired {

struct Document;

/// A field that the schema has and this version refuses; `[]` stands for any entry of a list.
struct UnsupportedField {
    std::string_view kind;
    std::string_view field;
    std::string_view instead;  ///< what to do without it
};

inline constexpr std::array<UnsupportedField, 8> kUnsupported{{
    {"Fleet", "spec.waves[].approval", "the wave starts by itself"},
    {"Fleet", "spec.waves[].window", "the wave starts at any time"},
    {"Fleet", "spec.waves[].analysis", "the gates and the soak decide"},
    {"McpService", "spec.suspend", "pause the rollout where it must wait"},
    {"McpService", "spec.exclude", "to let the service go, remove its document"},
    {"McpService", "spec.compose", "the stack's own compose file is used"},
    {"OidcClient", "spec.rotation", "rotate the secret by hand"},
    {"Monitoring", "spec.rules.prometheus", "reload Prometheus by hand"},
}};

/// Reports every unsupported field that a document sets.
void refuse_unsupported(const Document& document, Report& report);

/// Why a field that the schema lacks is not there, when there is more to say than "unknown";
/// else empty.
std::string why_unknown(std::string_view kind, std::string_view field);

/// What goes behind "is required" where a document was good before that field was asked for: the
/// lines to write; else empty.
std::string what_to_write(const Document& document, std::string_view field);

}  // namespace wavegate::desired
