#pragma once

#include "operator/base/result.hpp"
#include "operator/sandbox/desired_state.hpp"

#include <optional>
#include <string>
#include <vector>

namespace wavegate::program {

/// The options of `sandbox`.
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

struct SandboxPlan {
    sandbox::WorldPlan world;
    sandbox::DesiredPlan desired;
};

/// Services, waves and modes of the emulated fleet. Without a fleet or registry: six services in
/// two waves. Errors: a file that cannot be read, or has errors (the first is named).
Result<SandboxPlan> plan_sandbox(const SandboxOptions& options);

/// Writes <folder>/desired/*.yaml, an operator.yaml that reads it, and sandbox.env with the
/// secrets of the doubles, which are worth nothing elsewhere.
Result<void> write_sandbox_files(const std::string& folder, const SandboxPlan& plan);

}  // namespace wavegate::program
