#pragma once

#include "operator/status/index.hpp"

#include <boost/json/array.hpp>

#include <string>

namespace wavegate::status {

/// A condition as Kubernetes writes it; `since` is its lastTransitionTime.
struct Condition {
    std::string type;    ///< "Ready", "Reconciling", "Stalled", "Drifted", "SourceReady"
    std::string status;  ///< "True", "False", "Unknown"
    std::string reason;
    std::string message;
    Time since{};
};

/// The observedGeneration of each is `revision`.
boost::json::array to_json(const std::vector<Condition>& conditions, const std::string& revision);

/// SourceReady, Ready, Reconciling, Stalled.
std::vector<Condition> fleet_conditions(const View& view);
/// Ready, Reconciling, Stalled, Drifted. A service's conditions change with its phase: where the
/// record does not say when one turned, the time is that of the phase.
std::vector<Condition> service_conditions(const Index& index, const ServiceSpec& spec);
/// Ready, of something of which the edits that are left are known.
std::vector<Condition> object_conditions(
    bool observed,
    const std::vector<const Edit*>& edits,
    const Obstacle* obstacle,
    Time since);

/// A member's phase; "NotDeployed", "Unmanaged" or "Unknown" for what is no member.
std::string phase_of(const Index& index, const ServiceSpec& spec);

}  // namespace wavegate::status
