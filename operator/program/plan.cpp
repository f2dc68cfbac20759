#include "operator/client/output.hpp"
#include "operator/program/commands.hpp"
#include "operator/program/plan_text.hpp"
#include "operator/program/wiring.hpp"
#include "operator/status/document.hpp"

#include <CLI/CLI.hpp>

#include <ostream>
#include <utility>

namespace wavegate::program {
namespace {

/// Why there is no plan, or nothing.
std::string trouble(const status::View& view) {
    if (view.desired == nullptr || !view.source.ready) {
        return "source: " + view.source.message;
    }
    std::string text;
    for (const auto& [name, backend] : view.backends) {
        if (!backend.ok) {
            text += (text.empty() ? "" : "\n") + name + ": " + backend.message;
        }
    }
    return text;
}

void print(const Globals& globals, const status::View& view) {
    const auto& client = globals.client;
    if (client.output == "json") {
        *client.out << client::to_json_text(status::plan_document(view));
    } else if (client.output == "yaml") {
        *client.out << client::to_yaml_text(status::plan_document(view));
    } else {
        *client.out << plan_text(view);
    }
}

asio::awaitable<int> look(const Globals& globals, Operator& running) {
    co_await running.controller().look();
    const auto view = running.controller().view();
    for (const auto& diagnostic : view->source.found) {
        *globals.client.error << to_text(diagnostic) << "\n";
    }
    if (auto why = trouble(*view); !why.empty()) {
        *globals.client.error << why << "\n";
        co_return client::kExitError;
    }
    print(globals, *view);
    co_return has_changes(*view) ? kExitChanges : client::kExitGood;
}

int plan(const Globals& globals) {
    auto config = load_config(globals, log::Level::Warn);
    if (!config) {
        return client::kExitError;
    }
    Operator running(std::move(*config), globals.environment, Mode::Look, "plan");
    return running.run_once([&globals](Operator& op) { return look(globals, op); });
}

}  // namespace

void add_plan(CLI::App& app, Globals& globals) {
    auto* command = app.add_subcommand(
        "plan", "what differs between desired and live, and what is released next; writes nothing");
    command->callback([&globals] { globals.client.exit_code = plan(globals); });
}

}  // namespace wavegate::program
