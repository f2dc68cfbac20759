#include "operator/model/observed.hpp"

#include "operator/base/text.hpp"
#include "operator/model/named.hpp"

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

bool GitSource::on_branch() const {
    return reference.empty() || reference.starts_with("refs/heads/");
}

namespace {

/// "git.arpa/a/b" of "https://git.arpa/a/b.git/": one repository has several addresses.
std::string repository_of(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme != std::string_view::npos) {
        url.remove_prefix(scheme + 3);
    }
    const auto user = url.substr(0, url.find('/')).rfind('@');
    if (user != std::string_view::npos) {
        url.remove_prefix(user + 1);
    }
    while (url.ends_with('/')) {
        url.remove_suffix(1);
    }
    if (url.ends_with(".git")) {
        url.remove_suffix(4);
    }
    return to_lower(url);
}

}  // namespace

const StackView* shares_branch(const std::vector<StackView>& stacks, const StackView& stack) {
    const auto at = std::find_if(stacks.begin(), stacks.end(), [&](const StackView& other) {
        if (other.id == stack.id || !other.git || !stack.git ||
            repository_of(other.git->url) != repository_of(stack.git->url)) {
            return false;
        }
        const auto& a = other.git->reference;
        const auto& b = stack.git->reference;
        return a == b || a.empty() || b.empty();
    });
    return at == stacks.end() ? nullptr : &*at;
}

const SwarmService* SwarmView::find(const std::string& name) const {
    return find_named(services, name);
}

void SwarmView::sort() {
    services.sort([](const auto& a, const auto& b) { return a.name < b.name; });
    tasks.sort([](const auto& a, const auto& b) { return a.service_id < b.service_id; });
}

std::vector<const SwarmTask*> SwarmView::tasks_of(const std::string& service_id) const {
    std::vector<const SwarmTask*> found;
    const auto first = std::lower_bound(
        tasks.begin(), tasks.end(), service_id, [](const SwarmTask& task, const auto& wanted) {
            return task.service_id < wanted;
        });
    for (auto task = first; task != tasks.end() && task->service_id == service_id; ++task) {
        found.push_back(&*task);
    }
    return found;
}

const StackView* Observed::stack(const std::string& name) const {
    return stacks.ok() ? find_named(*stacks, name) : nullptr;
}

const SwarmService* Observed::running(const std::string& stack, const std::string& compose_service)
    const {
    return swarm.ok() ? swarm->find(stack + "_" + compose_service) : nullptr;
}

}  // namespace wavegate
