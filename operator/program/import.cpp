#include "operator/importer/import.hpp"

#include "operator/access/refusals.hpp"
#include "operator/client/output.hpp"
#include "operator/client/table.hpp"
#include "operator/client/verbs.hpp"
#include "operator/desired/parse.hpp"
#include "operator/program/commands.hpp"
#include "operator/program/import_files.hpp"
#include "operator/program/import_systems.hpp"
#include "operator/program/plan_text.hpp"
#include "operator/settings/config_fields.hpp"
#include "operator/source/desired_paths.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <ostream>
#include <utility>

namespace wavegate::program {
namespace {

namespace json = boost::json;
using importer::Imported;

/// What operator.yaml does not let the written state do yet.
struct Allowance {
    settings::AccessRules rules;     ///< with what it lacks
    std::vector<std::string> lines;  ///< to add to operator.yaml
};

/// What became of an import.
struct Outcome {
    Imported imported;
    Allowance allowance;
    std::vector<std::string> would_change;  ///< by the plan; empty: nothing
};

int refuse(const Globals& globals, const std::string& message) {
    *globals.client.error << client::printable(message) << "\n";
    return client::kExitError;
}

/// The configuration, whose source is the folder where the import stands: none need be named
/// before there is a desired state.
std::optional<settings::Config> config_for(const Globals& globals, const std::string& folder) {
    auto own = globals;
    const auto git = settings::variable_of("source.git.url");
    const auto source = settings::variable_of("source.folder");
    own.environment = [&](const std::string& name) -> std::optional<std::string> {
        if (name == git) {
            return std::nullopt;
        }
        return name == source ? std::optional(folder) : globals.environment(name);
    };
    auto config = load_config(own, log::Level::Warn);
    if (config) {
        // What another operator's store knows is about another desired state.
        config->etcd = {};
        config->database = folder + "/.none";
        config->locks = false;
    }
    return config;
}

void allow_probes(const std::string& url, Allowance& allowance) {
    const auto origin = settings::origin_of(url);
    if (!origin || settings::admits_any(allowance.rules.probes, url)) {
        return;
    }
    auto wide = *origin;
    if (const auto dot = wide.host.find('.'); dot != std::string::npos) {
        wide.host = "*" + wide.host.substr(dot);
    }
    auto text = settings::to_text(wide);
    if (auto pattern = settings::parse_origin(text);
        pattern && settings::admits(*pattern, *origin)) {
        allowance.rules.probes.push_back(std::move(*pattern));
        allowance.lines.push_back(fmt::format("probes: [ \"{}\" ]", text));
    }
}

void allow_client(const OidcClientSpec& client, Allowance& allowance) {
    auto& rule = allowance.rules.clients[client.client_id];
    auto stacks = rule.stacks;
    auto paths = rule.paths;
    const auto add = [](std::vector<std::string>& to, const std::string& what) {
        if (std::find(to.begin(), to.end(), what) == to.end()) {
            to.push_back(what);
        }
    };
    for (const auto& stack : client.consumer_stacks) {
        add(stacks, stack);
    }
    add(paths, client.secret_path);
    if (stacks != rule.stacks || paths != rule.paths) {
        rule = {std::move(stacks), std::move(paths)};
        allowance.lines.push_back(fmt::format(
            "clients: {{ {}: {{ stacks: [ {} ], paths: [ {} ] }} }}",
            client.client_id,
            fmt::join(rule.stacks, ", "),
            fmt::join(rule.paths, ", ")));
    }
}

Allowance allowance_for(const settings::AccessRules& rules, const DesiredState& state) {
    Allowance allowance{rules, {}};
    allow_probes(state.fleet.multiplexer.url, allowance);
    for (const auto& service : state.services) {
        allow_probes(service.url, allowance);
    }
    for (const auto& client : state.clients) {
        allow_client(client, allowance);
    }
    return allowance;
}

/// Documents that the plan would change something of, and what.
importer::LeftOut changed_by(const status::View& view) {
    importer::LeftOut changed;
    const auto add = [&](const Edit& edit) {
        if (const auto* stack = edit.stack()) {
            changed.emplace(
                "McpService/" + stack->service, "its document would change it: " + edit.why);
        } else if (const auto* policy = std::get_if<PolicyEdit>(&edit.body)) {
            changed.emplace(
                "EunomiaPolicy/" + policy->document, "its document would change it: " + edit.why);
        }
    };
    std::for_each(view.diff.edits.begin(), view.diff.edits.end(), add);
    for (const auto& obstacle : view.diff.obstacles) {
        if (!obstacle.service.empty()) {
            changed.emplace("McpService/" + obstacle.service, obstacle.message);
        }
    }
    return changed;
}

std::vector<std::string> lines_of(const status::View& view) {
    std::vector<std::string> lines;
    for (const auto& edit : view.diff.edits) {
        lines.push_back(edit.target + ": " + edit.why);
    }
    for (const auto& obstacle : view.diff.obstacles) {
        if (!obstacle.awaits_acceptance) {
            lines.push_back(obstacle.object + ": " + obstacle.message);
        }
    }
    for (const auto& edit : view.release) {
        lines.push_back(edit.target + ": " + edit.why);
    }
    std::sort(lines.begin(), lines.end());
    lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
    return lines;
}

asio::awaitable<int> look(Operator& running, std::shared_ptr<const status::View>& view) {
    co_await running.controller().look();
    view = running.controller().view();
    co_return client::kExitGood;
}

/// What a plan of the files in this folder shows; null: none can be had, and why was said.
std::shared_ptr<const status::View>
plan_of(const Globals& globals, settings::Config config, const std::string& folder) {
    config.folder = folder;
    Operator running(std::move(config), globals.environment, Mode::Look, "import");
    std::shared_ptr<const status::View> view;
    running.run_once([&view](Operator& op) { return look(op, view); });
    if (view == nullptr || view->desired == nullptr || !view->source.ready) {
        if (view != nullptr) {
            for (const auto& found : view->source.found) {
                *globals.client.error << to_text(found) << "\n";
            }
            *globals.client.error << "plan: " << view->source.message << "\n";
        }
        return nullptr;
    }
    return view;
}

asio::awaitable<int>
read(Operator& running, ImportOptions options, Result<importer::LiveFleet>& live) {
    live = co_await read_fleet(running, std::move(options));
    co_return client::kExitGood;
}

Result<importer::LiveFleet>
live_fleet(const Globals& globals, const settings::Config& config, const ImportOptions& options) {
    Result<importer::LiveFleet> live = Error(ErrorKind::Cancelled, "nothing was read");
    Operator running(config, globals.environment, Mode::Look, "import");
    running.run_once([&](Operator& op) { return read(op, options, live); });
    return live;
}

/// Files of other makers beside ours are part of what is there.
Result<void> fits_with_others(const ImportOptions& options, const Imported& imported) {
    std::error_code failed;
    if (!options.force || !std::filesystem::exists(options.folder, failed)) {
        return {};
    }
    for (const auto* name : {"clients.yaml", "policies.yaml", "services.yaml"}) {
        const auto old = std::filesystem::path(options.folder) / name;
        if (!imported.files.contains(name) && std::filesystem::exists(old, failed)) {
            return Error(
                ErrorKind::Conflict,
                old.string() +
                    ": there is nothing to say in it any more; nothing was written: take "
                    "it away first");
        }
    }
    auto revision = source::read_paths({options.folder});
    if (!revision && revision.error().kind() == ErrorKind::NotFound) {
        return {};  // it holds no desired state
    }
    if (!revision) {
        return revision.take_error();
    }
    for (const auto& [name, text] : imported.files) {
        if (is_desired_file(name)) {
            revision->files[name] = text;
        }
    }
    const auto parsed = desired::parse(*revision);
    if (parsed.state || parsed.found.empty()) {
        return {};
    }
    return Error(
        ErrorKind::Conflict,
        "with what stands in " + options.folder +
            " beside it, it would not be valid; nothing was "
            "written: " +
            to_text(parsed.found.front()));
}

json::object document_of(const ImportOptions& options, const Outcome& outcome) {
    json::object document;
    document["folder"] = options.folder;
    json::array files;
    for (const auto& [name, text] : outcome.imported.files) {
        files.emplace_back(name);
    }
    document["files"] = std::move(files);
    json::array leftovers;
    for (const auto& [object, why] : outcome.imported.leftovers) {
        leftovers.push_back(json::object{{"object", object}, {"why", why}});
    }
    document["notExpressed"] = std::move(leftovers);
    json::array lines;
    for (const auto& line : outcome.allowance.lines) {
        lines.emplace_back(line);
    }
    document["operatorYamlLacks"] = std::move(lines);
    json::array changes;
    for (const auto& line : outcome.would_change) {
        changes.emplace_back(line);
    }
    document["plan"] = std::move(changes);
    return document;
}

void print(const Globals& globals, const ImportOptions& options, const Outcome& outcome) {
    if (!client::wants_text(globals.client)) {
        client::print_value(globals.client, document_of(options, outcome));
        return;
    }
    auto& out = *globals.client.out;
    const auto& imported = outcome.imported;
    for (const auto& [name, text] : imported.files) {
        out << "made " << client::printable(options.folder + "/" + name) << "\n";
    }
    const auto& services = imported.state.services;
    const auto declared = std::count_if(
        services.begin(), services.end(), [](const ServiceSpec& one) { return one.declared; });
    out << fmt::format(
        "Fleet {}: {} services with a document, {} clients, {} policies.\n",
        imported.state.fleet.name,
        declared,
        imported.state.clients.size(),
        imported.state.policies.size());
    if (!imported.leftovers.empty()) {
        out << "Not expressed, and left as it is:\n";
    }
    for (const auto& [object, why] : imported.leftovers) {
        out << "- " << client::printable(object) << ": " << client::printable(why) << "\n";
    }
    if (!outcome.allowance.lines.empty()) {
        out << "operator.yaml must say this before it is in force:\n";
    }
    for (const auto& line : outcome.allowance.lines) {
        out << "    " << client::printable(line) << "\n";
    }
    for (const auto& line : outcome.would_change) {
        out << "! the plan would still change " << client::printable(line) << "\n";
    }
    if (outcome.would_change.empty()) {
        out << "The plan is empty: nothing would change.\n";
    }
}

/// Writes, looks at the plan, and leaves out what it would change, until it is empty or nothing
/// more can be left out.
int import_into(
    const Globals& globals,
    const ImportOptions& options,
    const settings::Config& config) {
    auto live = live_fleet(globals, config, options);
    if (!live) {
        return refuse(globals, live.error().message());
    }
    importer::LeftOut left_out;
    for (;;) {
        auto imported = importer::import_fleet(*live, left_out);
        if (!imported) {
            return refuse(globals, imported.error().message());
        }
        if (auto fits = fits_with_others(options, *imported); !fits) {
            return refuse(globals, fits.error().message());
        }
        auto staged = StagedFiles::stage(options.folder, imported->files, options.force);
        if (!staged) {
            return refuse(globals, staged.error().message());
        }
        auto allowance = allowance_for(config.access, imported->state);
        auto allowed = config;
        allowed.access = allowance.rules;
        const auto view = plan_of(globals, std::move(allowed), staged->folder());
        if (view == nullptr) {
            return client::kExitError;
        }
        const auto known = left_out.size();
        left_out.merge(changed_by(*view));
        if (left_out.size() > known) {
            continue;
        }
        if (auto placed = staged->place(); !placed) {
            return refuse(globals, placed.error().message());
        }
        const Outcome outcome{std::move(*imported), std::move(allowance), lines_of(*view)};
        print(globals, options, outcome);
        return outcome.would_change.empty() ? client::kExitGood : kExitChanges;
    }
}

int import_fleet(const Globals& globals, const ImportOptions& options) {
    std::error_code failed;
    const auto place = std::filesystem::absolute(options.folder, failed).string();
    auto config = config_for(globals, place);
    if (!config) {
        return client::kExitError;
    }
    // Said before anything is asked.
    if (auto staged = StagedFiles::stage(options.folder, {}, options.force); !staged) {
        return refuse(globals, staged.error().message());
    }
    return import_into(globals, options, *config);
}

}  // namespace

void add_import(CLI::App& app, Globals& globals) {
    auto options = std::make_shared<ImportOptions>();
    auto* command = app.add_subcommand(
        "import",
        "read a running fleet and write the desired state that changes nothing of it; needs an "
        "operator.yaml with addresses and references alone. Writes nothing to the fleet");
    command->add_option("DIR", options->folder, "the folder to write: new, or without files")
        ->required();
    command->add_flag("--force", options->force, "replace files of the same names");
    command->add_option("--fleet", options->fleet, "the fleet's name; else as marks say, or fleet");
    command->add_option(
        "--environment", options->environment, "Portainer's environment; else its only Swarm");
    command->add_option(
        "--realm", options->realm, "Keycloak's realm; else as services' issuers say, or master");
    command
        ->add_option(
            "--keycloak-client", options->client_id, "the client that the operator logs in as")
        ->capture_default_str();
    command->add_option("--mount", options->mount, "the vault's KV v2 mount")
        ->capture_default_str();
    command->add_option(
        "--service-url",
        options->service_url,
        "how services are reached, as http://{name}.arpa/mcp; else by `probes` or Portainer's "
        "domain");
    command->callback(
        [&globals, options] { globals.client.exit_code = import_fleet(globals, *options); });
}

}  // namespace wavegate::program
