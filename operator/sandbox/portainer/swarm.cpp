#include "operator/sandbox/portainer/swarm.hpp"

#include "operator/base/digest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace wavegate::sandbox {
namespace {

/// Docker's ids are 25 letters and digits.
constexpr std::size_t kIdLength = 25;

Refusal invalid(const std::string& what) {
    return {400, "rpc error: code = InvalidArgument desc = " + what};
}

const json::array* list_at(const json::object& from, std::initializer_list<const char*> path) {
    const json::object* parent = &from;
    const auto* last = path.end() - 1;
    for (const auto* name = path.begin(); name != last; ++name) {
        const auto* next = parent->if_contains(*name);
        parent = next == nullptr ? nullptr : next->if_object();
        if (parent == nullptr) {
            return nullptr;
        }
    }
    const auto* found = parent->if_contains(*last);
    return found == nullptr ? nullptr : found->if_array();
}

std::set<std::int64_t> ingress_ports(const json::object& spec) {
    std::set<std::int64_t> ports;
    if (const auto* list = list_at(spec, {"EndpointSpec", "Ports"})) {
        for (const auto& port : *list) {
            const auto* published = port.as_object().if_contains("PublishedPort");
            if (published != nullptr && text_at(port.as_object(), {"PublishMode"}) != "host") {
                ports.insert(published->to_number<std::int64_t>());
            }
        }
    }
    return ports;
}

const SwarmObject* lookup(const SwarmObjects& objects, std::string_view id_or_name) {
    const auto at = std::find_if(objects.begin(), objects.end(), [&](const auto& entry) {
        return entry.second.id == id_or_name || entry.second.name == id_or_name;
    });
    return at == objects.end() ? nullptr : &at->second;
}

/// The daemon turns network names into ids before it stores a spec.
void resolve_networks(json::object& spec, const SwarmObjects& networks) {
    auto* task = spec.if_contains("TaskTemplate");
    auto* list = task == nullptr ? nullptr : task->as_object().if_contains("Networks");
    if (list == nullptr || !list->is_array()) {
        return;
    }
    for (auto& network : list->get_array()) {
        auto& target = network.as_object()["Target"];
        if (const auto* known = lookup(networks, target.as_string())) {
            target = known->id;
        }
    }
}

/// Of what an event tells when it changed.
std::map<std::string, std::string> tellable(const ServiceRecord& service) {
    std::map<std::string, std::string> out;
    out["image"] = text_at(service.spec, {"TaskTemplate", "ContainerSpec", "Image"});
    out["replicas"] = std::to_string(replicas_of(service.spec, 1));
    out["updatestate"] = service.status ? service.status->state : std::string();
    return out;
}

json::object event_of(const ServiceRecord& service, const char* action, Time at) {
    json::object actor;
    actor["ID"] = service.id;
    actor["Attributes"] = json::object({{"name", service.name}});
    const auto nanos =
        std::chrono::duration_cast<std::chrono::nanoseconds>(at.wall.time_since_epoch()).count();
    json::object out;
    out["Type"] = "service";
    out["Action"] = action;
    out["Actor"] = std::move(actor);
    out["scope"] = "swarm";
    out["time"] = nanos / 1'000'000'000;
    out["timeNano"] = nanos;
    return out;
}

}  // namespace

Swarm::Swarm(Clock& clock, const asio::any_io_executor& executor, Containers& containers, int speed)
    : timers_(clock, executor), containers_(containers), speed_(speed) {
    cluster_id_ = new_id();
    nodes_.push_back({new_id(), "node-1", {}, true});
    add(networks_, "host");
    add(networks_, "ingress");
}

std::string Swarm::new_id() {
    return sha256_hex(fmt::format("swarm object {}", ++made_)).substr(0, kIdLength);
}

