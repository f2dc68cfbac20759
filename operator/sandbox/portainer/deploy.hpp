#pragma once

#include "operator/sandbox/portainer/substitution.hpp"
#include "operator/sandbox/portainer/swarm.hpp"

#include <map>
#include <optional>
#include <string>

namespace wavegate::sandbox {

struct Deployment {
    std::string stack;
    std::string entry_point;
    std::map<std::string, std::string> files;  ///< of the project folder
    std::string project_path;
    EnvList env;  ///< of the stack
    bool prune = false;
    bool always_resolve = false;  ///< --resolve-image always, else never
};

/// `docker stack deploy`: prune, networks, secrets, configs, then services one by one. The first
/// error stops it and nothing is undone; returned is what the CLI writes to stderr then.
std::optional<std::string> deploy(Swarm& swarm, const Deployment& order);

/// `docker stack rm`: services, secrets, configs, networks.
void undeploy(Swarm& swarm, const std::string& stack);

/// Does the engine know services of a stack of this name?
bool stack_runs(const Swarm& swarm, const std::string& stack);

}  // namespace wavegate::sandbox
