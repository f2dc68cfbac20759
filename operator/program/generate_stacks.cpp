#include "operator/program/agents_folder.hpp"
#include "operator/program/generate.hpp"
#include "operator/program/generated_files.hpp"
#include "operator/program/registry_input.hpp"
#include "operator/render/names.hpp"
#include "operator/render/stacks.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>
#include <utility>
#include <vector>

namespace wavegate::program {
namespace {

struct StackOptions : GenerateOptions {
    std::string registry;
    std::string services_dir;
    std::vector<std::string> nodes;
    render::StackSpec spec;  ///< what all have in common
    bool host_ports = false;
    bool compat = false;
};

Result<void> must(bool good, const std::string& option, const char* what) {
    return good ? Result<void>() : Error(ErrorKind::Invalid, option + ": " + what);
}

/// What would escape from a path, or mean something else in a generated line.
Result<void> check_stack_options(StackOptions& options) {
    auto& spec = options.spec;
    while (spec.image_prefix.ends_with('/')) {
        spec.image_prefix.pop_back();
    }
    std::vector<Result<void>> checks{
        must(
            render::is_image_prefix(spec.image_prefix),
            "--image-prefix",
            "must be letters, digits and . _ : / - as registry.example/team"),
        must(
            render::is_image_tag(spec.image_tag),
            "--image-tag",
            "must be letters, digits and . _ -, at most 128"),
        must(
            render::is_component(spec.network),
            "--network",
            "must be small letters, digits and . _ -"),
        must(
            render::is_placement(spec.placement_label),
            "--placement-label",
            "must be letters, digits and . _ -"),
        must(render::is_memory(spec.memory), "--memory", "must be a size as 512M")};
    for (const auto& node : options.nodes) {
        checks.push_back(must(
            render::is_placement(node),
            "--placement-nodes",
            "must be names of letters, digits and . _ - between commas"));
    }
    for (auto& check : checks) {
        if (!check) {
            return check.take_error();
        }
    }
    return {};
}

Result<void> check_entry(const desired::RegistryEntry& entry) {
    constexpr const char* what =
        "must be small letters, digits and . _ -, as it becomes a folder and an image";
    const auto& at = entry.origin;
    if (!render::is_component(entry.name)) {
        return wrong_input(at.file, at.line, "name", what);
    }
    if (!render::is_component(entry.package)) {
        return wrong_input(at.file, at.line, entry.name + ".package", what);
    }
    return {};
}

/// Nodes in turn, by the place in the registry: a file does not depend on which others are there.
std::vector<GeneratedFile> files_of(
    const StackOptions& options,
    const std::vector<desired::RegistryEntry>& entries) {
    std::vector<GeneratedFile> files;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        auto spec = options.spec;
        spec.name = entries[i].name;
        spec.package = entries[i].package;
        spec.node = options.nodes[i % options.nodes.size()];
        spec.host_port = options.host_ports ? entries[i].host_port : 0;
        if (options.compat) {
            files.push_back({spec.name + "/compose.yml", compatible_stack_compose(spec)});
            continue;
        }
        files.push_back({spec.name + "/compose.yml", stack_compose(spec)});
        files.push_back({spec.name + "/README.md", stack_readme(spec)});
    }
    return files;
}

int generate_stacks(const Globals& globals, StackOptions& options) {
    if (auto good = check_stack_options(options); !good) {
        return refuse(globals, good.error());
    }
    const auto entries = read_registry_file(globals, options.registry);
    if (!entries) {
        return client::kExitError;
    }
    for (const auto& entry : *entries) {
        if (auto good = check_entry(entry); !good) {
            return refuse(globals, good.error());
        }
    }
    return place_files(globals, options.services_dir, files_of(options, *entries), options);
}

}  // namespace

void add_generate_stacks(CLI::App& generate, Globals& globals) {
    auto options = std::make_shared<StackOptions>();
    options->spec.image_tag = "latest";
    options->spec.placement_label = "name";
    options->spec.memory = "512M";
    auto& spec = options->spec;
    auto* command = generate.add_subcommand(
        "stacks", "a compose file and a README for each service of the registry");
    command->add_option("--registry", options->registry, "the registry FILE")
        ->required()
        ->option_text("FILE");
    command->add_option("--services-dir", options->services_dir, "the folder of the stacks")
        ->required()
        ->option_text("DIR");
    command->add_option("--image-prefix", spec.image_prefix, "before the package's name")
        ->required();
    command->add_option("--image-tag", spec.image_tag, "behind it")->capture_default_str();
    command->add_option("--network", spec.network, "the overlay network, external")->required();
    command->add_option("--placement-nodes", options->nodes, "values of the node label, in turn")
        ->required()
        ->delimiter(',');
    command->add_option("--placement-label", spec.placement_label, "the node label")
        ->capture_default_str();
    command->add_option("--memory", spec.memory, "each service's limit")->capture_default_str();
    command->add_flag(
        "--host-ports", options->host_ports, "publish each service's port of the registry");
    command->add_flag(
        "--compat",
        options->compat,
        "compose files as agent-utilities' generator writes them; without a mark, so that one that "
        "differs counts as a hand's");
    add_generate_options(*command, *options);
    command->callback(
        [&globals, options] { globals.client.exit_code = generate_stacks(globals, *options); });
}

}  // namespace wavegate::program
