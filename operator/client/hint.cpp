#include "operator/client/hint.hpp"

#include "operator/base/text.hpp"
#include "operator/client/commands.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <ostream>

namespace wavegate::client {
namespace {

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
    return app.get_subcommands(
        [](const CLI::App* command) { return !command->get_name().empty(); });
}

const CLI::App* command_named(const CLI::App& app, const std::string& word) {
    for (const CLI::App* command : commands_of(app)) {
        if (command->check_name(word)) {
            return command;
        }
    }
    return nullptr;
}

/// Options may stand after the command that they belong to, or after one below it.
const CLI::Option* option_named(const CLI::App* app, const std::string& word) {
    for (; app != nullptr; app = app->get_parent()) {
        if (const auto* option = app->get_option_no_throw(word)) {
            return option;
        }
    }
    return nullptr;
}

std::vector<std::string> options_at(const CLI::App* app) {
    std::vector<std::string> names;
    for (; app != nullptr; app = app->get_parent()) {
        for (const CLI::Option* option : app->get_options()) {
            for (const std::string& name : option->get_lnames()) {
                names.push_back("--" + name);
            }
        }
    }
    return names;
}

std::optional<std::string>
told(std::string_view what, const std::string& word, const std::vector<std::string>& known) {
    const auto close = nearest(word, known);
    return close ? std::optional(
                       fmt::format("there is no {} '{}'; did you mean {}?", what, word, *close))
                 : std::nullopt;
}

}  // namespace

std::optional<std::string> command_hint(
    const CLI::App& app,
    const std::vector<std::string>& words) {
    const CLI::App* place = &app;
    bool is_value = false;
    for (const auto& word : words) {
        if (is_value) {
            is_value = false;
        } else if (word.starts_with('-')) {
            const auto name = word.substr(0, word.find('='));
            const auto* option = option_named(place, name);
            if (option == nullptr) {
                return told("option", name, options_at(place));
            }
            is_value = name == word && option->get_items_expected_max() > 0;
        } else if (const auto* command = command_named(*place, word)) {
            place = command;
        } else if (const auto below = commands_of(*place); !below.empty()) {
            std::vector<std::string> known;
            known.reserve(below.size());
            for (const CLI::App* one : below) {
                known.push_back(one->get_name());
            }
            return told("command", word, known);
        }
    }
    return std::nullopt;
}

int end_of_parsing(
    const CLI::App& app,
    const CLI::ParseError& why,
    const std::vector<std::string>& words,
    std::ostream& out,
    std::ostream& error) {
    const auto hint = command_hint(app, words);
    if (hint && why.get_exit_code() != 0) {
        error << "error: " << *hint << "\n";
        return kExitError;
    }
    return app.exit(why, out, error) == 0 ? kExitGood : kExitError;
}

}  // namespace wavegate::client
