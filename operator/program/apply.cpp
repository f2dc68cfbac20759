#include "operator/base/log.hpp"
#include "operator/client/output.hpp"
#include "operator/client/table.hpp"
#include "operator/program/commands.hpp"
#include "operator/program/progress.hpp"
#include "operator/program/summary.hpp"
#include "operator/program/wiring.hpp"
#include "operator/status/document.hpp"
#include "operator/status/words.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <optional>
#include <ostream>
#include <unistd.h>
#include <utility>

namespace wavegate::program {
namespace {

/// The exit code where this process may not act, and does not wait until it may.
std::optional<int> barred(const status::View& view, bool wait) {
    if (view.leads.stands_by() && !wait) {
        return client::kExitStandby;
    }
    return view.leads.barred ? std::optional(client::kExitError) : std::nullopt;
}

/// The exit code, once there is one.
std::optional<int> outcome(const status::View& view) {
    if (view.passes == 0 || view.source.reason.empty() || view.leads.stands_by()) {
        return std::nullopt;  // nothing was looked at yet, or the source was not, or not by this
    }
    if (!view.source.ready) {
        return view.source.reason == "Held" ? client::kExitAwaited : client::kExitError;
    }
    if (!view.leads.own) {
        return std::nullopt;
    }
    if (view.standing == "Converged") {
        return client::kExitGood;
    }
    if (view.standing == "Halted") {
        return client::kExitHalted;
    }
    if (view.standing == "Awaited") {
        return client::kExitAwaited;
    }
    return std::nullopt;
}

void print_end(const Globals& globals, const status::View& view) {
    const auto& client = globals.client;
    for (const auto& diagnostic : view.source.found) {
        *client.error << to_text(diagnostic) << "\n";
    }
    if (!view.source.ready) {
        *client.error << "source: " << client::printable(view.source.message) << "\n";
    }
    if (client.output == "json") {
        *client.out << client::to_json_text(status::status_document(view));
    } else if (client.output == "yaml") {
        *client.out << client::to_yaml_text(status::status_document(view));
    } else {
        *client.out << summary_text(view, client.terminal && !client.no_color);
    }
}

void print_barred(const Globals& globals, const status::View& view) {
    *globals.client.error << client::printable(status::lead_words(view.leads, view.acts)) << "\n";
    if (view.leads.stands_by()) {
        *globals.client.error
            << "nothing was done: leave the work to it, or wait for it with --wait\n";
    }
}

asio::awaitable<int> follow(const Globals& globals, Operator& running, bool wait) {
    Progress progress(
        *globals.client.error, isatty(STDERR_FILENO) == 1 && !globals.client.no_color);
    std::uint64_t shown = 0;
    while (!running.stopping()) {
        const auto view = running.controller().view();
        if (view->passes != shown) {
            shown = view->passes;
            progress.show(*view);
        }
        if (const auto exit = barred(*view, wait)) {
            print_barred(globals, *view);
            co_return *exit;
        }
        if (const auto exit = outcome(*view)) {
            print_end(globals, *view);
            co_return *exit;
        }
        auto& clock = running.clock();
        static_cast<void>(
            co_await clock.sleep_until(clock.now().mono + std::chrono::milliseconds(100)));
    }
    *globals.client.error << "stopped before it converged\n";
    co_return client::kExitError;
}

int apply(const Globals& globals, bool wait) {
    auto config = load_config(globals, log::Level::Warn);
    if (!config) {
        return client::kExitError;
    }
    Operator running(std::move(*config), globals.environment, Mode::Act, "apply");
    return running.run([&globals, wait](Operator& op) { return follow(globals, op, wait); });
}

}  // namespace

void add_apply(CLI::App& app, Globals& globals) {
    auto* command = app.add_subcommand(
        "apply",
        "reconcile until converged (exit 0), halted (3) or a person is awaited (5); 6: another "
        "operator acts on this fleet");
    auto wait = std::make_shared<bool>(false);
    command->add_flag("--wait", *wait, "wait until no other operator acts on this fleet");
    command->callback([&globals, wait] { globals.client.exit_code = apply(globals, *wait); });
}

}  // namespace wavegate::program
