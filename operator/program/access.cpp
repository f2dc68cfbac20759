#include "operator/client/output.hpp"
#include "operator/client/table.hpp"
#include "operator/client/verbs.hpp"
#include "operator/program/commands.hpp"
#include "operator/program/wiring.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <memory>
#include <ostream>
#include <utility>

namespace wavegate::program {
namespace {

namespace json = boost::json;

struct Asked {
    std::string principal;
    std::string service;
    std::string tool;
};

bool is_granted(const fleet::Access& access) {
    return std::all_of(access.tools.begin(), access.tools.end(), [](const auto& tool) {
        return tool.call.allowed;
    });
}

/// What the answers are worth there; empty: all.
std::string caveat(const fleet::Access& access) {
    if (!access.mode) {
        return "the service is not seen to run";
    }
    if (!access.asks) {
        return *access.mode == AuthMode::None
                   ? "the service runs open and asks no policy server: whoever reaches it may call"
                   : "the service asks no policy server: every token that it takes may call";
    }
    return *access.mode == AuthMode::None
               ? "the service runs open: whoever reaches it can name any principal"
               : "";
}

std::string why(const fleet::Ruling& ruling) {
    return ruling.rule.empty() && !ruling.allowed ? "no rule = deny (" + ruling.reason + ")"
                                                  : ruling.reason;
}

json::object document_of(const fleet::Ruling& ruling) {
    return {
        {"allowed", ruling.allowed},
        {"policy", ruling.policy},
        {"rule", ruling.rule},
        {"reason", ruling.reason}};
}

json::object document_of(const fleet::Access& access) {
    json::array tools;
    for (const auto& tool : access.tools) {
        tools.push_back(json::object{
            {"tool", tool.tool},
            {"list", document_of(tool.list)},
            {"call", document_of(tool.call)}});
    }
    return {
        {"principal", access.principal},
        {"service", access.service},
        {"auth", access.mode ? json::value(to_string(*access.mode)) : json::value()},
        {"asksPolicyServer", access.asks},
        {"note", caveat(access)},
        {"granted", is_granted(access)},
        {"tools", std::move(tools)}};
}

client::Cell cell_of(const fleet::Ruling& ruling) {
    return ruling.allowed ? client::Cell("allow", client::Tint::Good)
                          : client::Cell("deny", client::Tint::Bad);
}

void print(const client::Context& context, const fleet::Access& access) {
    if (!client::wants_text(context)) {
        client::print_value(context, document_of(access));
        return;
    }
    client::Table table({"TOOL", "LIST", "CALL", "POLICY", "RULE", "WHY"});
    for (const auto& tool : access.tools) {
        table.add(
            {tool.tool,
             cell_of(tool.list),
             cell_of(tool.call),
             tool.call.policy,
             tool.call.rule,
             why(tool.call)});
    }
    *context.out << access.principal << " at " << access.service << "\n"
                 << table.text(client::in_color(context));
    if (const auto note = caveat(access); !note.empty()) {
        *context.out << "Note: " << note << "\n";
    }
}

asio::awaitable<int> ask(const Globals& globals, Operator& running, Asked asked) {
    auto& controller = running.controller();
    co_await controller.look();
    if (const auto view = controller.view(); view->desired == nullptr) {
        *globals.client.error << "source: " << view->source.message << "\n";
        co_return client::kExitError;
    }
    const auto access = co_await controller.access(
        std::move(asked.principal), std::move(asked.service), std::move(asked.tool));
    if (!access) {
        *globals.client.error << access.error().message() << "\n";
        co_return client::kExitError;
    }
    print(globals.client, *access);
    co_return is_granted(*access) ? client::kExitGood : client::kExitCheckFailed;
}

int access(const Globals& globals, const Asked& asked) {
    auto config = load_config(globals, log::Level::Warn);
    if (!config) {
        return client::kExitError;
    }
    Operator running(std::move(*config), globals.environment, Mode::Look, "access");
    return running.run_once([&globals, asked](Operator& op) { return ask(globals, op, asked); });
}

}  // namespace

void add_access(CLI::App& app, Globals& globals) {
    auto* command = app.add_subcommand(
        "access",
        "what the policy server lets a principal do at a service, and which rule decides; exit "
        "code 4 when a call is denied. Writes nothing");
    auto asked = std::make_shared<Asked>();
    command->add_option("PRINCIPAL", asked->principal, "as services send it: agent:NAME, or NAME")
        ->required();
    command->add_option("SERVICE", asked->service, "a service of the desired state")->required();
    command->add_option("TOOL", asked->tool, "one of its tools; all that are known otherwise");
    command->callback([&globals, asked] { globals.client.exit_code = access(globals, *asked); });
}

}  // namespace wavegate::program
