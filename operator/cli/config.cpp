#include "operator/cli/config.hpp"

#include "operator/cli/config_fields.hpp"
#include "operator/cli/config_file.hpp"

#include <utility>

namespace wavegate::cli {
namespace {

void add_variable(ParsedConfig& result, const std::string& variable, std::string message) {
    result.found.push_back({Severity::Error, {}, {}, variable, std::move(message)});
}

void read_environment(const Environment& environment, ParsedConfig& result) {
    for (const auto& field : config_fields()) {
        const auto variable = variable_of(field.name);
        const auto value = environment(variable);
        if (!value) {
            continue;
        }
        if (auto wrong = field.take(result.config, *value); !wrong.empty()) {
            add_variable(result, variable, std::move(wrong));
        }
    }
    const bool git = environment(variable_of("source.git.url")).has_value();
    if (git != environment(variable_of("source.folder")).has_value()) {
        // A variable that names one kind of source takes the place of the file's other kind.
        (git ? result.config.folder : result.config.git.url).clear();
    }
    if (const auto list = environment(variable_of(kReferences))) {
        auto rules = parse_rules(*list);
        if (rules) {
            result.config.references = std::move(*rules);
        } else {
            add_variable(result, variable_of(kReferences), "an entry " + rules.error().message());
        }
    }
}

void check_whole(const std::string& file, ParsedConfig& result) {
    const auto& config = result.config;
    if (config.git.url.empty() == config.folder.empty() && result.found.empty()) {
        result.found.push_back(
            {Severity::Error,
             {file, 0, 0},
             {},
             "source",
             config.folder.empty() ? "needs source.git.url or source.folder"
                                   : "has both git and folder: one of them must go"});
    }
}

}  // namespace

std::vector<ConfigName> config_names() {
    std::vector<ConfigName> names;
    for (const auto& field : config_fields()) {
        names.push_back({field.name, variable_of(field.name)});
    }
    names.push_back({kReferences, variable_of(kReferences)});
    return names;
}

ParsedConfig
parse_config(const std::string& file, std::string_view text, const Environment& environment) {
    ParsedConfig result;
    read_config_file(file, text, result);
    read_environment(environment, result);
    check_whole(file, result);
    return result;
}

ParsedConfig config_of_environment(const Environment& environment) {
    ParsedConfig result;
    read_environment(environment, result);
    check_whole({}, result);
    return result;
}

}  // namespace wavegate::cli
