#include "operator/sandbox/portainer/compose.hpp"

#include "operator/base/time.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <set>

namespace wavegate::sandbox {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 42> kServiceKeys{
    "build",
    "cap_add",
    "cap_drop",
    "cgroup_parent",
    "command",
    "configs",
    "container_name",
    "deploy",
    "depends_on",
    "devices",
    "dns",
    "dns_search",
    "domainname",
    "entrypoint",
    "env_file",
    "environment",
    "expose",
    "extra_hosts",
    "external_links",
    "healthcheck",
    "hostname",
    "image",
    "init",
    "ipc",
    "isolation",
    "labels",
    "links",
    "logging",
    "mac_address",
    "network_mode",
    "networks",
    "pid",
    "ports",
    "privileged",
    "read_only",
    "restart",
    "secrets",
    "stop_grace_period",
    "tmpfs",
    "ulimits",
    "user",
    "volumes"};

/// Interpolated text of a scalar; `where` is the CLI's name of the place.
class Reader {
  public:
    Reader(std::string stack, const EnvList& env, std::string project)
        : stack_(std::move(stack)), env_(env), project_(std::move(project)) {}

    ComposeFile read(std::string_view text);

  private:
    std::string text(const YAML::Node& node, const std::string& where) const;
    std::vector<std::string> texts(const YAML::Node& node, const std::string& where) const;
    std::map<std::string, std::string> table(const YAML::Node& node, const std::string& where)
        const;
    std::map<std::string, ComposeObject> objects(const YAML::Node& node, const std::string& kind)
        const;

    void service(const std::string& key, const YAML::Node& node);
    json::object container(const std::string& key, const YAML::Node& node) const;
    json::array environment(const YAML::Node& node, const std::string& where) const;
    json::array networks(const std::string& key, const YAML::Node& node);
    json::array ports(const YAML::Node& node, const std::string& where) const;
    json::object task(const std::string& key, const YAML::Node& node);
    void deploy_rules(json::object& spec, const YAML::Node& node, const std::string& where) const;
    json::object update_config(const YAML::Node& node, const std::string& where) const;
    json::object restart_policy(const YAML::Node& node, const std::string& where) const;
    json::object labels(const YAML::Node& node, const std::string& where) const;
    std::int64_t number(const YAML::Node& node, const std::string& where) const;
    std::int64_t nanos(const YAML::Node& node, const std::string& where) const;
    std::vector<std::string> sources(const YAML::Node& node, const std::string& where) const;

