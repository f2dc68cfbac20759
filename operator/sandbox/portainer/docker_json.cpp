#include "operator/sandbox/portainer/docker_json.hpp"

#include "operator/base/digest.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>

namespace wavegate::sandbox {
namespace {

json::object version(std::uint64_t index) {
    json::object out;
    out["Index"] = index;
    return out;
}

json::object status_json(const UpdateStatus& status) {
    json::object out;
    out["State"] = status.state;
    out["StartedAt"] = status.started_at;
    if (!status.completed_at.empty()) {
        out["CompletedAt"] = status.completed_at;
    }
    out["Message"] = status.message;
    return out;
}

json::object labels_of(const SwarmObject& object) {
    json::object labels;
    for (const auto& [name, value] : object.labels) {
        labels[name] = value;
    }
    if (!object.stack.empty()) {
        labels["com.docker.stack.namespace"] = object.stack;
    }
    return labels;
}

}  // namespace

json::object service_json(const ServiceRecord& service) {
    json::object out;
    out["CreatedAt"] = service.created_at;
    json::object endpoint;
    json::object mode;
    mode["Mode"] = "vip";
    endpoint["Spec"] = std::move(mode);
    out["Endpoint"] = std::move(endpoint);
    out["ID"] = service.id;
    if (service.previous) {
        out["PreviousSpec"] = *service.previous;
    }
    out["Spec"] = service.spec;
    if (service.status) {
        out["UpdateStatus"] = status_json(*service.status);
    }
    out["UpdatedAt"] = service.updated_at;
    out["Version"] = version(service.version);
    return out;
}

const std::string& service_text(const ServiceRecord& service, std::size_t nodes) {
    if (service.text.empty()) {
        auto out = service_json(service);
        json::object counts;
        counts["CompletedTasks"] = 0;
        counts["DesiredTasks"] = replicas_of(service.spec, nodes);
        counts["RunningTasks"] =
            std::count_if(service.tasks.begin(), service.tasks.end(), [](const TaskPtr& task) {
                return task->state == TaskState::Running;
            });
        out["ServiceStatus"] = std::move(counts);
        service.text = json::serialize(out);
    }
    return service.text;
}

const std::string& task_text(const TaskRecord& task) {
    if (!task.text.empty()) {
        return task.text;
    }
    json::object status;
    if (task.exit_code) {
        json::object container;
        container["ContainerID"] = task.id;
        container["ExitCode"] = *task.exit_code;
        container["PID"] = 1;
        status["ContainerStatus"] = std::move(container);
    }
    if (!task.error.empty()) {
        status["Err"] = task.error;
    }
    status["Message"] = task.message;
    status["PortStatus"] = json::object();
    status["State"] = to_string(task.state);
    status["Timestamp"] = task.updated_at;
    json::object out;
    out["CreatedAt"] = task.created_at;
    out["DesiredState"] = to_string(task.desired);
    out["ID"] = task.id;
    out["Labels"] = json::object();
    out["NodeID"] = task.node;
    out["ServiceID"] = task.service_id;
    out["Slot"] = task.slot;
    out["Spec"] = *task.spec;
    out["Status"] = std::move(status);
    out["UpdatedAt"] = task.updated_at;
    out["Version"] = version(task.version);
    task.text = json::serialize(out);
    return task.text;
}

json::object object_json(const SwarmObject& object) {
    json::object version;
    version["Index"] = object.version;
    json::object spec;
    spec["Name"] = object.name;
    spec["Labels"] = labels_of(object);
    json::object out;
    out["ID"] = object.id;
    out["Version"] = std::move(version);
    out["Spec"] = std::move(spec);
    return out;
}

json::object config_json(const SwarmObject& config) {
    auto out = object_json(config);
    out.at("Spec").as_object()["Data"] = base64_encode(config.data);
    return out;
}

HttpResponse give_objects(
    const SwarmObjects& objects,
    const std::function<json::object(const SwarmObject&)>& text) {
    json::array out;
    for (const auto& [name, object] : objects) {
        out.emplace_back(text(object));
    }
    return give(out);
}

json::object network_json(const SwarmObject& network) {
    json::object out;
    out["Name"] = network.name;
    out["Id"] = network.id;
    out["Scope"] = "swarm";
    out["Driver"] = network.name == "host" ? "host" : "overlay";
    out["Labels"] = labels_of(network);
    return out;
}

}  // namespace wavegate::sandbox
