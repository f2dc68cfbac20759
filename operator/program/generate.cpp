#include "operator/program/generate.hpp"

#include "operator/render/json_schema.hpp"

#include <CLI/CLI.hpp>

#include <ostream>

namespace wavegate::program {

void add_generate(CLI::App& app, Globals& globals) {
    auto* command = app.add_subcommand("generate", "deterministic files of a fleet");
    command->require_subcommand(1);
    add_generate_stacks(*command, globals);
    add_generate_dev_compose(*command, globals);
    add_generate_registry(*command, globals);
    add_generate_monitoring(*command, globals);
    add_generate_multiplexer_config(*command, globals);
    auto* schema = command->add_subcommand("schema", "one JSON Schema of all kinds, for editors");
    schema->callback(
        [&globals] { *globals.client.out << render::json_schema(desired::Schemas::embedded()); });
}

}  // namespace wavegate::program
