#include "operator/sandbox/fleet_programs.hpp"

#include "operator/sandbox/mcp/service.hpp"
#include "operator/sandbox/multiplexer/multiplexer.hpp"

#include <algorithm>
#include <utility>

namespace wavegate::sandbox {

FleetPrograms::FleetPrograms(const Outside& outside)
    : outside_(outside), tasks_(outside.executor) {}

FleetPrograms::~FleetPrograms() {
    for (const auto& instance : instances_) {
        if (instance.multiplexer) {
            instance.multiplexer->stop();
        }
    }
}

Behaviour& FleetPrograms::service(const std::string& key, Behaviour behaviour) {
    auto& at = services_[key];
    at = std::make_shared<Behaviour>(std::move(behaviour));
    return *at;
}

MultiplexerBehaviour& FleetPrograms::multiplexer(
    const std::string& key,
    MultiplexerBehaviour behaviour) {
    auto& at = multiplexers_[key];
    at = std::make_shared<MultiplexerBehaviour>(std::move(behaviour));
    return *at;
}

template <class T>
std::shared_ptr<T> FleetPrograms::find(const Registry<T>& registry, const ContainerSpec& spec) {
    for (const auto& key : {spec.service, spec.image, image_repository(spec.image)}) {
        if (const auto at = registry.find(key); at != registry.end()) {
            return at->second;
        }
    }
    return nullptr;
}

StartPlan FleetPrograms::plan(const ContainerSpec& spec) {
    if (const auto behaviour = find(services_, spec)) {
        return plan_service(spec, *behaviour);
    }
    if (const auto behaviour = find(multiplexers_, spec)) {
        return plan_multiplexer(spec, *behaviour);
    }
    return {};
}

void FleetPrograms::up(const ContainerSpec& spec) {
    Instance instance;
    instance.task_id = spec.task_id;
    instance.swarm_service = spec.service;
    if (const auto behaviour = find(services_, spec)) {
        instance.service = std::make_shared<McpService>(outside_, spec, behaviour);
        instance.site = instance.service;
    } else if (const auto mux = find(multiplexers_, spec)) {
        instance.multiplexer = std::make_shared<Multiplexer>(outside_, tasks_, spec, mux);
        instance.site = instance.multiplexer;
        instance.multiplexer->on_answer(
            [this](const std::string& child, const ChildAnswer& answer) {
                last_answers_[child] = answer;
                ++answers_;
            });
        instance.multiplexer->start();
    } else {
        return;
    }
    instances_.push_back(std::move(instance));
}

void FleetPrograms::down(const std::string& task_id) {
    for (const auto& instance : instances_) {
        if (instance.task_id == task_id && instance.multiplexer) {
            instance.multiplexer->stop();
        }
    }
    std::erase_if(instances_, [&](const Instance& each) { return each.task_id == task_id; });
}

std::shared_ptr<Site> FleetPrograms::running(const std::string& swarm_service) {
    std::vector<std::shared_ptr<Site>> tasks;
    for (const auto& instance : instances_) {
        if (instance.swarm_service == swarm_service) {
            tasks.push_back(instance.site);
        }
    }
    return tasks.empty() ? nullptr : tasks[turn_++ % tasks.size()];
}

bool FleetPrograms::is_running(const Site& site) const {
    return std::any_of(instances_.begin(), instances_.end(), [&](const Instance& each) {
        return each.site.get() == &site;
    });
}

bool FleetPrograms::park(const std::string& swarm_service, const std::string& child) {
    bool parked = false;
    for (const auto& instance : instances_) {
        if (instance.swarm_service == swarm_service && instance.multiplexer) {
            parked = instance.multiplexer->park(child) || parked;
        }
    }
    return parked;
}

std::size_t FleetPrograms::tool_runs(const std::string& swarm_service) const {
    std::size_t runs = 0;
    for (const auto& instance : instances_) {
        if (instance.swarm_service == swarm_service && instance.service) {
            runs += instance.service->runs();
        }
    }
    return runs;
}

std::string image_repository(std::string_view image) {
    image = image.substr(0, image.find('@'));
    const auto colon = image.rfind(':');
    // A colon before the last slash is a registry's port.
    if (colon != std::string_view::npos && image.find('/', colon) == std::string_view::npos) {
        image = image.substr(0, colon);
    }
    return std::string(image);
}

}  // namespace wavegate::sandbox