    std::string stack_;
    const EnvList& env_;
    std::string project_;
    ComposeFile file_;
};

std::string Reader::text(const YAML::Node& node, const std::string& where) const {
    if (!node.IsScalar()) {
        return {};
    }
    std::string error;
    auto value = substitute(node.Scalar(), env_, error);
    if (!value) {
        throw ComposeError{fmt::format(
            "invalid interpolation format for {}: \"{}\"; you may need to escape any $ with "
            "another $",
            where,
            error)};
    }
    return *value;
}

std::vector<std::string> Reader::texts(const YAML::Node& node, const std::string& where) const {
    std::vector<std::string> out;
    if (node.IsScalar()) {
        out.push_back(text(node, where));
    }
    for (const auto& item : node) {
        out.push_back(text(item, where + ".[]"));
    }
    return out;
}

/// A map, or a list of `key=value`.
std::map<std::string, std::string> Reader::table(const YAML::Node& node, const std::string& where)
    const {
    std::map<std::string, std::string> out;
    if (node.IsSequence()) {
        for (const auto& entry : texts(node, where)) {
            const auto sign = entry.find('=');
            out[entry.substr(0, sign)] =
                sign == std::string::npos ? std::string() : entry.substr(sign + 1);
        }
        return out;
    }
    for (const auto& entry : node) {
        const auto key = entry.first.Scalar();
        out[key] = text(entry.second, where + "." + key);
    }
    return out;
}

json::object Reader::labels(const YAML::Node& node, const std::string& where) const {
    json::object out;
    if (node) {
        for (const auto& [key, value] : table(node, where)) {
            out[key] = value;
        }
    }
    out["com.docker.stack.namespace"] = stack_;
    return out;
}

std::int64_t Reader::number(const YAML::Node& node, const std::string& where) const {
    const auto digits = text(node, where);
    std::int64_t value = 0;
    const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (code != std::errc() || end != digits.data() + digits.size()) {
        throw ComposeError{where + " must be a integer"};
    }
    return value;
}

std::int64_t Reader::nanos(const YAML::Node& node, const std::string& where) const {
    const auto given = parse_duration(text(node, where));
    if (!given) {
        throw ComposeError{where + " is not a duration"};
    }
    return given->count() * 1'000'000;
}

/// Entries are sorted; a bare name takes the value of the stack's Env and stays bare without one.
json::array Reader::environment(const YAML::Node& node, const std::string& where) const {
    std::map<std::string, std::optional<std::string>> entries;
    const auto add = [&](const std::string& name, std::optional<std::string> value) {
        if (!value) {
            const auto* known = env_value(env_, name);
            value = known == nullptr ? std::nullopt : std::optional(*known);
        }
        entries[name] = std::move(value);
    };
    if (node && node.IsSequence()) {
        for (const auto& entry : texts(node, where)) {
            const auto sign = entry.find('=');
            add(entry.substr(0, sign),
                sign == std::string::npos ? std::nullopt : std::optional(entry.substr(sign + 1)));
        }
    } else if (node) {
        for (const auto& entry : node) {
            const auto name = entry.first.Scalar();
            add(name,
                entry.second.IsNull() ? std::nullopt
                                      : std::optional(text(entry.second, where + "." + name)));
        }
    }
    json::array out;
    for (const auto& [name, value] : entries) {
        out.emplace_back(value ? name + "=" + *value : name);
    }
    return out;
}

json::object Reader::container(const std::string& key, const YAML::Node& node) const {
    const auto where = "services." + key;
    json::object spec;
    const auto words = [&](const char* from, const char* to) {
        if (node[from]) {
            json::array list;
            for (auto& word : texts(node[from], where + "." + from)) {
                list.emplace_back(std::move(word));
            }
            spec[to] = std::move(list);
        }
    };
    words("command", "Args");
    words("entrypoint", "Command");
    spec["Env"] = environment(node["environment"], where + ".environment");
    if (const auto check = node["healthcheck"]) {
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

json::array Reader::networks(const std::string& key, const YAML::Node& node) {
    std::vector<std::string> names;
    for (const auto& item : node) {
        names.push_back(item.IsScalar() ? item.Scalar() : item.first.Scalar());
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

json::array Reader::ports(const YAML::Node& node, const std::string& where) const {
    json::array out;
    for (const auto& item : node) {
        json::object port;
        port["Protocol"] = "tcp";
        if (item.IsMap()) {
            port["TargetPort"] = number(item["target"], where + ".target");
            port["PublishedPort"] = number(item["published"], where + ".published");
            port["PublishMode"] = item["mode"] ? text(item["mode"], where) : "ingress";
        } else {
            const auto pair = text(item, where + ".[]");
            const auto colon = pair.find(':');
            port["TargetPort"] =
                std::stoll(pair.substr(colon == std::string::npos ? 0 : colon + 1));
            if (colon != std::string::npos) {
                port["PublishedPort"] = std::stoll(pair.substr(0, colon));
            }
            port["PublishMode"] = "ingress";
        }
        out.emplace_back(std::move(port));
    }
    return out;
}

json::object Reader::update_config(const YAML::Node& node, const std::string& where) const {
    json::object config;
    config["Parallelism"] = 1;
    config["FailureAction"] = "pause";
    config["MaxFailureRatio"] = 0;
    config["Order"] = "stop-first";
    for (const auto& entry : node) {
        const auto key = entry.first.Scalar();
        const auto place = where + "." + key;
        if (key == "parallelism") {
            config["Parallelism"] = number(entry.second, place);
        } else if (key == "failure_action") {
            config["FailureAction"] = text(entry.second, place);
        } else if (key == "order") {
            config["Order"] = text(entry.second, place);
        } else if (key == "monitor") {
            config["Monitor"] = nanos(entry.second, place);
        } else if (key == "max_failure_ratio") {
            config["MaxFailureRatio"] = entry.second.as<double>();
        }
    }
    return config;
}

json::object Reader::restart_policy(const YAML::Node& node, const std::string& where) const {
    json::object policy;
    policy["Condition"] = node["condition"] ? text(node["condition"], where) : "any";
    if (node["delay"]) {
        policy["Delay"] = nanos(node["delay"], where + ".delay");
    }
    return policy;
}

json::object Reader::task(const std::string& key, const YAML::Node& node) {
    const auto where = "services." + key;
    const auto deploy = node["deploy"];
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

void Reader::deploy_rules(json::object& spec, const YAML::Node& node, const std::string& where)
    const {
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

std::vector<std::string> Reader::sources(const YAML::Node& node, const std::string& where) const {
    std::vector<std::string> out;
    for (const auto& item : node) {
        out.push_back(text(item.IsMap() ? item["source"] : item, where));
    }
    return out;
}

void Reader::service(const std::string& key, const YAML::Node& node) {
    const auto where = "services." + key;
    if (!node.IsMap()) {
        throw ComposeError{where + " must be a mapping"};
    }
    for (const auto& entry : node) {
        const auto name = entry.first.Scalar();
        if (std::find(kServiceKeys.begin(), kServiceKeys.end(), name) == kServiceKeys.end()) {
            throw ComposeError{
                fmt::format("{} Additional property {} is not allowed", where, name)};
        }
    }
    if (node["env_file"]) {
        // The CLI looks beside the file, where Portainer puts no stack.env for Swarm.
        const auto files = texts(node["env_file"], where + ".env_file");
        throw ComposeError{
            fmt::format("open {}/{}: no such file or directory", project_, files.front())};
    }
    const auto deploy = node["deploy"];
    json::object endpoint;
    endpoint["Mode"] = "vip";
    if (node["ports"]) {
        endpoint["Ports"] = ports(node["ports"], where + ".ports");
    }
    json::object spec;
    spec["EndpointSpec"] = std::move(endpoint);
    auto marks = labels(deploy ? deploy["labels"] : YAML::Node(), where + ".deploy.labels");
    marks["com.docker.stack.image"] = text(node["image"], where + ".image");
    spec["Labels"] = std::move(marks);
    deploy_rules(spec, deploy, where + ".deploy");
    spec["Name"] = stack_ + "_" + key;
    spec["TaskTemplate"] = task(key, node);
    file_.service_secrets[key] = sources(node["secrets"], where + ".secrets");
    file_.service_configs[key] = sources(node["configs"], where + ".configs");
    file_.services[key] = std::move(spec);
}

std::map<std::string, ComposeObject> Reader::objects(
    const YAML::Node& node,
    const std::string& kind) const {
    std::map<std::string, ComposeObject> out;
    for (const auto& entry : node) {
        const auto key = entry.first.Scalar();
        const auto where = kind + "." + key;
        ComposeObject object;
        object.name = stack_ + "_" + key;
        if (entry.second.IsMap()) {
            const auto& external = entry.second["external"];
            object.external = external && external.IsScalar() && text(external, where) == "true";
            object.name = object.external ? key : object.name;
            if (entry.second["name"]) {
                object.name = text(entry.second["name"], where + ".name");
            }
            if (entry.second["file"]) {
                object.file = text(entry.second["file"], where + ".file");
            }
        }
        out[key] = std::move(object);
    }
    return out;
}

/// yaml-cpp's complaint in the words of the CLI's parser, which counts lines its own way.
ComposeError broken(std::string_view text, const YAML::Exception& problem) {
    const auto open = std::min(text.rfind('['), text.size());
    const auto lines =
        std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(open), '\n');
    if (open < text.size()) {
        return {fmt::format(
            "yaml: line {}: did not find expected ',' or ']'", std::max<std::ptrdiff_t>(1, lines))};
    }
    return {fmt::format("yaml: line {}: could not find expected ':'", problem.mark.line + 1)};
}

ComposeFile Reader::read(std::string_view content) {
    YAML::Node root;
    try {
        root = YAML::Load(std::string(content));
    } catch (const YAML::Exception& problem) {
        throw broken(content, problem);
    }
    if (!root.IsMap()) {
        throw ComposeError{"top-level object must be a mapping"};
    }
    file_.networks = objects(root["networks"], "networks");
    file_.secrets = objects(root["secrets"], "secrets");
    file_.configs = objects(root["configs"], "configs");
    for (const auto& entry : root["services"]) {
        service(entry.first.Scalar(), entry.second);
    }
    return std::move(file_);
}

}  // namespace

ComposeFile read_compose_file(
    std::string_view text,
    const std::string& stack,
    const EnvList& env,
    const std::string& project_path) {
    try {
        return Reader(stack, env, project_path).read(text);
    } catch (const YAML::Exception& problem) {
        throw broken(text, problem);
    }
}

}  // namespace wavegate::sandbox
