#include "operator/status/objects.hpp"
#include "operator/status/words.hpp"

#include <algorithm>
#include <array>

namespace wavegate::status {
namespace json = boost::json;
namespace {

// Counts, names of the fleet's own things, status codes: what a check may say to anybody.
constexpr std::array<std::string_view, 12> kSafeFacts{
    "asked",
    "bare",
    "foreign",
    "garbage",
    "length",
    "lifetime",
    "policy",
    "principal",
    "probe",
    "through",
    "tools",
    "up"};

}  // namespace

json::object evidence_json(const Evidence& evidence, Time now) {
    json::object facts;
    for (const auto& [key, value] : evidence.facts) {
        if (std::find(kSafeFacts.begin(), kSafeFacts.end(), key) != kSafeFacts.end()) {
            facts[key] = clean(value);
        }
    }
    const auto age = std::max(now.wall - evidence.taken.wall, Duration(0));
    json::object out;
    out["kind"] = to_string(evidence.kind);
    out["subject"] = clean(evidence.subject);
    out["verdict"] = to_string(evidence.verdict);
    out["seen"] = to_string(evidence.seen);
    out["phrase"] = clean(evidence.phrase);
    out["facts"] = std::move(facts);
    out["taken"] = time_or_null(evidence.taken);
    out["age"] = to_text(std::chrono::floor<std::chrono::seconds>(age));
    return out;
}

}  // namespace wavegate::status