std::string Swarm::stamp() {
    // Nanoseconds as Docker prints them; the last digits count, so that no two are equal.
    auto text = to_rfc3339(timers_.now().wall);
    text.pop_back();
    return fmt::format("{}{:06}Z", text, ++stamps_ % 1'000'000);
}

SwarmObject& Swarm::add(SwarmObjects& objects, const std::string& name, const std::string& stack) {
    return objects[name] = SwarmObject{new_id(), name, stack, {}, {}, ++raft_};
}

std::optional<Refusal> Swarm::relabel(
    SwarmObject& object,
    std::uint64_t version,
    std::map<std::string, std::string> labels) {
    if (version != object.version) {
        return Refusal{500, "rpc error: code = Unknown desc = update out of sequence"};
    }
    object.labels = std::move(labels);
    object.version = ++raft_;
    return std::nullopt;
}

std::string Swarm::resolve(const std::string& image) const {
    const auto known = digests_.find(image);
    return known == digests_.end() ? image : image + "@" + known->second;
}

void Swarm::touch(ServiceRecord& service) {
    service.version = ++raft_;
    service.updated_at = stamp();
    service.text.clear();
}

void Swarm::tell(ServiceRecord& service, const char* action) {
    auto event = event_of(service, action, timers_.now());
    auto& attributes = event["Actor"].as_object()["Attributes"].as_object();
    auto told = std::exchange(service.told, tellable(service));
    for (const auto& [name, now] : told.empty() ? told : service.told) {
        const auto& before = told[name];
        if (now != before && !now.empty()) {
            attributes[name + ".new"] = now;
        }
        if (now != before && !now.empty() && !before.empty()) {
            attributes[name + ".old"] = before;
        }
    }
    if (on_event) {
        on_event(event);
    }
}

std::optional<Refusal> Swarm::accept(const json::object& spec, const std::string& self) const {
    const auto name = text_at(spec, {"Name"});
    if (name.empty() || text_at(spec, {"TaskTemplate", "ContainerSpec", "Image"}).empty()) {
        return invalid("ContainerSpec: image reference must be provided");
    }
    const auto taken = by_name_.find(name);
    if (taken != by_name_.end() && taken->second->id != self) {
        return Refusal{
            409,
            fmt::format(
                "rpc error: code = AlreadyExists desc = name conflicts with an existing object: "
                "service {} already exists",
                name)};
    }
    const auto ports = ingress_ports(spec);
    for (const auto& [id, other] : by_id_) {
        for (const auto port :
             ports.empty() ? std::set<std::int64_t>() : ingress_ports(other->spec)) {
            if (id != self && ports.contains(port)) {
                return invalid(fmt::format(
                    "port '{}' is already in use by service '{}' ({}) as an ingress port",
                    port,
                    other->name,
                    id));
            }
        }
    }
    if (const auto* networks = list_at(spec, {"TaskTemplate", "Networks"})) {
        for (const auto& network : *networks) {
            const auto target = text_at(network.as_object(), {"Target"});
            if (lookup(networks_, target) == nullptr) {
                return Refusal{500, fmt::format("network {} not found", target)};
            }
        }
    }
    return std::nullopt;
}

void Swarm::replace_spec(const ServicePtr& service, json::object spec) {
    resolve_networks(spec, networks_);
    service->spec = std::move(spec);
    auto task = service->spec.at("TaskTemplate").as_object();
    task.erase("Runtime");
    service->task_spec = std::make_shared<const json::object>(std::move(task));
    touch(*service);
}

std::optional<Refusal> Swarm::create(json::object spec, std::string* id) {
    if (auto refused = accept(spec, {})) {
        return refused;
    }
    auto service = std::make_shared<ServiceRecord>();
    service->id = new_id();
    service->name = text_at(spec, {"Name"});
    replace_spec(service, std::move(spec));
    service->created_at = service->updated_at;
    by_id_[service->id] = service;
    by_name_[service->name] = service;
    if (id != nullptr) {
        *id = service->id;
    }
    // The second as its addresses are given to it.
    tell(*service, "create");
    tell(*service, "update");
    scale(service);
    return std::nullopt;
}

