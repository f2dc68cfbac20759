#include "operator/program/commands.hpp"
#include "operator/render/json_schema.hpp"

#include <CLI/CLI.hpp>

#include <ostream>

namespace wavegate::program {

void add_generate(CLI::App& app, Globals& globals) {
    auto* command = app.add_subcommand("generate", "deterministic files from the desired state");
    command->require_subcommand(1);
    auto* schema = command->add_subcommand("schema", "one JSON Schema of all kinds, for editors");
    schema->callback(
        [&globals] { *globals.client.out << render::json_schema(desired::Schemas::embedded()); });
}

}  // namespace wavegate::program
