#include "operator/sandbox/portainer/docker_json.hpp"
#include "operator/sandbox/portainer/filters.hpp"
#include "operator/sandbox/portainer/portainer.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace wavegate::sandbox {
namespace {

std::string unknown_filter(const Filters& filters, const std::set<std::string>& known) {
    for (const auto& [name, values] : filters) {
        if (!known.contains(name)) {
            return name;
        }
    }
    return {};
}

bool has_label(const json::object& spec, const std::string& wanted) {
    const auto sign = wanted.find('=');
    const auto name = wanted.substr(0, sign);
    const auto* labels = at_path(spec, {"Labels"});
    const auto* value = labels == nullptr ? nullptr : labels->if_contains(name);
    return value != nullptr && (sign == std::string::npos || value->is_string()) &&
           (sign == std::string::npos ||
            std::string_view(value->get_string()) == wanted.substr(sign + 1));
}

bool matches(const ServiceRecord& service, const Filters& filters) {
    return any(filters,
               "label",
               [&](const std::string& label) { return has_label(service.spec, label); }) &&
           any(filters,
               "name",
               [&](const std::string& prefix) { return service.name.starts_with(prefix); }) &&
           any(filters, "id", [&](const std::string& prefix) {
               return service.id.starts_with(prefix);
           });
}

bool matches(const TaskRecord& task, const Filters& filters) {
    const auto service = task.service.lock();
    return any(filters,
               "label",
               [&](const std::string& label) {
                   return service && has_label(service->spec, label);
               }) &&
           any(filters,
               "service",
               [&](const std::string& wanted) {
                   return wanted == task.service_id || wanted == task.service_name;
               }) &&
           any(filters, "node", [&](const std::string& node) { return node == task.node; }) &&
           any(filters, "desired-state", [&](const std::string& state) {
               return state == to_string(task.desired);
           });
}

template <class Items, class Text>
HttpResponse give_list(const Items& items, const Filters& filters, Text text) {
    std::string out = "[";
    for (const auto& item : items) {
        if (filters.empty() || matches(*item, filters)) {
            out += out.size() > 1 ? "," : "";
            out += text(*item);
        }
    }
    return give_text(out + "]");
}

std::uint64_t version_of(const PortainerCall& call) {
    const auto text = call.target.query.get("version");
    std::uint64_t version = 0;
    std::from_chars(text.data(), text.data() + text.size(), version);
    return version;
}

json::object cluster(const Swarm& swarm) {
    json::object version;
    version["Index"] = 10;
    json::object tokens;
    tokens["Worker"] = "SWMTKN-1-W";
    tokens["Manager"] = "SWMTKN-1-M";
    json::object spec;
    spec["Name"] = "default";
    json::object out;
    out["ID"] = swarm.id();
    out["JoinTokens"] = std::move(tokens);
    out["Spec"] = std::move(spec);
    out["Version"] = std::move(version);
    return out;
}

json::object info(const Swarm& swarm) {
    auto own = cluster(swarm);
    own.erase("JoinTokens");
    json::object state;
    state["NodeID"] = swarm.nodes().front().id;
    state["LocalNodeState"] = "active";
    state["ControlAvailable"] = true;
    state["Cluster"] = std::move(own);
    json::object out;
    out["Name"] = swarm.nodes().front().hostname;
    out["ServerVersion"] = "20.10.24+dfsg1";
    out["Swarm"] = std::move(state);
    return out;
}

json::object node_json(const Node& node) {
    json::object labels;
    for (const auto& [name, value] : node.labels) {
        labels[name] = value;
    }
    json::object spec;
    spec["Labels"] = std::move(labels);
    spec["Role"] = "manager";
    spec["Availability"] = node.available ? "active" : "drain";
    json::object status;
    status["State"] = "ready";
    json::object out;
    out["ID"] = node.id;
    out["Spec"] = std::move(spec);
    out["Status"] = std::move(status);
    return out;
}

}  // namespace

Filters filters_of(const PortainerCall& call) {
    Filters out;
    const auto text = call.target.query.get("filters");
    boost::system::error_code failed;
    const auto parsed = json::parse(text.empty() ? "{}" : text, failed);
    if (failed || !parsed.is_object()) {
        return out;
    }
    for (const auto& entry : parsed.get_object()) {
        auto& values = out[entry.key()];
        if (const auto* list = entry.value().if_array()) {
            for (const auto& value : *list) {
                values.emplace_back(value.as_string());
            }
        } else if (const auto* table = entry.value().if_object()) {
            for (const auto& value : *table) {
                values.emplace_back(value.key());
            }
        }
    }
    return out;
}

HttpResponse Portainer::docker(const Call& call, std::size_t skip) {
    if (engine_down_) {
        return HttpResponse(502);
    }
    if (settings_.engine != nullptr) {
        return engine_call(call, skip);
    }
    const auto what = call.at(skip);
    const auto id = call.at(skip + 1);
    if (what == "services") {
        return id.empty() ? docker_services(call) : docker_service(call, id);
    }
    if (what == "configs") {
        return docker_configs(call, id);
    }
    if (call.method != "GET") {
        return docker_refusal(404, "page not found");
    }
    if (what == "tasks") {
        return docker_tasks(call);
    }
    if (what == "swarm") {
        return give(cluster(swarm_));
    }
    if (what == "info") {
        return give(info(swarm_));
    }
    if (what == "nodes") {
        json::array nodes;
        for (const auto& node : swarm_.nodes()) {
            nodes.emplace_back(node_json(node));
        }
        return give(nodes);
    }
    if (what == "networks") {
        return give_objects(swarm_.networks(), network_json);
    }
    if (what == "secrets") {
        return give_objects(swarm_.secrets(), object_json);
    }
    return docker_refusal(404, "page not found");
}

