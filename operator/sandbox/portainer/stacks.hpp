#pragma once

#include "operator/sandbox/portainer/deploy.hpp"
#include "operator/sandbox/portainer/git_repository.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wavegate::sandbox {

struct GitAuthentication {
    std::string user;
    std::string password;
};

struct AutoUpdate {
    std::string interval;
    std::string webhook;
    std::string job;
    bool force_update = false;
    bool force_pull = false;
};

struct GitConfig {
    std::string url;
    std::string reference;
    std::string path;
    std::string hash;
    std::optional<GitAuthentication> authentication;
    bool skip_verify = false;
};

/// One line of a stack's DeploymentStatus (generation B).
struct DeploymentStep {
    int status = 0;
    std::int64_t at = 0;  ///< Unix seconds
    std::string message;  ///< of an error
};

/// One row of Portainer's database, and the project folder on its disk.
struct StackRecord {
    int id = 0;
    std::string name;
    int endpoint = 1;
    std::string swarm_id;
    std::string entry_point = "docker-compose.yml";
    std::optional<EnvList> env;  ///< null when never given
    int status = 1;              ///< 1 active, 2 inactive; generation B: 3 deploying, 4 error
    int status_before = 1;       ///< as the last deployment found it
    std::vector<DeploymentStep> steps;  ///< of the last deployment; generation B
    std::int64_t created = 0;
    std::int64_t updated = 0;
    std::optional<AutoUpdate> auto_update;
    std::optional<bool> prune;  ///< Option.Prune
    std::optional<GitConfig> git;
    bool awaits_redeploy = false;  ///< its git settings were saved and not deployed
    int access = 0;                ///< id of its ResourceControl; 0: lost
    bool from_template = false;
    bool updates_halted = false;              ///< after a failed update of a git stack
    std::map<std::string, std::string> disk;  ///< survives what fails, unlike the record

    [[nodiscard]] std::string project() const { return "/data/compose/" + std::to_string(id); }
};

/// What was done to the fleet, for the oracle.
struct StackWrite {
    Time at;
    std::string stack;
    std::string what;      ///< "create", "update", "redeploy", "stop", "restart mcp-a_mcp-a", …
    bool by_hand = false;  ///< another hand than the API's
    bool overlapped = false;  ///< began while another write on this stack was under way
};

}  // namespace wavegate::sandbox
