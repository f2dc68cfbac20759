#include "tests/unit/client/canned_operator.hpp"

#include <CLI/CLI.hpp>

namespace wavegate::client {

int CannedOperator::run(std::vector<std::string> arguments) {
    out.str("");
    error.str("");
    CLI::App app("test", "wavegate");
    add_commands(app, context);
    arguments = {arguments.rbegin(), arguments.rend()};
    try {
        app.parse(arguments);
    } catch (const CLI::ParseError& wrong) {
        return wrong.get_exit_code();
    }
    return context.exit_code;
}

}  // namespace wavegate::client
