#pragma once

#include "operator/program/commands.hpp"

namespace wavegate::program {

// Below `generate`, a file each.
void add_generate_stacks(CLI::App& generate, Globals& globals);
void add_generate_registry(CLI::App& generate, Globals& globals);
void add_generate_dev_compose(CLI::App& generate, Globals& globals);
void add_generate_monitoring(CLI::App& generate, Globals& globals);
void add_generate_multiplexer_config(CLI::App& generate, Globals& globals);

}  // namespace wavegate::program
