#include "operator/sandbox/portainer/compose_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
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

bool is_boolean(std::string_view text) {
    constexpr std::array<std::string_view, 6> words{
        "true", "True", "TRUE", "false", "False", "FALSE"};
    return std::ranges::find(words, text) != words.end();
}

bool is_number(std::string_view text) {
    return text.find_first_not_of("0123456789.") == std::string_view::npos &&
           text.find_first_of("0123456789") != std::string_view::npos &&
           std::ranges::count(text, '.') <= 1;
}

/// A number without quotes as Go prints it: 3.10 is 3.1, 010 is 8. Other text stays.
std::string printed(const std::string& text) {
    if (!is_number(text)) {
        return text;
    }
    const bool octal = text.size() > 1 && text.find_first_not_of("01234567") == std::string::npos;
    if (octal && text.front() == '0') {
        return std::to_string(std::stoull(text, nullptr, 8));
    }
    const bool whole = text.find('.') == std::string::npos && text.front() != '0';
    return whole ? text : fmt::format("{}", ratio(text));
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
    for (std::size_t i = 0; node.is(Kind::List) && i < node.children.size(); ++i) {
        const auto& item = node.children[i].value;
        const bool other = item.plain && (is_number(item.scalar) || is_boolean(item.scalar));
        if (!item.is(Kind::Scalar) || other) {
            throw ComposeError{fmt::format("{}.{} must be a string", where, i)};
        }
        const auto entry = text(item, where + ".[]");
        const auto sign = entry.find('=');
        auto& value = out[entry.substr(0, sign)];
        value = std::nullopt;
        if (sign != std::string::npos) {
            value = entry.substr(sign + 1);
        }
    }
    for (const auto& [name, value] : node.is(Kind::Map) ? node : ComposeNode()) {
        out[name] = variable(value, inside(where, name));
    }
    return out;
}

std::optional<std::string> ComposeReader::variable(
    const ComposeNode& value,
    const std::string& where) const {
    if (value.is(Kind::Null)) {
        return std::nullopt;
    }
    if (!value.is(Kind::Scalar) || (value.plain && is_boolean(value.scalar))) {
        throw ComposeError{where + " must be a string, number or null"};
    }
    // Variables are put into texts alone: what they hold is no number.
    const auto number = value.plain ? printed(value.scalar) : value.scalar;
    return number == value.scalar ? text(value, where) : number;
}

/// Entries are sorted; a bare name, and an empty value too, takes what the stack's Env has under
/// it, and stays as it is without that.
json::array ComposeReader::environment(const ComposeNode& node, const std::string& where) const {
    json::array out;
    for (const auto& [name, given] : variables(node, where)) {
        const auto* own = given ? &*given : nullptr;
        const auto* known = own == nullptr || own->empty() ? env_value(env_, name) : nullptr;
        const auto* value = known == nullptr ? own : known;
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
    process(spec, node, where);
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

bool ComposeReader::flag(const ComposeNode& node, const std::string& where) const {
    return node && text(node, where) == "true";
}

/// How the process is run and ended.
void ComposeReader::process(json::object& spec, const ComposeNode& node, const std::string& where)
    const {
    constexpr std::array<std::pair<const char*, const char*>, 3> texts{
        {{"working_dir", "Dir"}, {"stop_signal", "StopSignal"}, {"user", "User"}}};
    for (const auto& [from, to] : texts) {
        if (node[from]) {
            spec[to] = text(node[from], inside(where, from));
        }
    }
    constexpr std::array<std::pair<const char*, const char*>, 4> flags{
        {{"stdin_open", "OpenStdin"}, {"tty", "TTY"}, {"read_only", "ReadOnly"}, {"init", "Init"}}};
    for (const auto& [from, to] : flags) {
        if (flag(node[from], inside(where, from))) {
            spec[to] = true;
        }
    }
    if (node["sysctls"]) {
        json::object sysctls;
        for (const auto& [key, value] : table(node["sysctls"], where + ".sysctls")) {
            sysctls[key] = value;
        }
        spec["Sysctls"] = std::move(sysctls);
    }
    if (node["stop_grace_period"]) {
        spec["StopGracePeriod"] = nanos(node["stop_grace_period"], where + ".stop_grace_period");
    }
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
