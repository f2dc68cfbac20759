#include "operator/sandbox/portainer/busy.hpp"
#include "operator/sandbox/portainer/portainer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace wavegate::sandbox {
namespace {

constexpr const char* kNoEnvironment =
    "Unable to find the environment associated to the stack inside the database";

/// The credentials a request comes to: given ones, the stored password for an empty one, or none.
std::optional<GitAuthentication> credentials(
    const json::object& payload,
    const std::optional<GitAuthentication>& stored) {
    if (!flag_field(payload, "RepositoryAuthentication")) {
        return std::nullopt;
    }
    GitAuthentication given;
    given.user = text_field(payload, "RepositoryUsername");
    given.password = text_field(payload, "RepositoryPassword");
    if (given.password.empty() && stored) {
        given.password = stored->password;
    }
    return given;
}

std::optional<AutoUpdate> auto_update_of(const json::object& payload, int& next_job) {
    const auto* given = field(payload, "AutoUpdate");
    const auto* object = given == nullptr ? nullptr : given->if_object();
    if (object == nullptr) {
        return std::nullopt;
    }
    AutoUpdate update;
    update.interval = text_field(*object, "Interval");
    update.webhook = text_field(*object, "Webhook");
    update.force_update = flag_field(*object, "ForceUpdate");
    update.force_pull = flag_field(*object, "ForcePullImage");
    if (!update.interval.empty()) {
        update.job = std::to_string(next_job++);
    }
    return update;
}

/// What a redeployment says of the stack. What it leaves out is emptied; generation B keeps it.
void take_redeploy(StackRecord& record, const json::object& payload, bool keep) {
    const auto says = [&](const char* name) { return !keep || field(payload, name) != nullptr; };
    if (says("RepositoryReferenceName")) {
        record.git->reference = text_field(payload, "RepositoryReferenceName");
    }
    if (says("RepositoryAuthentication")) {
        record.git->authentication = credentials(payload, record.git->authentication);
    }
    if (says("Env")) {
        record.env = env_field(payload);
    }
    if (says("Prune")) {
        record.prune = flag_field(payload, "Prune");
    }
}

HttpResponse bad_endpoint(int id) {
    return refuse(
        404,
        kNoEnvironment,
        fmt::format("Object not found inside the database (bucket=endpoints, key={})", id));
}

bool has_webhook(const std::map<int, StackRecord>& stacks, const std::string& webhook) {
    return !webhook.empty() && std::any_of(stacks.begin(), stacks.end(), [&](const auto& item) {
        const auto& update = item.second.auto_update;
        return update && update->webhook == webhook;
    });
}

}  // namespace

asio::awaitable<HttpResponse> Portainer::create_git(Call& call) {
    std::string name;
    if (auto refused = refuse_create(call, name)) {
        co_return std::move(*refused);
    }
    auto record = new_record(name, text_field(call.payload, "SwarmID"));
    GitConfig git;
    git.url = text_field(call.payload, "RepositoryURL");
    git.reference = text_field(call.payload, "RepositoryReferenceName");
    git.path = text_field(call.payload, "ComposeFile");
    git.authentication = credentials(call.payload, std::nullopt);
    git.skip_verify = flag_field(call.payload, "TLSSkipVerify");
    if (git.authentication && git.authentication->password.empty()) {
        co_return refuse(
            400,
            "Invalid request payload",
            "Invalid repository credentials. Password must be specified when authentication is "
            "enabled");
    }
    record.auto_update = auto_update_of(call.payload, next_job_);
    if (record.auto_update && has_webhook(stacks_, record.auto_update->webhook)) {
        co_return refuse(
            409,
            fmt::format("Webhook ID: {} already exists", record.auto_update->webhook),
            "A webhook ID already exists");
    }
    const Busy busy(*this, name);
    record.entry_point = git.path;
    record.env = env_field(call.payload);
    record.git = git;
    const auto key = git.authentication.value_or(GitAuthentication());
    (void)co_await clock_.sleep_until(clock_.now().mono + settings_.clone_time);
    if (const auto problem = clone(record, key.user, key.password)) {
        const bool credential = problem->starts_with("invalid git credential");
        co_return refuse(
            500,
            credential ? "Invalid git credential" : "unable to clone git repository: " + *problem);
    }
    note(name, "create");
    if (settings_.asynchronous) {
        record.access = next_access_++;
        const int made = record.id;
        auto answer = begin(std::move(record), false, true, std::nullopt);
        arm_polling(made);
        co_return answer;
    }
    const auto env = record.env.value_or(EnvList());
    const auto problem = co_await deploy_in_turn(record, env, false, true);
    if (problem) {
        co_return refuse(500, *problem);
    }
    record.git->hash = head(*record.git);
    record.access = next_access_++;
    const int id = record.id;
    auto body = to_json(record, true);
    save(std::move(record));
    arm_polling(id);
    co_return give(body);
}

