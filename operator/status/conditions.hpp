#pragma once

#include "operator/status/index.hpp"

#include <boost/json/array.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace wavegate::status {

/// A condition as Kubernetes writes it; `since` is its lastTransitionTime.
struct Condition {
    std::string type;    ///< "Ready", "Reconciling", "Stalled", "Drifted", "SourceReady"
    std::string status;  ///< "True", "False", "Unknown"
    std::string reason;
    std::string message;
    Time since{};
    std::optional<Time> proven_at{};  ///< of what was proven, when it was last
};

/// The observedGeneration of each is `revision`.
boost::json::array to_json(const std::vector<Condition>& conditions, const std::string& revision);

constexpr std::string_view kSourceReady = "SourceReady";

/// What a condition of an object is called among a view's turns.
std::string turn_key(const std::string& object, std::string_view type);

/// SourceReady, Ready, Reconciling, Stalled. Of these and of those below each has the time of its
/// own turn where the view knows it, else that of what it is derived from.
std::vector<Condition> fleet_conditions(const View& view);
/// Ready, Reconciling, Stalled, Drifted.
std::vector<Condition> service_conditions(const Index& index, const ServiceSpec& spec);
/// Is it known to differ from what is desired?
bool is_drifted(const Index& index, const ServiceSpec& spec);
/// Ready and Drifted, of something ("OidcClient/…") of which the edits that are left are known.
std::vector<Condition> object_conditions(
    const Index& index,
    const std::string& object,
    bool observed,
    const std::vector<const Edit*>& edits);

/// A member's phase; "NotDeployed", "Unmanaged" or "Unknown" for what is no member.
std::string phase_of(const Index& index, const ServiceSpec& spec);

}  // namespace wavegate::status
