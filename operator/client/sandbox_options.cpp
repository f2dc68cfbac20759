#include "operator/client/sandbox_options.hpp"

#include <CLI/CLI.hpp>

namespace wavegate::client {
namespace {

/// A line for each verb of operator/sandbox/program/control.cpp.
constexpr const char* kWhatGoesWrong =
    R"(What goes wrong at your word: curl -X POST http://sandbox.localhost:PORT/__sandbox/VERB
  break/SERVICE          it can't reach the JWKS: refuses every token
  crash/SERVICE          its next containers end with exit code 1
  mend/SERVICE           both are well again
  edit/STACK/KEY/VALUE   by hand, in the stack's Env, with a redeploy
  rewrite/STACK/FROM/TO  by hand, every FROM in the stack's file, with a redeploy
  down/SYSTEM up/SYSTEM  keycloak, openbao, eunomia, ... or a service: 502
  policy/allow-all       the policy server's command line adds its default policy
  policy/delete/NAME     policy/wipe: all of them
  park/SERVICE           the multiplexer gives the child up until its own restart
  drop-header            the multiplexer names no principal after its next start
  restart-fails          the multiplexer loads no child after its next start)";

}  // namespace

void add_sandbox_options(CLI::App& command, SandboxOptions& options) {
    command.add_option("--port", options.port, "port on 127.0.0.1; 0: any that is free");
    auto* fleet = command.add_option(
        "--fleet", options.fleet, "a desired state's folder: its services, waves and modes");
    command.add_option("--registry", options.registry, "an upstream registry: all its services")
        ->excludes(fleet);
    auto* write = command.add_option(
        "--write-desired", options.write, "write desired/, operator.yaml and sandbox.env here");
    command.add_option("--auth", options.auth, "what the desired state says of every service")
        ->check(CLI::IsMember({"jwt", "none"}));
    command.add_option("--token-life", options.token_life, "the client's tokenLifespan");
    command.add_option("--soak", options.soak, "of every wave");
    command.add_option("--in-flight", options.in_flight, "maxInFlight of every wave");
    command.add_option("--speed", options.speed, "10: containers come and go ten times as fast")
        ->check(CLI::Range(1, 1000));
    command.add_option("--enforcing", options.enforcing, "services that run with jwt already");
    command.add_flag("--short-soak", options.short_soak, "soaks may be shorter than tokens live");
    command.add_flag("--dynamic", options.dynamic, "the multiplexer loads children on demand");
    command.add_flag("--grafana", options.grafana, "the desired state names a Grafana");
    command
        .add_flag(
            "--git-stacks",
            options.git_stacks,
            "services are git stacks, from bare repositories in git/ beside the desired state; "
            "the operator may commit there")
        ->needs(write);
    command.footer(kWhatGoesWrong);
}

std::vector<std::string> words_said_to(const CLI::App& command) {
    std::vector<std::string> words;
    for (const CLI::Option* option : command.get_options()) {
        const bool flag = option->get_items_expected_max() == 0;
        for (const auto& value : option->results()) {
            if (flag) {
                words.push_back(option->get_name() + "=" + value);
            } else {
                words.insert(words.end(), {option->get_name(), value});
            }
        }
    }
    return words;
}

}  // namespace wavegate::client
