#include "operator/client/sandbox_options.hpp"
#include "operator/program/commands.hpp"
#include "operator/runtime/process.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <ostream>

namespace wavegate::program {
namespace {

/// The doubles are no part of the operator's program.
int become_sandbox(const CLI::App& command, std::ostream& told) {
    const auto program = runtime::path_beside_this("wavegate-sandbox");
    const auto why = runtime::become(program, client::words_said_to(command));
    told << "the sandbox is a program of its own, installed beside this one: " << why.message()
         << "\n";
    return client::kExitError;
}

}  // namespace

void add_sandbox(CLI::App& app, Globals& globals) {
    auto options = std::make_shared<client::SandboxOptions>();
    auto* command = app.add_subcommand("sandbox", "a whole emulated fleet on loopback, for trials");
    client::add_sandbox_options(*command, *options);
    command->callback([&globals, command, options] {
        globals.client.exit_code = become_sandbox(*command, *globals.client.error);
    });
}

}  // namespace wavegate::program
