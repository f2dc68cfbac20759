#include "operator/program/commands.hpp"

#include "operator/base/log.hpp"
#include "operator/client/hint.hpp"
#include "operator/program/blocking_exchange.hpp"
#include "operator/runtime/process.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <system_error>
#include <unistd.h>

namespace wavegate::program {
namespace {

std::optional<std::string> variable(const std::string& name) {
    // Before any thread could set one. NOLINTNEXTLINE(concurrency-mt-unsafe)
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::string file_of(const Globals& globals) {
    if (!globals.config_file.empty()) {
        return globals.config_file;
    }
    if (auto named = globals.environment("WAVEGATE_CONFIG")) {
        return *named;
    }
    return std::filesystem::exists("operator.yaml") ? "operator.yaml" : "";
}

settings::ParsedConfig read_config(const Globals& globals) {
    const auto file = file_of(globals);
    if (file.empty()) {
        return settings::config_of_environment(globals.environment);
    }
    errno = 0;
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    if (!stream) {
        settings::ParsedConfig failed;
        failed.found.push_back(
            {Severity::Error,
             {file, 0, 0},
             {},
             {},
             "can't be read: " + std::generic_category().message(errno)});
        return failed;
    }
    return settings::parse_config(file, text.str(), globals.environment);
}

void fill_context(Globals& globals) {
    auto& client = globals.client;
    client.out = &std::cout;
    client.error = &std::cerr;
    client.terminal = isatty(STDOUT_FILENO) == 1;
    client.no_color = globals.environment("NO_COLOR").has_value();
    client.configured_server = [&globals] {
        auto parsed = read_config(globals);
        return parsed.found.empty() ? "http://" + parsed.config.listen : std::string();
    };
    client.exchange = exchange_blocking;
    client.pause = pause_blocking;
    client.now = wall_now;
}

void add_globals(CLI::App& app, Globals& globals) {
    app.add_option("--config", globals.config_file, "the operator's settings, operator.yaml")
        ->option_text("FILE");
    app.add_option("-o,--output", globals.client.output, "table, wide, json or yaml")
        ->check(CLI::IsMember({"table", "wide", "json", "yaml"}));
    app.add_flag("--no-color", globals.client.no_color, "no colours, even on a terminal");
    app.add_flag("-v,--verbose", globals.verbose, "log what is done in detail");
    app.set_version_flag("--version", "wavegate " WAVEGATE_VERSION, "the program's version");
    app.fallthrough();
    app.require_subcommand(1);
}

}  // namespace

std::optional<settings::Config> load_config(const Globals& globals, log::Level least) {
    auto parsed = read_config(globals);
    if (!parsed.found.empty()) {
        for (const auto& diagnostic : parsed.found) {
            *globals.client.error << to_text(diagnostic) << "\n";
        }
        return std::nullopt;
    }
    auto& config = parsed.config;
    const auto level = std::max(config.log_level, least);
    log::configure(globals.verbose ? log::Level::Debug : level, config.log_format);
    return std::move(config);
}

int run_program(int argc, char** argv) {
    runtime::keep_memory_private();
    Globals globals;
    globals.environment = variable;
    fill_context(globals);
    CLI::App app("Moves a fleet of MCP services to authenticated access, wave by wave", "wavegate");
    add_globals(app, globals);
    add_run(app, globals);
    add_validate(app, globals);
    add_plan(app, globals);
    add_apply(app, globals);
    add_access(app, globals);
    add_store(app, globals);
    add_generate(app, globals);
    add_import(app, globals);
    add_local_config(app, globals);
    add_sandbox(app, globals);
    add_version(app, globals);
    client::add_commands(app, globals.client);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return client::end_of_parsing(app, error, {argv + 1, argv + argc}, std::cout, std::cerr);
    }
    std::cout.flush();
    return globals.client.exit_code;
}

}  // namespace wavegate::program
