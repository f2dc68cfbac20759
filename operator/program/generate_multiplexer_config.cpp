#include "operator/program/desired_input.hpp"
#include "operator/program/generate.hpp"
#include "operator/program/generated_files.hpp"
#include "operator/render/multiplexer_config.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace wavegate::program {
namespace {

struct MultiplexerOptions : GenerateOptions {
    std::vector<std::string> paths;
    std::string out = "-";
};

int generate_multiplexer_config(const Globals& globals, const MultiplexerOptions& options) {
    const auto desired = read_desired(globals, options.paths);
    if (!desired) {
        return client::kExitError;
    }
    return place_file(globals, options.out, render::multiplexer_config(*desired), options);
}

}  // namespace

void add_generate_multiplexer_config(CLI::App& generate, Globals& globals) {
    auto options = std::make_shared<MultiplexerOptions>();
    auto* command = generate.add_subcommand(
        "multiplexer-config",
        "the multiplexer's mcp_config.json, for agent-utilities up to 2.4: later ones read none");
    command
        ->add_option("PATH", options->paths, "the desired state: files, or folders of YAML files")
        ->required();
    command->add_option("--out", options->out, "the file; - is the standard output")
        ->option_text("FILE")
        ->capture_default_str();
    add_generate_options(*command, *options);
    command->callback([&globals, options] {
        globals.client.exit_code = generate_multiplexer_config(globals, *options);
    });
}

}  // namespace wavegate::program
