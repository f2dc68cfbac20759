#include "operator/sandbox/portainer/compose_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace wavegate::sandbox {
namespace {

using Kind = ComposeNode::Kind;

double ratio(const std::string& digits) {
    double value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

}  // namespace

json::object ComposeReader::labels(const ComposeNode& node, const std::string& where) const {
    json::object out;
    if (node) {
        for (const auto& [key, value] : table(node, where)) {
            out[key] = value;
        }
    }
    out["com.docker.stack.namespace"] = stack_;
    return out;
}

std::map<std::string, std::optional<std::string>> ComposeReader::variables(
    const ComposeNode& node,
    const std::string& where) const {
    std::map<std::string, std::optional<std::string>> out;
    if (node.is(Kind::List)) {
        for (const auto& entry : texts(node, where)) {
            const auto sign = entry.find('=');
            auto& value = out[entry.substr(0, sign)];
            value = std::nullopt;
            if (sign != std::string::npos) {
                value = entry.substr(sign + 1);
            }
        }
        return out;
    }
    for (const auto& [name, value] : node) {
        out[name] = std::nullopt;
        if (!value.is(Kind::Null)) {
            out[name] = text(value, inside(where, name));
        }
    }
    return out;
}

/// Entries are sorted; a bare name takes the value of the stack's Env and stays bare without one.
json::array ComposeReader::environment(const ComposeNode& node, const std::string& where) const {
    json::array out;
    for (const auto& [name, given] : variables(node, where)) {
        const auto* value = given ? &*given : env_value(env_, name);
        out.emplace_back(value == nullptr ? name : fmt::format("{}={}", name, *value));
    }
    return out;
}

json::object ComposeReader::container(const std::string& key, const ComposeNode& node) const {
    const auto where = "services." + key;
    json::object spec;
    const auto words = [&](const char* from, const char* to) {
        if (node[from]) {
            json::array list;
            for (auto& word : texts(node[from], inside(where, from))) {
                list.emplace_back(std::move(word));
            }
            spec[to] = std::move(list);
        }
    };
    words("command", "Args");
    words("entrypoint", "Command");
    spec["Env"] = environment(node["environment"], where + ".environment");
    if (const auto& check = node["healthcheck"]) {
        json::object health;
        if (check["interval"]) {
            health["Interval"] = nanos(check["interval"], where + ".healthcheck.interval");
        }
        spec["Healthcheck"] = std::move(health);
    }
    if (node["hostname"]) {
        spec["Hostname"] = text(node["hostname"], where + ".hostname");
    }
    spec["Image"] = text(node["image"], where + ".image");
    spec["Isolation"] = "default";
    spec["Labels"] = labels(node["labels"], where + ".labels");
    json::object privileges;
    privileges["CredentialSpec"] = nullptr;
    privileges["SELinuxContext"] = nullptr;
    spec["Privileges"] = std::move(privileges);
    return spec;
}

json::array ComposeReader::networks(const std::string& key, const ComposeNode& node) {
    std::vector<std::string> names;
    for (const auto& [name, item] : node) {
        names.push_back(name.empty() ? item.scalar : name);
    }
    if (names.empty()) {
        names.emplace_back("default");
        auto& network = file_.networks["default"];
        network.name = network.name.empty() ? stack_ + "_default" : network.name;
    }
    std::sort(names.begin(), names.end());
    json::array out;
    for (const auto& name : names) {
        const auto known = file_.networks.find(name);
        if (known == file_.networks.end()) {
            throw ComposeError{fmt::format("undefined network \"{}\"", name)};
        }
        json::object attachment;
        attachment["Target"] = known->second.name;
        // Predefined networks take no aliases.
        if (known->second.name != "host") {
            json::array aliases;
            aliases.emplace_back(key);
            attachment["Aliases"] = std::move(aliases);
        }
        out.emplace_back(std::move(attachment));
    }
    return out;
}

json::array ComposeReader::ports(const ComposeNode& node, const std::string& where) const {
    json::array out;
    for (const auto& [unused, item] : node) {
        json::object port;
        port["Protocol"] = "tcp";
        if (item.is(Kind::Map)) {
            port["TargetPort"] = number(item["target"], where + ".target");
            port["PublishedPort"] = number(item["published"], where + ".published");
            port["PublishMode"] = item["mode"] ? text(item["mode"], where) : "ingress";
        } else {
            const auto pair = text(item, where + ".[]");
            const auto colon = pair.find(':');
            port["TargetPort"] =
                whole(pair.substr(colon == std::string::npos ? 0 : colon + 1), where);
            if (colon != std::string::npos) {
                port["PublishedPort"] = whole(pair.substr(0, colon), where);
            }
            port["PublishMode"] = "ingress";
        }
        out.emplace_back(std::move(port));
    }
    return out;
}

json::object ComposeReader::update_config(const ComposeNode& node, const std::string& where) const {
    json::object config;
    config["Parallelism"] = 1;
    config["FailureAction"] = "pause";
    config["MaxFailureRatio"] = 0;
    config["Order"] = "stop-first";
    for (const auto& [key, value] : node) {
        const auto place = inside(where, key);
        if (key == "parallelism") {
            config["Parallelism"] = number(value, place);
        } else if (key == "failure_action") {
            config["FailureAction"] = text(value, place);
        } else if (key == "order") {
            config["Order"] = text(value, place);
        } else if (key == "monitor") {
            config["Monitor"] = nanos(value, place);
        } else if (key == "max_failure_ratio") {
            config["MaxFailureRatio"] = ratio(text(value, place));
        }
    }
    return config;
}

json::object ComposeReader::restart_policy(const ComposeNode& node, const std::string& where)
    const {
    json::object policy;
    policy["Condition"] = node["condition"] ? text(node["condition"], where) : "any";
    if (node["delay"]) {
        policy["Delay"] = nanos(node["delay"], where + ".delay");
    }
    return policy;
}

json::object ComposeReader::task(const std::string& key, const ComposeNode& node) {
    const auto where = "services." + key;
    const auto& deploy = node["deploy"];
    json::object placement;
    if (deploy && deploy["placement"] && deploy["placement"]["constraints"]) {
        json::array list;
        for (auto& rule : texts(deploy["placement"]["constraints"], where + ".deploy.placement")) {
            list.emplace_back(std::move(rule));
        }
        placement["Constraints"] = std::move(list);
    }
    json::object spec;
    spec["ContainerSpec"] = container(key, node);
    spec["ForceUpdate"] = 0;
    spec["Networks"] = networks(key, node["networks"]);
    spec["Placement"] = std::move(placement);
    spec["Resources"] = json::object();
    if (deploy && deploy["restart_policy"]) {
        spec["RestartPolicy"] =
            restart_policy(deploy["restart_policy"], where + ".deploy.restart_policy");
    }
    spec["Runtime"] = "container";
    return spec;
}

void ComposeReader::deploy_rules(
    json::object& spec,
    const ComposeNode& node,
    const std::string& where) const {
    json::object mode;
    if (node && node["mode"] && text(node["mode"], where + ".mode") == "global") {
        mode["Global"] = json::object();
    } else {
        json::object replicated;
        replicated["Replicas"] =
            node && node["replicas"] ? number(node["replicas"], where + ".replicas") : 1;
        mode["Replicated"] = std::move(replicated);
    }
    spec["Mode"] = std::move(mode);
    if (node && node["update_config"]) {
        spec["UpdateConfig"] = update_config(node["update_config"], where + ".update_config");
    }
    if (node && node["rollback_config"]) {
        spec["RollbackConfig"] = update_config(node["rollback_config"], where + ".rollback_config");
    }
}

}  // namespace wavegate::sandbox