asio::awaitable<HttpResponse> Portainer::redeploy_git(Call& call, int id) {
    if (!stacks_.at(id).git) {
        co_return refuse(400, "Stack is not created from git");
    }
    if (const auto endpoint = call.endpoint().value_or(0); endpoint != 1) {
        co_return bad_endpoint(endpoint);
    }
    if (auto unreadable = read_payload(call)) {
        co_return std::move(*unreadable);
    }
    auto record = stacks_.at(id);
    const Busy busy(*this, record.name);
    note(record.name, "redeploy");
    take_redeploy(record, call.payload, settings_.asynchronous);
    const auto key = record.git->authentication.value_or(GitAuthentication());
    (void)co_await clock_.sleep_until(clock_.now().mono + settings_.clone_time);
    if (const auto problem = clone(record, key.user, key.password)) {
        co_return refuse(500, "Unable to clone git repository directory", *problem);
    }
    stacks_.at(id).disk = record.disk;
    record.awaits_redeploy = false;
    const auto env = record.env.value_or(EnvList());
    const bool prune = record.prune.value_or(false);
    const bool pull = flag_field(call.payload, "PullImage");
    if (settings_.asynchronous) {
        co_return begin(std::move(record), prune, pull, std::nullopt);
    }
    const auto problem = co_await deploy_in_turn(record, env, prune, pull);
    if (problem) {
        // The new clone stays on disk, beside the old record.
        if (const auto now = stacks_.find(id); now != stacks_.end()) {
            now->second.updates_halted = true;
        }
        co_return refuse(500, *problem);
    }
    record.status = 1;
    record.updated = unix_now();
    record.git->hash = head(*record.git);
    auto body = to_json(record, false);
    save(std::move(record));
    co_return give(body);
}

HttpResponse Portainer::git_settings(Call& call, int id) {
    auto& record = stacks_.at(id);
    if (!record.git) {
        return refuse(400, "Stack is not created from git");
    }
    if (const auto endpoint = call.endpoint().value_or(0); endpoint != 1) {
        return bad_endpoint(endpoint);
    }
    if (auto unreadable = read_payload(call)) {
        return std::move(*unreadable);
    }
    note(record.name, "git settings");
    record.git->reference = text_field(call.payload, "RepositoryReferenceName");
    record.git->authentication = credentials(call.payload, record.git->authentication);
    record.env = env_field(call.payload);
    record.prune = flag_field(call.payload, "Prune");
    record.auto_update = auto_update_of(call.payload, next_job_);
    record.updated = unix_now();
    record.awaits_redeploy = true;
    arm_polling(id);
    return give(to_json(record, false));
}

HttpResponse Portainer::webhook(const std::string& id) {
    const auto at = std::find_if(stacks_.begin(), stacks_.end(), [&](const auto& entry) {
        return entry.second.auto_update && !id.empty() && entry.second.auto_update->webhook == id;
    });
    if (at == stacks_.end()) {
        return refuse(
            404, "Unable to find the stack by webhook ID", "Object not found inside the database");
    }
    if (auto refused = deploying(at->first)) {
        return std::move(*refused);
    }
    background_.spawn("portainer webhook", poll(at->first));
    return HttpResponse(204);
}

/// Polling and webhook: only a new commit deploys, always with prune and pull.
asio::awaitable<void> Portainer::poll(int id) {
    const auto found = stacks_.find(id);
    if (found == stacks_.end() || !found->second.git || found->second.updates_halted ||
        deploying(id)) {
        co_return;
    }
    auto record = found->second;
    const auto key = record.git->authentication.value_or(GitAuthentication());
    if (head(*record.git) == record.git->hash || clone(record, key.user, key.password)) {
        co_return;
    }
    const Busy busy(*this, record.name);
    note(record.name, "poll", true);
    stacks_.at(id).disk = record.disk;
    const auto env = record.env.value_or(EnvList());
    const auto problem = co_await deploy_in_turn(record, env, true, true);
    const auto now = stacks_.find(id);
    if (now == stacks_.end() || !now->second.git) {
        co_return;
    }
    now->second.updates_halted = problem.has_value();
    if (!problem) {
        now->second.git->hash = head(*record.git);
        now->second.awaits_redeploy = false;
        now->second.status = 1;
        now->second.updated = unix_now();
    }
}

void Portainer::arm_polling(int id) {
    const auto& record = stacks_.at(id);
    const auto every =
        record.auto_update ? parse_duration(record.auto_update->interval) : std::nullopt;
    if (!every || every->count() == 0) {
        return;
    }
    timers_.after(*every, [this, id, job = record.auto_update->job] {
        const auto now = stacks_.find(id);
        if (now != stacks_.end() && now->second.auto_update &&
            now->second.auto_update->job == job) {
            background_.spawn("portainer poll", poll(id));
            arm_polling(id);
        }
    });
}

}  // namespace wavegate::sandbox
