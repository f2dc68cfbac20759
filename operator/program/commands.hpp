#pragma once

#include "operator/client/commands.hpp"
#include "operator/settings/config.hpp"

#include <iosfwd>
#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace wavegate::program {

/// What every command shares: the global options, and where it leaves its exit code.
struct Globals {
    std::string config_file;  ///< --config; empty: $WAVEGATE_CONFIG, ./operator.yaml, or none
    bool verbose = false;
    settings::Environment environment;
    client::Context client;  ///< -o, --no-color, streams, exit code
};

/// Exit code of `plan` when something differs.
inline constexpr int kExitChanges = 2;

/// The configuration, checked; what is wrong with it goes to the error stream. Lines below
/// `least` are not logged, unless -v asks for all.
std::optional<settings::Config> load_config(
    const Globals& globals,
    log::Level least = log::Level::Debug);

void add_run(CLI::App& app, Globals& globals);
void add_plan(CLI::App& app, Globals& globals);
void add_apply(CLI::App& app, Globals& globals);
void add_access(CLI::App& app, Globals& globals);
void add_store(CLI::App& app, Globals& globals);
void add_validate(CLI::App& app, Globals& globals);
void add_generate(CLI::App& app, Globals& globals);
void add_import(CLI::App& app, Globals& globals);
void add_local_config(CLI::App& app, Globals& globals);
void add_sandbox(CLI::App& app, Globals& globals);
void add_version(CLI::App& app, Globals& globals);

/// The program, from its arguments to its exit code.
int run_program(int argc, char** argv);

}  // namespace wavegate::program
