#include "operator/base/log.hpp"
#include "operator/program/commands.hpp"
#include "operator/program/wiring.hpp"

#include <CLI/CLI.hpp>

namespace wavegate::program {
namespace {

asio::awaitable<int> serve_until_stopped(Operator& running) {
    log::info("serving on {} (port {})", running.config().listen, running.port());
    co_await running.until_stopped();
    co_return client::kExitGood;
}

int run(const Globals& globals) {
    auto config = load_config(globals);
    if (!config) {
        return client::kExitError;
    }
    Operator running(std::move(*config), globals.environment, Mode::Act, "run");
    return running.run(serve_until_stopped);
}

}  // namespace

void add_run(CLI::App& app, Globals& globals) {
    auto* command = app.add_subcommand("run", "the controller: reconciles until it is stopped");
    command->callback([&globals] { globals.client.exit_code = run(globals); });
}

}  // namespace wavegate::program
