#include "operator/sandbox/portainer/portainer.hpp"

#include <utility>

namespace wavegate::sandbox {
namespace {

Error refused(std::string what) {
    return {ErrorKind::Invalid, std::move(what)};
}

}  // namespace

Result<int> Portainer::add_stack(const std::string& name, const std::string& compose, EnvList env) {
    auto record = new_record(name, cluster_id());
    record.disk[record.entry_point] = compose;
    if (!env.empty()) {
        record.env = std::move(env);
    }
    if (auto problem = deploy_now(record, record.env.value_or(EnvList()), false, true)) {
        return refused(std::move(*problem));
    }
    record.access = next_access_++;
    const int id = record.id;
    save(std::move(record));
    return id;
}

Result<int> Portainer::add_git_stack(
    const std::string& name,
    GitConfig git,
    EnvList env,
    const std::string& poll_every) {
    auto record = new_record(name, cluster_id());
    record.entry_point = git.path;
    record.git = std::move(git);
    if (!env.empty()) {
        record.env = std::move(env);
    }
    const auto key = record.git->authentication.value_or(GitAuthentication());
    auto problem = clone(record, key.user, key.password);
    if (!problem) {
        problem = deploy_now(record, record.env.value_or(EnvList()), false, true);
    }
    if (problem) {
        return refused(std::move(*problem));
    }
    record.git->hash = head(*record.git);
    if (!poll_every.empty()) {
        record.auto_update.emplace();
        record.auto_update->interval = poll_every;
        record.auto_update->job = std::to_string(next_job_++);
    }
    record.access = next_access_++;
    const int id = record.id;
    save(std::move(record));
    arm_polling(id);
    return id;
}

std::map<std::string, std::string> Portainer::spec_env(const std::string& service) const {
    const auto found = swarm_.find(service);
    return found ? env_of(*found->task_spec) : std::map<std::string, std::string>();
}

std::string Portainer::spec_image(const std::string& service) const {
    const auto found = swarm_.find(service);
    return found ? text_at(*found->task_spec, {"ContainerSpec", "Image"}) : std::string();
}

std::vector<TaskPtr> Portainer::running_tasks(const std::string& service) const {
    std::vector<TaskPtr> found;
    for (const auto& task : swarm_.tasks()) {
        if (task->service_name == service && task->state == TaskState::Running) {
            found.push_back(task);
        }
    }
    return found;
}

Result<void> Portainer::edit_by_hand(
    const std::string& stack_name,
    std::optional<std::string> file,
    std::optional<EnvList> env) {
    const auto* known = stack(stack_name);
    if (known == nullptr) {
        return Error(ErrorKind::NotFound, "no such stack");
    }
    auto& record = stacks_.at(known->id);
    if (file && record.git) {
        auto branch = record.git->reference.substr(record.git->reference.rfind('/') + 1);
        git_[record.git->url].commit(branch.empty() ? "main" : branch, {{record.git->path, *file}});
    }
    if (file) {
        record.disk[record.entry_point] = std::move(*file);
    }
    if (env) {
        record.env = std::move(env);
    }
    note(stack_name, "edit", true);
    if (auto problem = deploy_now(record, record.env.value_or(EnvList()), false, false)) {
        return refused(std::move(*problem));
    }
    record.updated = unix_now();
    record.awaits_redeploy = false;
    if (record.git) {
        record.git->hash = head(*record.git);
    }
    return {};
}

void Portainer::save_git_settings_by_hand(const std::string& stack_name) {
    if (const auto* known = stack(stack_name)) {
        auto& record = stacks_.at(known->id);
        record.awaits_redeploy = true;
        record.updated = unix_now();
    }
}

Result<void> Portainer::roll_back_by_hand(const std::string& service) {
    const auto found = swarm_.find(service);
    if (!found) {
        return Error(ErrorKind::NotFound, "no such service");
    }
    note(text_at(found->spec, {"Labels", "com.docker.stack.namespace"}), "roll back", true);
    if (auto no = swarm_.roll_back(service, found->version)) {
        return refused(std::move(no->message));
    }
    return {};
}

void Portainer::delete_by_hand(const std::string& stack_name) {
    if (const auto* known = stack(stack_name)) {
        note(stack_name, "delete", true);
        undeploy_now(stack_name);
        stacks_.erase(known->id);
    }
}

}  // namespace wavegate::sandbox
