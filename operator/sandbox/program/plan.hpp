#pragma once

#include "operator/base/result.hpp"
#include "operator/client/sandbox_options.hpp"
#include "operator/sandbox/desired_state.hpp"

#include <string>

namespace wavegate::sandbox {

struct SandboxPlan {
    WorldPlan world;
    DesiredPlan desired;
};

/// Services, waves and modes of the emulated fleet. Without a fleet or registry: six services in
/// two waves. Errors: a file that cannot be read, or has errors (the first is named).
Result<SandboxPlan> plan_sandbox(const client::SandboxOptions& options);

/// Writes <folder>/desired/*.yaml, an operator.yaml that reads it, and sandbox.env with the
/// secrets of the doubles, which are worth nothing elsewhere.
Result<void> write_sandbox_files(const std::string& folder, const SandboxPlan& plan);

}  // namespace wavegate::sandbox
