#pragma once

#include "operator/backends/portainer/api.hpp"
#include "operator/ports/fleet_lock.hpp"

namespace wavegate::portainer {

/// The fleet's lock behind Portainer's Docker proxy (locks.md). Each call is sent once: who renews
/// has his own time for it.
class LockClient final : public FleetLock {
  public:
    /// All references must outlive it.
    LockClient(Transport& transport, Credentials& credentials, PortainerSpec spec)
        : api_(transport, credentials, std::move(spec)) {}

    Task<std::optional<LockConfig>> read(std::string name) override;
    Task<void> create(std::string name, LockConfig::Labels labels) override;
    Task<void> update(LockConfig seen, LockConfig::Labels labels) override;

  private:
    Task<void> post(std::string path, std::string body, int expected);

    Api api_;
};

}  // namespace wavegate::portainer
