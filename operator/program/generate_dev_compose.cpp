#include "operator/program/agents_folder.hpp"
#include "operator/program/generate.hpp"
#include "operator/program/generated_files.hpp"
#include "operator/render/dev_compose.hpp"
#include "operator/render/names.hpp"
#include "operator/render/stacks.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <utility>

namespace wavegate::program {
namespace {

namespace fs = std::filesystem;

struct DevOptions : GenerateOptions {
    std::string workspace;  ///< with agent-packages/agents and services, on the node too
    std::string server;
    std::string network;
    std::vector<std::string> only;
};

/// The script that is the MCP server (upstream.md §3).
std::string script_of(const AgentPackage& agent) {
    const auto& scripts = agent.project.scripts;
    const auto at = std::find_if(scripts.begin(), scripts.end(), [](const auto& script) {
        return script.name.ends_with("-mcp");
    });
    const auto& chosen = at == scripts.end() ? scripts.front() : *at;
    return chosen.name;
}

/// "github-agent" → "github-mcp"
std::string as_service(const std::string& folder) {
    for (const std::string_view end : {"-agent", "-api"}) {
        if (folder.ends_with(end)) {
            return folder.substr(0, folder.size() - end.size()) + "-mcp";
        }
    }
    return folder;
}

class DevFiles {
  public:
    explicit DevFiles(const DevOptions& options)
        : options_(options), services_(options.workspace + "/services") {}

    [[nodiscard]] const std::string& folder() const { return services_; }

    Result<std::vector<GeneratedFile>> make(const std::vector<AgentPackage>& agents) {
        for (const auto& agent : agents) {
            if (agent.project.scripts.empty()) {
                continue;
            }
            auto made = add(agent);
            if (!made) {
                return made.take_error();
            }
        }
        for (const auto& name : options_.only) {
            if (!sources_.contains(name)) {
                return Error(ErrorKind::NotFound, "--only: no package is for " + name);
            }
        }
        return std::move(files_);
    }

  private:
    [[nodiscard]] std::string production(const std::string& stack) const {
        return services_ + "/" + stack + "/compose.yml";
    }

    [[nodiscard]] std::string stack_of(const AgentPackage& agent, const std::string& script) const {
        for (const auto& name : {script, agent.folder, as_service(agent.folder)}) {
            if (render::is_component(name) && fs::exists(production(name))) {
                return name;
            }
        }
        return script;
    }

    Result<void> add(const AgentPackage& agent) {
        const auto script = script_of(agent);
        const auto stack = stack_of(agent, script);
        if (!options_.only.empty() &&
            std::find(options_.only.begin(), options_.only.end(), stack) == options_.only.end()) {
            return {};
        }
        if (!render::is_component(stack) || !render::is_file_name(agent.folder)) {
            return wrong_input(
                agent.file,
                agent.project.scripts.front().line,
                "project.scripts",
                "the service's name must be small letters, digits and . _ -");
        }
        const auto [first, is_new] = sources_.emplace(stack, agent.file);
        if (!is_new) {
            return wrong_input(
                agent.file, 0, "", fmt::format("{} is that of {} already", stack, first->second));
        }
        auto text = fs::exists(production(stack)) ? derived(agent, stack) : fresh(agent, script);
        if (!text) {
            return text.take_error();
        }
        files_.push_back({stack + "/compose.dev.yml", std::move(*text)});
        return {};
    }

    [[nodiscard]] std::string source_of(const AgentPackage& agent) const {
        return options_.workspace + "/agent-packages/agents/" + agent.folder;
    }

    [[nodiscard]] Result<std::string> derived(const AgentPackage& agent, const std::string& stack)
        const {
        const auto text = read_input(production(stack));
        if (!text) {
            return text.error();
        }
        auto made = render::dev_compose(*text, {stack, source_of(agent), options_.server});
        return made ? std::move(made)
                    : Result<std::string>(wrong_input(production(stack), made.error()));
    }

    [[nodiscard]] Result<std::string> fresh(const AgentPackage& agent, const std::string& script)
        const {
        if (options_.network.empty()) {
            return Error(
                ErrorKind::Invalid,
                script + ": has no compose.yml; name the --network of the file that is made");
        }
        render::StackSpec spec;
        spec.name = script;
        spec.network = options_.network;
        spec.placement_label = "name";
        spec.node = options_.server;
        spec.memory = "512M";
        return render::dev_stack_compose(spec, source_of(agent));
    }

    const DevOptions& options_;
    std::string services_;
    std::map<std::string, std::string> sources_;  ///< pyproject.toml by stack
    std::vector<GeneratedFile> files_;
};

Result<void> check_dev_options(DevOptions& options) {
    while (options.workspace.size() > 1 && options.workspace.ends_with('/')) {
        options.workspace.pop_back();
    }
    if (!render::is_plain_path(options.workspace)) {
        return Error(
            ErrorKind::Invalid,
            "--workspace: must be an absolute path of names of letters, digits and . _ -: it is "
            "mounted by it");
    }
    if (!render::is_placement(options.server)) {
        return Error(ErrorKind::Invalid, "--server: must be letters, digits and . _ -");
    }
    if (!options.network.empty() && !render::is_component(options.network)) {
        return Error(ErrorKind::Invalid, "--network: must be small letters, digits and . _ -");
    }
    return {};
}

int generate_dev_compose(const Globals& globals, DevOptions& options) {
    if (auto good = check_dev_options(options); !good) {
        return refuse(globals, good.error());
    }
    const auto agents = read_agents(options.workspace + "/agent-packages/agents");
    DevFiles made(options);
    auto files = agents ? made.make(*agents) : Result<std::vector<GeneratedFile>>(agents.error());
    if (!files) {
        return refuse(globals, files.error());
    }
    return place_files(globals, made.folder(), *files, options);
}

}  // namespace

void add_generate_dev_compose(CLI::App& generate, Globals& globals) {
    auto options = std::make_shared<DevOptions>();
    auto* command = generate.add_subcommand(
        "dev-compose",
        "a compose.dev.yml beside each service's compose.yml, which runs the image on its source");
    command
        ->add_option(
            "--workspace",
            options->workspace,
            "the folder with services and agent-packages/agents, here and on the node")
        ->required()
        ->option_text("DIR");
    command->add_option("--server", options->server, "value of the node label `name` of that node")
        ->required();
    command->add_option(
        "--network", options->network, "for services that have no compose.yml: their network");
    command->add_option("--only", options->only, "these stacks alone")->delimiter(',');
    add_generate_options(*command, *options);
    command->callback([&globals, options] {
        globals.client.exit_code = generate_dev_compose(globals, *options);
    });
}

}  // namespace wavegate::program
