#include "operator/sandbox/portainer/busy.hpp"
#include "operator/sandbox/portainer/portainer.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace wavegate::sandbox {
namespace {

HttpResponse missing_endpoint() {
    return refuse(400, "Invalid query parameter: endpointId", "Missing query parameter");
}

HttpResponse unknown_endpoint(const char* what, int id) {
    return refuse(
        404,
        fmt::format("Unable to find the {} associated to the stack inside the database", what),
        fmt::format("Object not found inside the database (bucket=endpoints, key={})", id));
}

}  // namespace

HttpResponse Portainer::list_stacks(const Call& call) const {
    boost::system::error_code failed;
    const auto text = call.target.query.get("filters");
    const auto filters = json::parse(text.empty() ? "{}" : text, failed);
    if (failed || !filters.is_object()) {
        return refuse(400, "Invalid query parameter: filters", "unexpected EOF");
    }
    const auto swarm = text_field(filters.get_object(), "SwarmID");
    // EndpointID selects Compose stacks only, of which there are none here.
    const bool compose_only = swarm.empty() && field(filters.get_object(), "EndpointID") != nullptr;
    json::array all;
    for (const auto& [id, record] : stacks_) {
        if (!compose_only && (swarm.empty() || swarm == record.swarm_id)) {
            all.emplace_back(to_json(record, true));
        }
    }
    return give(all);
}

HttpResponse Portainer::stack_file(int id) const {
    const auto& record = stacks_.at(id);
    if (settings_.asynchronous && record.awaits_redeploy) {
        return refuse(409, "The git settings of the stack await a redeployment");
    }
    const auto file = record.disk.find(record.entry_point);
    if (file == record.disk.end()) {
        return refuse(
            500, "Unable to retrieve Compose file from disk", "no such file or directory");
    }
    json::object body;
    body["StackFileContent"] = file->second;
    return give(body);
}

asio::awaitable<HttpResponse> Portainer::create_string(Call& call) {
    std::string name;
    if (auto refused = refuse_create(call, name)) {
        co_return std::move(*refused);
    }
    const auto content = text_field(call.payload, "StackFileContent");
    if (content.empty()) {
        co_return refuse(400, "Invalid request payload", "Invalid stack file content");
    }
    const Busy busy(*this, name);
    auto record = new_record(name, text_field(call.payload, "SwarmID"));
    record.env = env_field(call.payload);
    record.disk[record.entry_point] = content;
    note(name, "create");
    if (settings_.asynchronous) {
        record.access = next_access_++;
        co_return begin(std::move(record), false, true, std::nullopt);
    }
    const auto env = record.env.value_or(EnvList());
    const auto problem = co_await deploy_in_turn(record, env, false, true);
    if (problem) {
        co_return refuse(500, *problem);
    }
    record.access = next_access_++;
    auto body = to_json(record, true);
    save(std::move(record));
    co_return give(body);
}

asio::awaitable<HttpResponse> Portainer::update_string(Call& call, int id) {
    if (!call.endpoint()) {
        co_return missing_endpoint();
    }
    if (*call.endpoint() != 1) {
        co_return unknown_endpoint("environment", *call.endpoint());
    }
    if (auto unreadable = read_payload(call)) {
        co_return std::move(*unreadable);
    }
    const auto content = text_field(call.payload, "stackFileContent");
    if (content.empty()) {
        co_return refuse(400, "Invalid request payload", "Invalid stack file content");
    }
    auto record = stacks_.at(id);
    const Busy busy(*this, record.name);
    note(record.name, "update");
    // The update takes a git stack off its repository.
    record.from_template = record.from_template || record.git.has_value();
    record.git.reset();
    record.awaits_redeploy = false;
    record.auto_update.reset();
    record.env = env_field(call.payload);
    const auto env = record.env.value_or(EnvList());
    const auto file = record.entry_point;
    const auto before = record.disk[file];
    stacks_.at(id).disk[file] = content;
    const bool prune = flag_field(call.payload, "prune");
    const bool pull = flag_field(call.payload, "pullImage");
    if (settings_.asynchronous) {
        co_return begin(std::move(record), prune, pull, before);
    }
    const auto problem = co_await deploy_in_turn(record, env, prune, pull);
    if (problem) {
        if (const auto now = stacks_.find(id); now != stacks_.end()) {
            now->second.disk[file] = before;
            now->second.updates_halted = now->second.git.has_value();
        }
        co_return refuse(500, *problem);
    }
    record.status = 1;
    record.updated = unix_now();
    auto body = to_json(record, false);
    save(std::move(record));
    co_return give(body);
}

asio::awaitable<HttpResponse> Portainer::start_stack(Call& call, int id) {
    if (!call.endpoint()) {
        co_return missing_endpoint();
    }
    auto record = stacks_.at(id);
    if (record.status == 1 || record.status == 4) {
        co_return refuse(
            409, fmt::format("A stack with the name '{}' is already running", record.name));
    }
    const Busy busy(*this, record.name);
    note(record.name, "start");
    if (settings_.asynchronous) {
        auto answer = begin(std::move(record), true, true, std::nullopt);
        arm_polling(id);
        co_return answer;
    }
    const auto env = record.env.value_or(EnvList());
    const auto problem = co_await deploy_in_turn(record, env, true, true);
    if (problem) {
        co_return refuse(500, *problem);
    }
    record.status = 1;
    auto body = to_json(record, false);
    save(std::move(record));
    arm_polling(id);
    co_return give(body);
}

HttpResponse Portainer::stop_stack(const Call& call, int id) {
    if (!call.endpoint()) {
        return missing_endpoint();
    }
    auto& record = stacks_.at(id);
    if (record.status == 2) {
        return refuse(400, "Stack is already inactive");
    }
    const Busy busy(*this, record.name);
    note(record.name, "stop");
    undeploy_now(record.name);
    record.status = 2;
    return give(to_json(record, false));
}

HttpResponse Portainer::delete_external(const Call& call, const std::string& name) {
    if (!call.endpoint()) {
        return missing_endpoint();
    }
    if (stack(name) != nullptr) {
        return refuse(
            400,
            "A stack with this name exists inside the database. Cannot use external delete method",
            "A tag already exists with this name");
    }
    note(name, "delete");
    undeploy_now(name);
    return HttpResponse(204);
}

HttpResponse Portainer::delete_stack(const Call& call, const std::string& id) {
    if (call.target.query.get("external") == "true") {
        return delete_external(call, id);
    }
    int number = 0;
    std::from_chars(id.data(), id.data() + id.size(), number);
    const auto record = stacks_.find(number);
    if (record == stacks_.end()) {
        return refuse(
            404,
            "Unable to find a stack with the specified identifier inside the database",
            fmt::format("Object not found inside the database (bucket=stacks, key={})", id));
    }
    if (const auto endpoint = call.endpoint().value_or(0); endpoint != 1) {
        return unknown_endpoint("endpoint", endpoint);
    }
    if (auto refused = deploying(number)) {
        return std::move(*refused);
    }
    if (engine_down_) {
        return refuse(
            500,
            "Cannot connect to the Docker daemon at tcp://docker.example:2375. Is the docker "
            "daemon running?\n");
    }
    note(record->second.name, "delete");
    undeploy_now(record->second.name);
    stacks_.erase(record);
    return HttpResponse(204);
}

}  // namespace wavegate::sandbox
