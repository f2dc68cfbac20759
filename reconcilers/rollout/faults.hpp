#pragma once

#include "reconcilers/rollout/reduce.hpp"

#include <string>
#include <string_view>

namespace wavegate::rollout {

/// Parts that services share, as `SharedFault::part` names them.
inline constexpr std::string_view kKeycloak = "keycloak";        ///< gate 1
inline constexpr std::string_view kPolicies = "policies";        ///< gate 2
inline constexpr std::string_view kMultiplexer = "multiplexer";  ///< it does not show its children
inline constexpr std::string_view kThrough = "through";          ///< several fail behind it
inline constexpr std::string_view kServices = "services";        ///< several fail by themselves

/// What is asked again before it counts was bad for so long at least.
inline constexpr Duration kMoment = std::chrono::seconds(5);

/// What a fault is told about, as status and events name it.
std::string object_of_fault(const DesiredState& desired, std::string_view part);

/// What several services that fail alike have in common, as a headline.
std::string headline_of_several(const Evidence& bad);

/// Asks both gates, and the multiplexer for its children, again and again while services depend on
/// them, and raises or ends their faults.
void watch_gates(Reducer& reducer);
/// A wait for each confirmed fault, before all others: it is the headline.
void tell_faults(Reducer& reducer);

}  // namespace wavegate::rollout
