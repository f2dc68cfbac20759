#pragma once

#include "operator/ports/annotations.hpp"
#include "operator/ports/blocking.hpp"
#include "operator/ports/clock.hpp"
#include "operator/ports/credentials.hpp"
#include "operator/ports/env_files.hpp"
#include "operator/ports/fleet_lock.hpp"
#include "operator/ports/identity.hpp"
#include "operator/ports/mcp.hpp"
#include "operator/ports/policies.hpp"
#include "operator/ports/random.hpp"
#include "operator/ports/source.hpp"
#include "operator/ports/stack_repositories.hpp"
#include "operator/ports/stacks.hpp"
#include "operator/ports/store.hpp"
#include "operator/ports/vault.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace wavegate::fleet {

/// Clients of the systems that one desired state names. Rebuilt when their addresses change.
struct Backends {
    std::unique_ptr<Stacks> stacks;
    std::unique_ptr<StackRepositories> repositories;  ///< null without `stackRepo`
    std::unique_ptr<Identity> identity;
    std::unique_ptr<Vault> vault;
    std::unique_ptr<Policies> policies;
    std::unique_ptr<Mcp> mcp;
    std::unique_ptr<Annotations> annotations;  ///< null without `grafana`
    std::unique_ptr<FleetLock> lock;
};

/// Everything outside, as the controller reaches it.
struct Outside {
    Clock& clock;
    Source& source;
    Store& store;
    Credentials& credentials;
    EnvFiles& env_files;
    Blocking& parsing;  ///< a lane for revisions that take long to check
    std::function<std::shared_ptr<Backends>(const FleetSpec&)> connect;
    /// What a desired state sends where operator.yaml does not let it go; such a state is not put
    /// in force, nor taken by a person. Null: everything may go.
    std::function<std::vector<Diagnostic>(const DesiredState&)> refuse{};
    /// Spreads what is tried again; null: it comes as it comes.
    Random* random = nullptr;
};

}  // namespace wavegate::fleet