std::optional<Refusal>
Swarm::update(const std::string& id_or_name, std::uint64_t version, json::object spec) {
    const auto service = find(id_or_name);
    if (!service) {
        return Refusal{404, fmt::format("service {} not found", id_or_name)};
    }
    if (auto refused = accept(spec, service->id)) {
        return refused;
    }
    if (version != service->version) {
        return Refusal{500, "rpc error: code = Unknown desc = update out of sequence"};
    }
    // Every accepted update wipes the status of the one before, even when it changes nothing.
    service->previous = service->spec;
    service->status.reset();
    service->run.reset();
    replace_spec(service, std::move(spec));
    tell(*service, "update");
    scale(service);
    timers_.after(Duration(100) / speed_, [this, service, generation = ++service->generation] {
        if (service->generation == generation && !service->removed) {
            begin_update(service);
        }
    });
    return std::nullopt;
}

std::optional<Refusal> Swarm::roll_back(const std::string& id_or_name, std::uint64_t version) {
    const auto service = find(id_or_name);
    if (!service) {
        return Refusal{404, fmt::format("service {} not found", id_or_name)};
    }
    if (version != service->version) {
        return Refusal{500, "rpc error: code = Unknown desc = update out of sequence"};
    }
    if (!service->previous) {
        return Refusal{
            400,
            fmt::format(
                "rpc error: code = FailedPrecondition desc = service {} does not have a previous "
                "spec",
                service->id)};
    }
    auto back = std::move(*service->previous);
    service->previous = service->spec;
    replace_spec(service, std::move(back));
    ++service->generation;
    set_status(service, "rollback_started", "manually requested rollback");
    begin_rollback(service);
    return std::nullopt;
}

std::optional<Refusal> Swarm::remove(const std::string& id_or_name) {
    const auto service = find(id_or_name);
    if (!service) {
        return Refusal{404, fmt::format("service {} not found", id_or_name)};
    }
    service->removed = true;
    service->run.reset();
    by_id_.erase(service->id);
    by_name_.erase(service->name);
    ++raft_;
    service->told.clear();
    tell(*service, "remove");
    const auto tasks = std::exchange(service->tasks, {});
    for (const auto& task : tasks) {
        if (!task->ended()) {
            leaving_.push_back(task);
            want(task, DesiredState::Remove);
        }
    }
    return std::nullopt;
}

ServicePtr Swarm::find(const std::string& id_or_name) const {
    for (const auto* index : {&by_id_, &by_name_}) {
        if (const auto at = index->find(id_or_name); at != index->end()) {
            return at->second;
        }
    }
    return nullptr;
}

std::vector<ServicePtr> Swarm::services() const {
    std::vector<ServicePtr> all;
    all.reserve(by_name_.size());
    for (const auto& [name, service] : by_name_) {
        all.push_back(service);
    }
    return all;
}

std::vector<TaskPtr> Swarm::tasks() const {
    std::vector<TaskPtr> all;
    for (const auto& [name, service] : by_name_) {
        all.insert(all.end(), service->tasks.begin(), service->tasks.end());
    }
    all.insert(all.end(), leaving_.begin(), leaving_.end());
    return all;
}

void Swarm::label_node(const std::string& key, const std::string& value) {
    nodes_.front().labels[key] = value;
    place_pending();
}

void Swarm::drain(bool drained) {
    nodes_.front().available = !drained;
    for (const auto& [name, service] : by_name_) {
        const auto tasks = drained ? service->tasks : std::vector<TaskPtr>();
        for (const auto& task : tasks) {
            if (task->live()) {
                auto next = new_task(service, task->slot, DesiredState::Ready);
                next->after_others = true;
                want(task, DesiredState::Shutdown);
            }
        }
    }
    place_pending();
}

}  // namespace wavegate::sandbox
