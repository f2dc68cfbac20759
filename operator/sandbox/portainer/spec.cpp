#include "operator/sandbox/portainer/swarm.hpp"

#include <boost/json/value.hpp>
#include <boost/json/value_to.hpp>

namespace wavegate::sandbox {
namespace {

const json::value* value_at(const json::object& from, std::initializer_list<const char*> path) {
    const json::object* here = &from;
    const json::value* found = nullptr;
    for (const char* name : path) {
        if (here == nullptr) {
            return nullptr;
        }
        found = here->if_contains(name);
        if (found == nullptr) {
            return nullptr;
        }
        here = found->if_object();
    }
    return found;
}

void append_texts(std::vector<std::string>& out, const json::value* list) {
    if (list == nullptr || !list->is_array()) {
        return;
    }
    for (const auto& item : list->get_array()) {
        out.emplace_back(item.as_string());
    }
}

}  // namespace

std::string_view to_string(TaskState state) {
    constexpr std::array<std::string_view, 11> names{
        "new",
        "pending",
        "assigned",
        "preparing",
        "ready",
        "starting",
        "running",
        "complete",
        "shutdown",
        "failed",
        "rejected"};
    return names.at(static_cast<std::size_t>(state));
}

std::string_view to_string(DesiredState state) {
    constexpr std::array<std::string_view, 4> names{"ready", "running", "shutdown", "remove"};
    return names.at(static_cast<std::size_t>(state));
}

const json::object* at_path(const json::object& from, std::initializer_list<const char*> path) {
    const auto* found = value_at(from, path);
    return found == nullptr ? nullptr : found->if_object();
}

std::string text_at(const json::object& from, std::initializer_list<const char*> path) {
    const auto* found = value_at(from, path);
    const auto* text = found == nullptr ? nullptr : found->if_string();
    return text == nullptr ? std::string() : std::string(*text);
}

UpdatePolicy policy_of(const json::object& spec, bool rollback) {
    UpdatePolicy policy;
    const auto* config = at_path(spec, {rollback ? "RollbackConfig" : "UpdateConfig"});
    if (config == nullptr) {
        return policy;
    }
    if (const auto* given = config->if_contains("Parallelism")) {
        policy.parallelism = given->to_number<std::uint64_t>();
    }
    if (const auto* given = config->if_contains("Monitor")) {
        const auto nanos = given->to_number<std::int64_t>();
        policy.monitor = nanos > 0 ? Duration(nanos / 1'000'000) : policy.monitor;
    }
    if (const auto* given = config->if_contains("MaxFailureRatio")) {
        policy.max_failure_ratio = given->to_number<double>();
    }
    const auto action = text_at(*config, {"FailureAction"});
    policy.failure_action = action.empty() ? policy.failure_action : action;
    policy.start_first = text_at(*config, {"Order"}) == "start-first";
    return policy;
}

std::uint64_t replicas_of(const json::object& spec, std::size_t nodes) {
    if (at_path(spec, {"Mode", "Global"}) != nullptr) {
        return nodes;
    }
    const auto* replicas = value_at(spec, {"Mode", "Replicated", "Replicas"});
    return replicas == nullptr ? 1 : replicas->to_number<std::uint64_t>();
}

std::map<std::string, std::string> env_of(const json::object& task_spec) {
    std::map<std::string, std::string> env;
    std::vector<std::string> entries;
    append_texts(entries, value_at(task_spec, {"ContainerSpec", "Env"}));
    for (const auto& entry : entries) {
        // A bare name is no entry for the process.
        if (const auto sign = entry.find('='); sign != std::string::npos) {
            env[entry.substr(0, sign)] = entry.substr(sign + 1);
        }
    }
    return env;
}

std::vector<std::string> command_of(const json::object& task_spec) {
    std::vector<std::string> words;
    append_texts(words, value_at(task_spec, {"ContainerSpec", "Command"}));
    append_texts(words, value_at(task_spec, {"ContainerSpec", "Args"}));
    return words;
}

}  // namespace wavegate::sandbox
