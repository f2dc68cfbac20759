#include "operator/program/commands.hpp"

#include <CLI/CLI.hpp>

#include <ostream>

namespace wavegate::program {

void add_version(CLI::App& app, Globals& globals) {
    auto* command = app.add_subcommand("version", "the program's version");
    command->callback([&globals] {
        *globals.client.out
            << (globals.client.output == "json" ? "{\"version\":\"" WAVEGATE_VERSION "\"}\n"
                                                : "wavegate " WAVEGATE_VERSION "\n");
    });
}

}  // namespace wavegate::program
