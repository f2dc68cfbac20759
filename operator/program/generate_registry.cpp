#include "operator/program/agents_folder.hpp"
#include "operator/program/generate.hpp"
#include "operator/program/generated_files.hpp"
#include "operator/program/registry_input.hpp"
#include "operator/render/names.hpp"
#include "operator/render/registry.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <memory>
#include <utility>

namespace wavegate::program {
namespace {

struct RegistryOptions : GenerateOptions {
    std::string agents_dir;
    std::string out = "-";
    std::string allocated_ports;
    std::string image_prefix = "knucklessg1";
    bool compat = false;
};

/// The first script that starts an MCP server (upstream.md §4).
const formats::PyProject::Script* server_of(const AgentPackage& agent) {
    for (const auto& script : agent.project.scripts) {
        if (agent.serves && script.target.ends_with("mcp_server:mcp_server")) {
            return &script;
        }
    }
    return nullptr;
}

Result<std::vector<render::Connector>> connectors_of(const std::vector<AgentPackage>& agents) {
    std::vector<render::Connector> out;
    std::map<std::string, std::string> first;
    for (const auto& agent : agents) {
        const auto* script = server_of(agent);
        if (script == nullptr) {
            continue;
        }
        const auto& name = agent.project.name;
        if (!render::is_component(script->name)) {
            return wrong_input(
                agent.file,
                script->line,
                "project.scripts",
                "a service's name must be small letters, digits and . _ -");
        }
        if (!render::is_component(name.text)) {
            return wrong_input(
                agent.file, name.line, "project.name", "must be small letters, digits and . _ -");
        }
        const auto [other, is_new] = first.emplace(script->name, agent.file);
        if (!is_new) {
            return wrong_input(
                agent.file,
                script->line,
                "project.scripts",
                fmt::format("{} is a script of {} already", script->name, other->second));
        }
        out.push_back({script->name, name.text, 0});
    }
    return out;
}

/// Ports that a registry publishes already; false: it can't be read, which is told.
bool keep_ports(
    const Globals& globals,
    const std::string& registry,
    std::vector<render::Connector>& connectors) {
    const auto entries = read_registry_file(globals, registry);
    if (!entries) {
        return false;
    }
    std::map<std::string, int> ports;
    for (const auto& entry : *entries) {
        ports.emplace(entry.name, entry.host_port);
    }
    for (auto& one : connectors) {
        const auto at = ports.find(one.name);
        one.host_port = at == ports.end() ? 0 : at->second;
    }
    return true;
}

int generate_registry(const Globals& globals, const RegistryOptions& options) {
    if (!render::is_image_prefix(options.image_prefix)) {
        return refuse(
            globals, {ErrorKind::Invalid, "--image-prefix: must be letters, digits and . _ : / -"});
    }
    auto agents = read_agents(options.agents_dir);
    auto connectors =
        agents ? connectors_of(*agents) : Result<std::vector<render::Connector>>(agents.error());
    if (!connectors) {
        return refuse(globals, connectors.error());
    }
    const bool named = !options.allocated_ports.empty();
    const auto& ports = named ? options.allocated_ports : options.out;
    if (named || (ports != "-" && std::filesystem::exists(ports))) {
        if (!keep_ports(globals, ports, *connectors)) {
            return client::kExitError;
        }
    }
    if (!render::give_ports(*connectors)) {
        return refuse(globals, {ErrorKind::Invalid, "there is no port left for all services"});
    }
    return place_file(
        globals,
        options.out,
        render::registry_text(*connectors, options.image_prefix, options.compat),
        options);
}

}  // namespace

void add_generate_registry(CLI::App& generate, Globals& globals) {
    auto options = std::make_shared<RegistryOptions>();
    auto* command = generate.add_subcommand(
        "registry", "the fleet's registry, of the packages below the agents folder");
    command->add_option("--agents-dir", options->agents_dir, "the folder of the packages")
        ->required()
        ->option_text("DIR");
    command->add_option("--out", options->out, "the registry; - is the standard output")
        ->option_text("FILE")
        ->capture_default_str();
    command
        ->add_option(
            "--allocated-ports",
            options->allocated_ports,
            "the registry whose ports are kept, if it is not the one that is written")
        ->option_text("FILE");
    command->add_option("--image-prefix", options->image_prefix, "before the package's name")
        ->capture_default_str();
    command->add_flag(
        "--compat",
        options->compat,
        "with the head that agent-utilities' generator writes; without a mark, so that one that "
        "differs counts as a hand's");
    add_generate_options(*command, *options);
    command->callback(
        [&globals, options] { globals.client.exit_code = generate_registry(globals, *options); });
}

}  // namespace wavegate::program
