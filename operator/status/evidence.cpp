#include "operator/status/objects.hpp"
#include "operator/status/words.hpp"

#include <algorithm>
#include <array>

namespace wavegate::status {
namespace json = boost::json;
namespace {

// Counts, names of the fleet's own things, status codes: what a check may say to anybody.
constexpr std::array<std::string_view, 18> kSafeFacts{
    "asked",
    "bare",
    "expired",
    "foreign",
    "forged",
    "garbage",
    "host",
    "leftOut",
    "length",
    "lifetime",
    "location",
    "policy",
    "principal",
    "probe",
    "through",
    "tools",
    "unsigned",
    "up"};

/// A list is shown by its beginning: a multiplexer has as many children as the fleet has services.
constexpr std::size_t kLongestList = 1'024;

json::object facts_json(const Facts& facts) {
    json::object out;
    for (const auto& [key, value] : facts) {
        if (std::find(kSafeFacts.begin(), kSafeFacts.end(), key) == kSafeFacts.end()) {
            continue;
        }
        auto& shown = out[key];
        if (!shown.is_string()) {
            shown = clean(value);
        } else if (auto& text = shown.get_string(); text.size() + value.size() < kLongestList) {
            text += "," + clean(value);
        } else if (!text.ends_with(",…")) {
            text += ",…";
        }
    }
    return out;
}

}  // namespace

json::object evidence_json(const Evidence& evidence, Time now) {
    const auto age = std::max(now.mono - evidence.taken.mono, Duration(0));
    json::object out;
    out["kind"] = to_string(evidence.kind);
    out["subject"] = clean(evidence.subject);
    out["verdict"] = to_string(evidence.verdict);
    out["seen"] = to_string(evidence.seen);
    out["phrase"] = clean(evidence.phrase);
    out["facts"] = facts_json(evidence.facts);
    out["taken"] = time_or_null(evidence.taken);
    out["age"] = to_text(std::chrono::floor<std::chrono::seconds>(age));
    return out;
}

}  // namespace wavegate::status
