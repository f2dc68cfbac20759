#include "operator/sandbox/portainer/compose.hpp"

#include "operator/base/time.hpp"
#include "operator/sandbox/portainer/compose_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace wavegate::sandbox {
namespace {

using Kind = ComposeNode::Kind;

constexpr std::array<std::string_view, 53> kServiceKeys{
    "build",
    "cap_add",
    "cap_drop",
    "cgroup_parent",
    "cgroupns_mode",
    "command",
    "configs",
    "container_name",
    "credential_spec",
    "depends_on",
    "deploy",
    "devices",
    "dns",
    "dns_search",
    "domainname",
    "entrypoint",
    "env_file",
    "environment",
    "expose",
    "external_links",
    "extra_hosts",
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
    "oom_score_adj",
    "pid",
    "ports",
    "privileged",
    "read_only",
    "restart",
    "secrets",
    "security_opt",
    "shm_size",
    "stdin_open",
    "stop_grace_period",
    "stop_signal",
    "sysctls",
    "tmpfs",
    "tty",
    "ulimits",
    "user",
    "userns_mode",
    "volumes",
    "working_dir"};

}  // namespace

std::string inside(const std::string& where, std::string_view key) {
    return fmt::format("{}.{}", where, key);
}

std::string ComposeReader::text(const ComposeNode& node, const std::string& where) const {
    if (!node.is(Kind::Scalar)) {
        return {};
    }
    std::string error;
    auto value = substitute(node.scalar, env_, error);
    if (!value) {
        throw ComposeError{fmt::format(
            "invalid interpolation format for {}: \"{}\"; you may need to escape any $ with "
            "another $",
            where,
            error)};
    }
    return *value;
}

std::vector<std::string> ComposeReader::texts(const ComposeNode& node, const std::string& where)
    const {
    std::vector<std::string> out;
    if (node.is(Kind::Scalar)) {
        out.push_back(text(node, where));
    }
    for (const auto& [unused, item] : node) {
        out.push_back(text(item, where + ".[]"));
    }
    return out;
}

/// A map, or a list of `key=value`.
std::map<std::string, std::string> ComposeReader::table(
    const ComposeNode& node,
    const std::string& where) const {
    std::map<std::string, std::string> out;
    if (node.is(Kind::List)) {
        for (const auto& entry : texts(node, where)) {
            const auto sign = entry.find('=');
            out[entry.substr(0, sign)] =
                sign == std::string::npos ? std::string() : entry.substr(sign + 1);
        }
        return out;
    }
    for (const auto& [key, value] : node) {
        out[key] = text(value, inside(where, key));
    }
    return out;
}

std::int64_t ComposeReader::whole(std::string_view digits, const std::string& where) {
    std::int64_t value = 0;
    const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (code != std::errc() || end != digits.data() + digits.size()) {
        throw ComposeError{where + " must be a integer"};
    }
    return value;
}

std::int64_t ComposeReader::number(const ComposeNode& node, const std::string& where) const {
    return whole(text(node, where), where);
}

std::int64_t ComposeReader::nanos(const ComposeNode& node, const std::string& where) const {
    const auto given = parse_duration(text(node, where));
    if (!given) {
        throw ComposeError{where + " is not a duration"};
    }
    return given->count() * 1'000'000;
}

std::vector<std::string> ComposeReader::sources(const ComposeNode& node, const std::string& where)
    const {
    std::vector<std::string> out;
    for (const auto& [unused, item] : node) {
        out.push_back(text(item.is(Kind::Map) ? item["source"] : item, where));
    }
    return out;
}

void ComposeReader::service(const std::string& key, const ComposeNode& node) {
    const auto where = "services." + key;
    if (!node.is(Kind::Map)) {
        throw ComposeError{where + " must be a mapping"};
    }
    for (const auto& [name, value] : node) {
        const bool known =
            name.starts_with("x-") || std::ranges::find(kServiceKeys, name) != kServiceKeys.end();
        if (!known) {
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
    const auto& deploy = node["deploy"];
    json::object endpoint;
    endpoint["Mode"] = "vip";
    if (node["ports"]) {
        endpoint["Ports"] = ports(node["ports"], where + ".ports");
    }
    json::object spec;
    spec["EndpointSpec"] = std::move(endpoint);
    auto marks = labels(deploy["labels"], where + ".deploy.labels");
    marks["com.docker.stack.image"] = text(node["image"], where + ".image");
    spec["Labels"] = std::move(marks);
    deploy_rules(spec, deploy, where + ".deploy");
    spec["Name"] = stack_ + "_" + key;
    spec["TaskTemplate"] = task(key, node);
    file_.service_secrets[key] = sources(node["secrets"], where + ".secrets");
    file_.service_configs[key] = sources(node["configs"], where + ".configs");
    file_.services[key] = std::move(spec);
}

std::map<std::string, ComposeObject> ComposeReader::objects(
    const ComposeNode& node,
    const std::string& kind) const {
    std::map<std::string, ComposeObject> out;
    for (const auto& [key, value] : node) {
        const auto where = inside(kind, key);
        ComposeObject object;
        object.name = stack_ + "_" + key;
        if (value.is(Kind::Map)) {
            const auto& external = value["external"];
            object.external =
                external && external.is(Kind::Scalar) && text(external, where) == "true";
            object.name = object.external ? key : object.name;
            if (value["name"]) {
                object.name = text(value["name"], where + ".name");
            }
            if (value["file"]) {
                object.file = text(value["file"], where + ".file");
            }
        }
        out[key] = std::move(object);
    }
    return out;
}

ComposeFile ComposeReader::read(std::string_view text) {
    const auto root = parse_compose_text(text);
    if (!root.is(Kind::Map)) {
        throw ComposeError{"top-level object must be a mapping"};
    }
    file_.networks = objects(root["networks"], "networks");
    file_.secrets = objects(root["secrets"], "secrets");
    file_.configs = objects(root["configs"], "configs");
    for (const auto& [key, node] : root["services"]) {
        service(key, node);
    }
    return std::move(file_);
}

ComposeFile read_compose_file(
    std::string_view text,
    const std::string& stack,
    const EnvList& env,
    const std::string& project_path) {
    return ComposeReader(stack, env, project_path).read(text);
}

}  // namespace wavegate::sandbox
