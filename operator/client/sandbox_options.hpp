#pragma once

#include <string>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): the library's name
class App;
}

namespace wavegate::client {

/// What can be said to the sandbox. Two programs read it: `wavegate sandbox`, which knows help,
/// hints and completion, and wavegate-sandbox, which serves the fleet.
struct SandboxOptions {
    int port = 18080;        ///< 0: any that is free
    std::string fleet;       ///< folder of a desired state: its services, waves and modes
    std::string registry;    ///< upstream registry file: its services, in one wave
    std::string write;       ///< where the desired state and operator.yaml are written
    std::string auth;        ///< jwt or none for every service; empty: as `fleet` says, else jwt
    std::string token_life;  ///< overlays: empty or 0 leaves what is there
    std::string soak;
    int in_flight = 0;
    int speed = 1;  ///< of Swarm and the containers: 10 is ten times as fast as measured
    std::vector<std::string> enforcing;  ///< these services run with jwt from the start
    bool short_soak = false;
    bool dynamic = false;
    bool grafana = false;
    bool git_stacks = false;  ///< services are git stacks, in repositories below `write`
};

/// Registers them, and what can be made to go wrong as the help's last part. `options` must
/// outlive the parsing.
void add_sandbox_options(CLI::App& command, SandboxOptions& options);

/// What was said to `command` itself, as the words of a command line of its own; options of the
/// whole program are none of these.
std::vector<std::string> words_said_to(const CLI::App& command);

}  // namespace wavegate::client
