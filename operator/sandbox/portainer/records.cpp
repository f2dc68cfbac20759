#include "operator/sandbox/portainer/portainer.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

namespace wavegate::sandbox {
namespace {

/// Lower case, and nothing but [-_a-z0-9]: silently.
std::string normalised(std::string_view name) {
    std::string out;
    for (const char c : name) {
        const auto lower = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        if (std::isalnum(static_cast<unsigned char>(lower)) != 0 || lower == '-' || lower == '_') {
            out += lower;
        }
    }
    return out;
}

json::value env_json(const std::optional<EnvList>& env) {
    if (!env) {
        return nullptr;
    }
    json::array out;
    for (const auto& [name, value] : *env) {
        json::object pair;
        pair["name"] = name;
        pair["value"] = value;
        out.emplace_back(std::move(pair));
    }
    return out;
}

json::value git_json(const std::optional<GitConfig>& git) {
    if (!git) {
        return nullptr;
    }
    json::object out;
    out["URL"] = git->url;
    out["ReferenceName"] = git->reference;
    out["ConfigFilePath"] = git->path;
    out["Authentication"] = nullptr;
    if (git->authentication) {
        json::object known;
        known["Username"] = git->authentication->user;
        known["Password"] = "";
        known["GitCredentialID"] = 0;
        out["Authentication"] = std::move(known);
    }
    out["ConfigHash"] = git->hash;
    out["TLSSkipVerify"] = git->skip_verify;
    return out;
}

json::value auto_update_json(const std::optional<AutoUpdate>& update) {
    if (!update) {
        return nullptr;
    }
    json::object out;
    out["Interval"] = update->interval;
    out["Webhook"] = update->webhook;
    out["JobID"] = update->job;
    out["ForceUpdate"] = update->force_update;
    out["ForcePullImage"] = update->force_pull;
    return out;
}

json::value access_json(const StackRecord& record) {
    if (record.access == 0) {
        return nullptr;
    }
    json::object out;
    out["Id"] = record.access;
    out["ResourceId"] = fmt::format("{}_{}", record.endpoint, record.name);
    out["SubResourceIds"] = json::array();
    out["Type"] = 6;
    out["UserAccesses"] = json::array();
    out["TeamAccesses"] = json::array();
    out["Public"] = false;
    out["AdministratorsOnly"] = true;
    out["System"] = false;
    return out;
}

}  // namespace

std::int64_t Portainer::unix_now() const {
    return std::chrono::duration_cast<std::chrono::seconds>(clock_.now().wall.time_since_epoch())
        .count();
}

json::object Portainer::to_json(const StackRecord& record, bool with_access) {
    json::object out;
    out["Id"] = record.id;
    out["Name"] = record.name;
    out["Type"] = 1;
    out["EndpointId"] = record.endpoint;
    out["SwarmId"] = record.swarm_id;
    out["EntryPoint"] = record.entry_point;
    out["Env"] = env_json(record.env);
    out["ResourceControl"] = with_access ? access_json(record) : json::value(nullptr);
    out["Status"] = record.status;
    out["ProjectPath"] = record.project();
    out["CreationDate"] = record.created;
    out["CreatedBy"] = "admin";
    out["UpdateDate"] = record.updated;
    out["UpdatedBy"] = record.updated == 0 ? "" : "admin";
    out["AdditionalFiles"] = nullptr;
    out["AutoUpdate"] = auto_update_json(record.auto_update);
    out["Option"] = nullptr;
    if (record.prune) {
        json::object option;
        option["Prune"] = *record.prune;
        out["Option"] = std::move(option);
    }
    out["GitConfig"] = git_json(record.git);
    out["FromAppTemplate"] = record.from_template;
    out["Namespace"] = "";
    if (!record.steps.empty()) {
        out["DeploymentStartStatus"] = record.status_before;
        json::array steps;
        for (const auto& step : record.steps) {
            json::object line;
            line["Status"] = step.status;
            line["Time"] = step.at;
            line["Message"] = step.message;
            steps.emplace_back(std::move(line));
        }
        out["DeploymentStatus"] = std::move(steps);
    }
    return out;
}

std::optional<HttpResponse> Portainer::refuse_create(Call& call, std::string& name) const {
    const auto endpoint = call.endpoint();
    if (!endpoint) {
        return refuse(400, "Invalid query parameter: endpointId", "Missing query parameter");
    }
    if (*endpoint != 1) {
        return refuse(
            404,
            "Unable to find an environment with the specified identifier inside the database",
            fmt::format(
                "Object not found inside the database (bucket=endpoints, key={})", *endpoint));
    }
    if (auto unreadable = read_payload(call)) {
        return unreadable;
    }
    name = normalised(text_field(call.payload, "Name"));
    if (name.empty()) {
        return refuse(400, "Invalid request payload", "Invalid stack name");
    }
    if (text_field(call.payload, "SwarmID").empty()) {
        return refuse(400, "Invalid request payload", "Invalid Swarm ID");
    }
    if (engine_down_) {
        return refuse(
            500,
            "Unable to check for name collision",
            "Cannot connect to the Docker daemon at tcp://docker.example:2375. Is the docker "
            "daemon running?");
    }
    if (stack(name) != nullptr || runs(name)) {
        return refuse(
            409, fmt::format("A stack with the normalized name '{}' already exists", name));
    }
    return std::nullopt;
}

StackRecord Portainer::new_record(const std::string& name, const std::string& swarm_id) {
    StackRecord record;
    record.id = next_stack_++;  // a failed create uses its id up
    record.name = name;
    record.swarm_id = swarm_id;
    record.created = unix_now();
    return record;
}

std::optional<std::string>
Portainer::clone(StackRecord& record, const std::string& user, const std::string& password) const {
    const std::string failed = "failed to clone git repository: ";
    const auto server = git_.find(record.git->url);
    if (server == git_.end()) {
        return failed + fmt::format(
                            "Get \"{}/info/refs?service=git-upload-pack\": dial tcp 192.0.2.1:443: "
                            "connect: connection refused",
                            record.git->url);
    }
    if (!server->second.opens(user, password)) {
        return "invalid git credential: authentication failed, please ensure that the git "
               "credentials are correct";
    }
    const auto* commit = server->second.at(record.git->reference);
    if (commit == nullptr) {
        return failed + "reference not found";
    }
    record.disk = commit->files;
    return std::nullopt;
}

std::string Portainer::head(const GitConfig& git) const {
    const auto server = git_.find(git.url);
    const auto* commit = server == git_.end() ? nullptr : server->second.at(git.reference);
    return commit == nullptr ? git.hash : commit->hash;
}

std::optional<std::string>
Portainer::deploy_now(const StackRecord& record, const EnvList& env, bool prune, bool pull) {
    const std::string note =
        "Since --detach=false was not specified, tasks will be created in the background.\n"
        "In a future release, --detach=false will become the default.\n";
    if (engine_down_) {
        return note +
               "Cannot connect to the Docker daemon at tcp://docker.example:2375. Is the docker "
               "daemon running?\n";
    }
    if (const auto failing = failing_.find(record.name);
        failing != failing_.end() && failing->second != 0) {
        failing->second -= failing->second > 0 ? 1 : 0;
        return note +
               "network \"gone\" is declared as external, but could not be found. You need to "
               "create a swarm-scoped network before the stack is deployed\n";
    }
    Deployment order;
    order.stack = record.name;
    order.entry_point = record.entry_point;
    order.files = record.disk;
    order.project_path = record.project();
    order.env = env;
    order.prune = prune;
    order.always_resolve = pull;
    return settings_.engine == nullptr ? deploy(swarm_, order) : settings_.engine->deploy(order);
}

void Portainer::undeploy_now(const std::string& stack) {
    if (settings_.engine == nullptr) {
        undeploy(swarm_, stack);
    } else {
        settings_.engine->undeploy(stack);
    }
}

bool Portainer::runs(const std::string& stack) const {
    return settings_.engine == nullptr ? stack_runs(swarm_, stack) : settings_.engine->runs(stack);
}

std::string Portainer::cluster_id() const {
    return settings_.engine == nullptr ? swarm_.id() : settings_.engine->cluster_id();
}

asio::awaitable<std::optional<std::string>>
Portainer::deploy_in_turn(StackRecord record, EnvList env, bool prune, bool pull) {
    const auto start = std::max(clock_.now().mono, lock_free_at_);
    const auto ready = start + settings_.deploy_time;
    lock_free_at_ = ready;
    (void)co_await clock_.sleep_until(start + settings_.deploy_time / 2);
    // Files are written before the lock: by now they may be another request's.
    if (const auto now = stacks_.find(record.id); now != stacks_.end()) {
        record.disk = now->second.disk;
    }
    auto problem = deploy_now(record, env, prune, pull);
    (void)co_await clock_.sleep_until(ready);
    co_return problem;
}

void Portainer::save(StackRecord record) {
    if (const auto now = stacks_.find(record.id); now != stacks_.end()) {
        record.disk = now->second.disk;
    }
    stacks_[record.id] = std::move(record);
}

const StackRecord* Portainer::stack(const std::string& name) const {
    const auto at = std::find_if(stacks_.begin(), stacks_.end(), [&](const auto& entry) {
        return entry.second.name == name;
    });
    return at == stacks_.end() ? nullptr : &at->second;
}

void Portainer::note(const std::string& stack, std::string what, bool by_hand) {
    const auto busy = under_way_->find(stack);
    const bool overlapped = busy != under_way_->end() && busy->second > 1;
    writes_.push_back({clock_.now(), stack, std::move(what), by_hand, overlapped});
}

}  // namespace wavegate::sandbox
