#include "operator/model/observed.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wavegate {

const SecretValue* find_env(const StackEnv& env, std::string_view name) {
    // Duplicates: the last one wins (portainer.md, trap 13).
    const auto at = std::find_if(
        env.rbegin(), env.rend(), [&](const EnvEntry& entry) { return entry.name == name; });
    return at == env.rend() ? nullptr : &at->value;
}

std::string StackView::file_version() const {
    return fmt::format(
        "{}/{}/{}/{}",
        id,
        update_date,
        static_cast<int>(status),
        git ? git->config_hash : std::string());
}

const SwarmService* SwarmView::find(const std::string& name) const {
    const auto at = std::find_if(
        services.begin(), services.end(), [&](const SwarmService& s) { return s.name == name; });
    return at == services.end() ? nullptr : &*at;
}

std::vector<const SwarmTask*> SwarmView::tasks_of(const std::string& service_id) const {
    std::vector<const SwarmTask*> found;
    for (const auto& task : tasks) {
        if (task.service_id == service_id) {
            found.push_back(&task);
        }
    }
    return found;
}

const StackView* Observed::stack(const std::string& name) const {
    if (!stacks.ok()) {
        return nullptr;
    }
    const auto at = std::find_if(
        stacks->begin(), stacks->end(), [&](const StackView& s) { return s.name == name; });
    return at == stacks->end() ? nullptr : &*at;
}

const SwarmService* Observed::running(const std::string& stack, const std::string& compose_service)
    const {
    return swarm.ok() ? swarm->find(stack + "_" + compose_service) : nullptr;
}

}  // namespace wavegate
