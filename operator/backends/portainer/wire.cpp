#include "operator/backends/portainer/wire.hpp"

#include "operator/backends/portainer/fields.hpp"
#include "operator/base/secret.hpp"
#include "operator/base/text.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace wavegate::portainer {
namespace {

// Environment types: Docker by socket or TCP, by agent, by edge agent.
constexpr std::array<std::int64_t, 3> kDockerTypes{1, 2, 4};
constexpr std::int64_t kSwarmStack = 1;

GitSource git_source(const json::object& stack, const json::object& config) {
    GitSource git;
    git.url = text_at(config, {"URL"});
    git.reference = text_at(config, {"ReferenceName"});
    git.config_path = text_at(config, {"ConfigFilePath"});
    git.config_hash = text_at(config, {"ConfigHash"});
    if (const auto* known = object_at(config, {"Authentication"})) {
        git.authenticated = true;
        git.username = text_at(*known, {"Username"});
    }
    git.auto_update = object_at(stack, {"AutoUpdate"}) != nullptr;
    git.tls_skip_verify = flag_at(config, {"TLSSkipVerify"});
    return git;
}

StackEnv stack_env(const json::object& stack) {
    StackEnv env;
    const auto* list = array_at(stack, {"Env"});
    if (list == nullptr) {
        return env;
    }
    for (const auto& item : *list) {
        if (const auto* pair = item.if_object()) {
            env.push_back({text_at(*pair, {"name"}), make_secret(text_at(*pair, {"value"}))});
        }
    }
    return env;
}

std::vector<std::string> additional_files(const json::object& stack) {
    std::vector<std::string> files;
    const auto* list = array_at(stack, {"AdditionalFiles"});
    for (const auto& item : list == nullptr ? json::array() : *list) {
        if (item.is_string()) {
            files.emplace_back(item.get_string());
        }
    }
    return files;
}

/// Generation B keeps the CLI's words in the last entry; the last line is the reason.
std::string last_line(const json::object& stack) {
    const auto* list = array_at(stack, {"DeploymentStatus"});
    if (list == nullptr || list->empty()) {
        return {};
    }
    const auto* last = list->back().if_object();
    auto text = last == nullptr ? std::string() : text_at(*last, {"Message"});
    while (!text.empty() && text.back() == '\n') {
        text.pop_back();
    }
    const auto end = text.rfind('\n');
    return end == std::string::npos ? text : text.substr(end + 1);
}

json::array env_json(const StackEnv& env) {
    json::array list;
    for (const auto& entry : env) {
        json::object pair;
        pair["name"] = entry.name;
        entry.value->reveal([&](std::string_view value) { pair["value"] = value; });
        list.emplace_back(std::move(pair));
    }
    return list;
}

}  // namespace

Result<json::value> parse_body(std::string_view body) {
    auto value = formats::parse_json(body);
    if (!value) {
        return Error(ErrorKind::Protocol, "portainer: answer is not JSON");
    }
    return std::move(*value);
}

Result<int> environment_id(const json::value& endpoints, std::string_view name) {
    if (!endpoints.is_array()) {
        return malformed("a list of environments");
    }
    for (const auto& item : endpoints.get_array()) {
        const auto* environment = item.if_object();
        if (environment == nullptr || text_at(*environment, {"Name"}) != name) {
            continue;
        }
        const auto type = number_at(*environment, {"Type"});
        if (std::find(kDockerTypes.begin(), kDockerTypes.end(), type) == kDockerTypes.end()) {
            return Error(ErrorKind::Invalid, "portainer: environment is not a Docker environment");
        }
        return static_cast<int>(number_at(*environment, {"Id"}));
    }
    return Error(ErrorKind::NotFound, "portainer: no environment of the configured name");
}

Result<std::string> swarm_id(const json::value& swarm) {
    const auto* object = swarm.if_object();
    auto id = object == nullptr ? std::string() : text_at(*object, {"ID"});
    if (id.empty()) {
        return malformed("a Swarm ID");
    }
    return id;
}

Result<StackView> stack_view(const json::value& stack) {
    const auto* object = stack.if_object();
    if (object == nullptr) {
        return malformed("a stack");
    }
    StackView view;
    view.id = static_cast<int>(number_at(*object, {"Id"}));
    view.name = text_at(*object, {"Name"});
    const auto status = number_at(*object, {"Status"});
    if (view.id == 0 || view.name.empty() || status < 1 || status > 4) {
        return malformed("a stack's Id, Name or Status");
    }
    view.status = static_cast<StackStatus>(status);
    if (const auto* config = object_at(*object, {"GitConfig"})) {
        view.kind = StackKind::Git;
        view.git = git_source(*object, *config);
    }
    view.env = stack_env(*object);
    view.additional_files = additional_files(*object);
    view.prune = flag_at(*object, {"Option", "Prune"});
    view.update_date = number_at(*object, {"UpdateDate"});
    if (view.status == StackStatus::Error) {
        view.deployment_error = last_line(*object);
    }
    return view;
}

Result<std::vector<StackView>> stack_views(const json::value& stacks, int environment) {
    if (!stacks.is_array()) {
        return malformed("a list of stacks");
    }
    std::vector<StackView> views;
    for (const auto& item : stacks.get_array()) {
        const auto* object = item.if_object();
        const bool ours = object != nullptr && number_at(*object, {"Type"}) == kSwarmStack &&
                          number_at(*object, {"EndpointId"}) == environment;
        if (object != nullptr && !ours) {
            continue;
        }
        auto view = stack_view(item);
        if (!view) {
            return view.take_error();
        }
        views.push_back(std::move(*view));
    }
    return views;
}

Result<std::string> stack_file(const json::value& file) {
    const auto* object = file.if_object();
    const auto* content = object == nullptr ? nullptr : object->if_contains("StackFileContent");
    if (content == nullptr || !content->is_string()) {
        return malformed("StackFileContent");
    }
    return std::string(content->get_string());
}

std::string docker_filters(const std::string& name, const std::string& value) {
    json::array values;
    values.emplace_back(value);
    json::object out;
    out[name] = std::move(values);
    return "filters=" + percent_encode(json::serialize(out));
}

std::string stack_body(const StackWrite& write) {
    json::object body;
    if (const auto* file = std::get_if<std::string>(&write.deploys)) {
        body["stackFileContent"] = *file;
        body["env"] = env_json(write.env);
        body["prune"] = write.prune;
        body["pullImage"] = write.pull_image;
        return json::serialize(body);
    }
    // Generation A empties whatever is left out; an empty password keeps the stored one.
    const auto& git = std::get<KeptGit>(write.deploys);
    body["RepositoryReferenceName"] = git.reference;
    body["RepositoryAuthentication"] = git.authenticated;
    body["RepositoryUsername"] = git.username;
    body["RepositoryPassword"] = "";
    body["Env"] = env_json(write.env);
    body["Prune"] = write.prune;
    body["PullImage"] = write.pull_image;
    return json::serialize(body);
}

}  // namespace wavegate::portainer
