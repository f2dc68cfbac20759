#pragma once

#include "operator/status/conditions.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <vector>

namespace wavegate::status {

/// {kind, subject, verdict, seen, phrase, facts, taken, age}; only facts of a fixed list pass.
boost::json::object evidence_json(const Evidence& evidence, Time now);
/// {object, for, reason, message, since, until, verb, endedBy}
boost::json::object wait_json(const Index& index, const Wait& wait);

/// An entry of the status document's `services`.
boost::json::object service_entry(const Index& index, const ServiceSpec& spec);
/// The same as Kubernetes would show it: metadata, spec and status.
boost::json::object service_object(const Index& index, const ServiceSpec& spec);
boost::json::object wave_entry(const Index& index, const WaveSpec& wave);
std::vector<Condition> client_conditions(const Index& index, const OidcClientSpec& spec);
std::vector<Condition> policy_conditions(const Index& index, const PolicySpec& spec);
boost::json::object client_entry(const Index& index, const OidcClientSpec& spec);
boost::json::object policy_entry(const Index& index, const PolicySpec& spec);
/// Null when there is no rollout yet.
boost::json::value rollout_entry(const View& view);
/// Who froze the fleet, until when and why; empty: nobody did.
std::string frozen_words(const View& view);

}  // namespace wavegate::status