/// Never ends by itself, and comes unbuffered (swarm.md).
asio::awaitable<HttpResponse> Portainer::docker_events(const Call& call) {
    if (engine_down_) {
        co_return HttpResponse(502);
    }
    if (settings_.engine != nullptr) {
        // Its calls block until they have ended.
        co_return docker_refusal(404, "page not found");
    }
    auto each = call.each;
    if (!each) {
        each = [](std::string_view /*piece*/) { return true; };
    }
    co_await events_.follow(filters_of(call), std::move(each));
    co_return give_text({});
}

HttpResponse Portainer::docker_services(const Call& call) const {
    const auto filters = filters_of(call);
    if (const auto name = unknown_filter(filters, {"label", "name", "id", "mode"}); !name.empty()) {
        return docker_refusal(400, "Invalid filter '" + name + "'");
    }
    const bool status = call.target.query.get("status") == "true";
    const auto nodes = swarm_.nodes().size();
    return give_list(swarm_.services(), filters, [&](const ServiceRecord& service) {
        return status ? service_text(service, nodes)
                      : boost::json::serialize(service_json(service));
    });
}

HttpResponse Portainer::docker_tasks(const Call& call) const {
    const auto filters = filters_of(call);
    const auto name =
        unknown_filter(filters, {"label", "service", "node", "name", "id", "desired-state"});
    if (!name.empty()) {
        return docker_refusal(400, "Invalid filter '" + name + "'");
    }
    return give_list(swarm_.tasks(), filters, task_text);
}

HttpResponse Portainer::docker_service(const Call& call, const std::string& id) {
    const auto service = swarm_.find(id);
    if (!service) {
        return docker_refusal(404, "service " + id + " not found");
    }
    if (call.method == "GET") {
        return give(service_json(*service));
    }
    if (call.method == "DELETE") {
        note_service(service, "remove");
        swarm_.remove(id);
        return HttpResponse(200);
    }
    if (call.method != "POST" || call.target.segments.back() != "update") {
        return docker_refusal(404, "page not found");
    }
    boost::system::error_code failed;
    auto body = json::parse(call.body, failed);
    if (failed || !body.is_object()) {
        return docker_refusal(400, "invalid JSON");
    }
    const bool back = call.target.query.get("rollback") == "previous";
    const auto& task = body.get_object()["TaskTemplate"];
    const bool forced =
        task.is_object() && task.get_object().contains("ForceUpdate") &&
        task.at("ForceUpdate") != service->spec.at("TaskTemplate").at("ForceUpdate");
    const auto refused = back ? swarm_.roll_back(id, version_of(call))
                              : swarm_.update(id, version_of(call), std::move(body.get_object()));
    if (refused) {
        return docker_refusal(refused->status, refused->message);
    }
    note_service(service, back ? "roll back" : forced ? "restart" : "change");
    json::object answer;
    answer["Warnings"] = nullptr;
    return give(answer);
}

HttpResponse Portainer::force_update(const Call& call) {
    auto asked = call;
    if (auto refused = read_payload(asked)) {
        return std::move(*refused);
    }
    const auto id = text_field(asked.payload, "ServiceID");
    if (settings_.engine != nullptr) {
        return engine_force_update(asked);
    }
    const auto service = swarm_.find(id);
    if (!service) {
        return refuse(
            500,
            "Error looking up service",
            "Error response from daemon: service " + id + " not found");
    }
    auto spec = service->spec;
    auto& task = spec.at("TaskTemplate").as_object();
    task["ForceUpdate"] = task.at("ForceUpdate").to_number<std::uint64_t>() + 1;
    const auto image = text_at(spec, {"Labels", "com.docker.stack.image"});
    if (flag_field(asked.payload, "PullImage") && !image.empty()) {
        task.at("ContainerSpec").as_object()["Image"] = image;
    }
    if (const auto refused = swarm_.update(id, service->version, std::move(spec))) {
        return refuse(500, "Error force updating service", refused->message);
    }
    note_service(service, "restart");
    json::object answer;
    answer["Warnings"] = nullptr;
    if (swarm_.resolve(image) == image) {
        json::array warnings;
        warnings.emplace_back(fmt::format(
            "image {0} could not be accessed on a registry to record\nits digest. Each node will "
            "access {0} independently,\npossibly leading to different nodes running different\n"
            "versions of the image.\n",
            image));
        answer["Warnings"] = std::move(warnings);
    }
    return give(answer);
}

void Portainer::note_service(const ServicePtr& service, const std::string& what) {
    note(
        text_at(service->spec, {"Labels", "com.docker.stack.namespace"}),
        what + " " + service->name);
}

}  // namespace wavegate::sandbox
