#include "operator/client/commands.hpp"

#include "operator/client/completion.hpp"
#include "operator/client/verbs.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <memory>
#include <ostream>

namespace wavegate::client {
namespace {

/// What a command's own options fill in; shared by those options and its callback.
struct Arguments {
    std::string kind;
    std::string name;
    std::string reason;
    bool watch = false;
};

bool has(const CLI::App& app, const std::string& option) {
    return app.get_option_no_throw(option) != nullptr;
}

void add_options(CLI::App& app, Context& context) {
    if (!has(app, "--output")) {
        app.add_option("-o,--output", context.output, "How to print: table, wide, json or yaml")
            ->check(CLI::IsMember({"table", "wide", "json", "yaml"}))
            ->capture_default_str();
    }
    if (!has(app, "--no-color")) {
        app.add_flag("--no-color", context.no_color, "Print without colours");
    }
    if (!has(app, "--server")) {
        app.add_option("--server", context.server, "Address of the running operator")
            ->envname("WAVEGATE_SERVER");
    }
    if (!has(app, "--token-ref")) {
        app.add_option("--token-ref", context.token_ref, "Its token: env:NAME or file:PATH")
            ->envname("WAVEGATE_TOKEN_REF");
    }
}

/// A command whose callback sets the exit code; options of the program may stand after it.
CLI::App* add_command(
    CLI::App& parent,
    const std::string& name,
    const std::string& does,
    Context& context,
    std::function<int()> run) {
    auto* command = parent.add_subcommand(name, does);
    command->fallthrough();
    command->callback([&context, run = std::move(run)] { context.exit_code = run(); });
    return command;
}

void add_get(CLI::App& app, Context& context) {
    auto given = std::make_shared<Arguments>();
    auto* get = add_command(app, "get", "List objects of a kind", context, [&context, given] {
        return get_objects(context, {given->kind, given->name, given->watch});
    });
    get->add_option(
           "KIND",
           given->kind,
           "services, waves, rollouts, clients, policies or events; or KIND/NAME")
        ->required();
    get->add_option("NAME", given->name, "Only this one");
    get->add_flag("-w,--watch", given->watch, "Print again what changes, until interrupted");
}

void add_describe(CLI::App& app, Context& context) {
    auto given = std::make_shared<Arguments>();
    auto* describe = add_command(
        app,
        "describe",
        "Show one object: conditions, waits, evidence, events",
        context,
        [&context, given] { return describe_object(context, given->kind, given->name); });
    describe->add_option("KIND", given->kind, "As for get, or KIND/NAME")->required();
    describe->add_option("NAME", given->name, "Its name");
}

void add_events(CLI::App& app, Context& context) {
    auto given = std::make_shared<Arguments>();
    auto* events = add_command(app, "events", "List what happened", context, [&context, given] {
        return get_objects(context, {"events", given->name, given->watch});
    });
    events->add_option("NAME", given->name, "Only about this object: name or Kind/name");
    events->add_flag("-w,--watch", given->watch, "Print again what changes, until interrupted");
}

enum class Service { None, Optional };

void add_reason(CLI::App& command, Arguments& given) {
    command.add_option("--reason", given.reason, "Why, for the events and the audit");
}

void add_rollout_verb(
    CLI::App& rollout,
    Context& context,
    const std::string& verb,
    const std::string& does,
    Service named) {
    auto given = std::make_shared<Arguments>();
    auto* command = add_command(rollout, verb, does, context, [&context, given, verb] {
        return rollout_command(context, verb, {given->name, "", given->reason});
    });
    add_reason(*command, *given);
    if (named != Service::None) {
        command->add_option("SERVICE", given->name, "The service meant");
    }
}

void add_freeze(CLI::App& rollout, Context& context) {
    auto given = std::make_shared<Arguments>();
    auto until = std::make_shared<std::string>();
    auto* freeze = add_command(
        rollout,
        "freeze",
        "Begin nothing; what has begun is finished, and ways back go on",
        context,
        [&context, given, until] {
            return rollout_command(context, "freeze", {"", "", given->reason, *until});
        });
    add_reason(*freeze, *given);
    freeze->add_option("--until", *until, "Its end, as 2026-12-05T18:00:00Z; else until unfreeze");
    add_rollout_verb(rollout, context, "unfreeze", "End a freeze of a person's", Service::None);
}

void add_accept(CLI::App& rollout, Context& context) {
    auto given = std::make_shared<Arguments>();
    auto revision = std::make_shared<std::string>();
    auto client = std::make_shared<std::string>();
    auto* accept = add_command(
        rollout,
        "accept",
        "Let its wave go on without a service, take a revision that is held back, or make a client "
        "the fleet's own",
        context,
        [&context, given, revision, client] {
            return revision->empty()
                       ? rollout_command(context, "accept", {given->name, *client, given->reason})
                       : accept_revision(context, *revision, given->reason);
        });
    add_reason(*accept, *given);
    auto* what = accept->add_option_group("what is accepted");
    what->add_option("SERVICE", given->name, "The service meant");
    what->add_option("--revision", *revision, "The revision that is held back");
    what->add_option("--client", *client, "The clientId of a client whose document says adopt");
    what->require_option(1);
}

void add_unsupported(CLI::App& rollout, Context& context, const std::string& verb) {
    auto given = std::make_shared<Arguments>();
    auto* command =
        add_command(rollout, verb, "Not yet supported", context, [&context, given, verb] {
            return not_yet_supported(context, "rollout " + verb);
        });
    command->add_option("NAME", given->name, "Service or wave");
}

void add_rollout(CLI::App& app, Context& context) {
    auto* rollout = app.add_subcommand("rollout", "Follow and steer the rollout in force");
    rollout->fallthrough();
    rollout->require_subcommand(1);
    add_command(*rollout, "status", "How far it is", context, [&context] {
        return rollout_status(context);
    })->footer("Exit code: 0 converged, 2 still moving, 3 halted, 5 a person is awaited, 1 error");
    add_command(*rollout, "show", "Every service of it", context, [&context] {
        return rollout_show(context);
    });
    add_rollout_verb(*rollout, context, "pause", "Start nothing further", Service::None);
    add_rollout_verb(*rollout, context, "resume", "Go on after a pause", Service::None);
    add_rollout_verb(
        *rollout, context, "abort", "Take back what is in flight, and pause", Service::None);
    add_rollout_verb(*rollout, context, "retry", "Try again what failed", Service::Optional);
    add_freeze(*rollout, context);
    add_accept(*rollout, context);
    for (const auto* verb : {"approve", "undo"}) {
        add_unsupported(*rollout, context, verb);
    }
}

void add_probe(CLI::App& app, Context& context) {
    auto given = std::make_shared<Arguments>();
    auto* probe = add_command(
        app,
        "probe",
        "Have a service checked now; exit code 4 when a check failed",
        context,
        [&context, given] { return probe_service(context, given->name); });
    probe->add_option("SERVICE", given->name, "Its name")->required();
}

void add_completion(CLI::App& app, Context& context) {
    auto given = std::make_shared<Arguments>();
    auto* completion = add_command(
        app, "completion", "Print a completion script", context, [&app, &context, given] {
            *context.out << completion_script(app, given->name).value_or("");
            return kExitGood;
        });
    completion->add_option("SHELL", given->name, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
}

}  // namespace

void add_commands(CLI::App& app, Context& context) {
    // Without this bound a word like `events` after `get` is taken for the next command.
    app.require_subcommand(app.get_require_subcommand_min(), 1);
    add_options(app, context);
    add_get(app, context);
    add_describe(app, context);
    add_events(app, context);
    add_rollout(app, context);
    add_probe(app, context);
    add_completion(app, context);
}

}  // namespace wavegate::client
