#pragma once

#include "operator/sandbox/portainer/call.hpp"
#include "operator/sandbox/portainer/swarm.hpp"

#include <functional>
#include <string>

namespace wavegate::sandbox {

/// A service as `GET /services?status=true` lists it; kept in the record until it changes.
const std::string& service_text(const ServiceRecord& service, std::size_t nodes);
const std::string& task_text(const TaskRecord& task);
json::object service_json(const ServiceRecord& service);
json::object object_json(const SwarmObject& object);
/// All of a kind, each by `text`.
HttpResponse give_objects(
    const SwarmObjects& objects,
    const std::function<json::object(const SwarmObject&)>& text);
/// With its content, in base64; a secret's is never told.
json::object config_json(const SwarmObject& config);
json::object network_json(const SwarmObject& network);

}  // namespace wavegate::sandbox
