#include "operator/client/hint.hpp"
#include "operator/client/sandbox_options.hpp"
#include "operator/runtime/process.hpp"
#include "operator/sandbox/program/serve.hpp"

#include <CLI/CLI.hpp>

#include <iostream>

namespace {

using namespace wavegate;

int run_sandbox(int argc, char** argv) {
    runtime::keep_memory_private();
    CLI::App app("A whole emulated fleet on loopback, for trials", "wavegate-sandbox");
    app.set_version_flag(
        "--version", "wavegate-sandbox " WAVEGATE_VERSION, "the program's version");
    client::SandboxOptions options;
    client::add_sandbox_options(app, options);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return client::end_of_parsing(app, error, {argv + 1, argv + argc}, std::cout, std::cerr);
    }
    return sandbox::serve_sandbox(options, std::cout, std::cerr);
}

}  // namespace

int main(int argc, char** argv) {
    return wavegate::runtime::run_main("wavegate-sandbox", run_sandbox, argc, argv);
}
