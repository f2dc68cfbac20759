#pragma once

#include "operator/base/task.hpp"
#include "operator/model/fleet_lock.hpp"

#include <optional>
#include <string>

namespace wavegate {

/// Where the lock of a fleet stands: one Docker config of its Swarm, through Portainer's proxy.
/// Errors of all:
///   Denied       the credentials are too weak: configs are an administrator's
///   Unavailable, Timeout, Throttled   nobody answers, or the Swarm has no leader
///   Protocol, Invalid                 no answer that Docker gives
/// Effect Maybe: it may be done all the same; only `read` tells.
class FleetLock {
  public:
    virtual ~FleetLock() = default;
    /// Nothing: there is none of that name.
    virtual Task<std::optional<LockConfig>> read(std::string name) = 0;
    /// Conflict: it is there already.
    virtual Task<void> create(std::string name, LockConfig::Labels labels) = 0;
    /// Compare-and-set: on the version that was read. Conflict: another was first. NotFound: it was
    /// deleted.
    virtual Task<void> update(LockConfig seen, LockConfig::Labels labels) = 0;
};

}  // namespace wavegate
