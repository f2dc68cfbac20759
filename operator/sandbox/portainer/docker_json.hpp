#pragma once

#include "operator/sandbox/portainer/swarm.hpp"

#include <string>

namespace wavegate::sandbox {

/// A service as `GET /services?status=true` lists it; kept in the record until it changes.
const std::string& service_text(const ServiceRecord& service, std::size_t nodes);
const std::string& task_text(const TaskRecord& task);
json::object service_json(const ServiceRecord& service);
json::object object_json(const SwarmObject& object);
json::object network_json(const SwarmObject& network);

}  // namespace wavegate::sandbox
