#include "operator/client/table.hpp"
#include "operator/desired/parse.hpp"
#include "operator/program/commands.hpp"
#include "operator/source/desired_paths.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <memory>
#include <ostream>
#include <vector>

namespace wavegate::program {
namespace {

namespace json = boost::json;

json::object to_json(const Diagnostic& found) {
    json::object one;
    one["severity"] = found.severity == Severity::Error ? "error" : "warning";
    one["file"] = found.origin.file;
    one["line"] = found.origin.line;
    one["column"] = found.origin.column;
    one["object"] = found.object;
    one["field"] = found.field;
    one["message"] = found.message;
    return one;
}

void print_json(std::ostream& out, const desired::Parsed& parsed) {
    json::array found;
    for (const auto& diagnostic : parsed.found) {
        found.push_back(to_json(diagnostic));
    }
    json::object document;
    document["valid"] = parsed.state.has_value();
    document["found"] = std::move(found);
    out << json::serialize(document) << "\n";
}

void print_text(const Globals& globals, const desired::Parsed& parsed) {
    for (const auto& diagnostic : parsed.found) {
        *globals.client.error << to_text(diagnostic) << "\n";
    }
    if (parsed.state) {
        *globals.client.out << "valid: fleet " << parsed.state->fleet.name << ", "
                            << parsed.state->services.size() << " services, "
                            << parsed.state->fleet.waves.size() << " waves\n";
    }
}

int validate(const Globals& globals, const std::vector<std::string>& paths) {
    const auto revision = source::read_paths(paths);
    if (!revision) {
        *globals.client.error << client::printable(revision.error().message()) << "\n";
        return client::kExitError;
    }
    const auto parsed = desired::parse(*revision);
    if (globals.client.output == "json") {
        print_json(*globals.client.out, parsed);
    } else {
        print_text(globals, parsed);
    }
    return parsed.state ? client::kExitGood : client::kExitError;
}

}  // namespace

void add_validate(CLI::App& app, Globals& globals) {
    auto paths = std::make_shared<std::vector<std::string>>();
    auto* command = app.add_subcommand("validate", "check a desired state: every error at once");
    command->add_option("PATH", *paths, "files, or folders of YAML files")->required();
    command->callback([&globals, paths] { globals.client.exit_code = validate(globals, *paths); });
}

}  // namespace wavegate::program
