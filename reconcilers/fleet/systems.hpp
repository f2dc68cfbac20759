#pragma once

#include "reconcilers/fleet/outside.hpp"
#include "reconcilers/stacks/system/system.hpp"
#include "reconcilers/system.hpp"

#include <memory>
#include <vector>

namespace wavegate::fleet {

/// The systems of one desired state's backends: what `fleet/` loops over. Here alone it says which
/// there are.
class Systems {
  public:
    /// `memory` is of the Portainer that the backends speak to.
    Systems(
        Clock& clock,
        EnvFiles& env_files,
        std::shared_ptr<Backends> backends,
        std::shared_ptr<stacks::StackMemory> memory);

    [[nodiscard]] const Backends& backends() const { return *backends_; }
    [[nodiscard]] std::shared_ptr<Backends> shared_backends() const { return backends_; }
    /// Portainer, which a pass waits for.
    [[nodiscard]] stacks::StacksSystem& stacks() { return *stacks_; }
    /// All others, which are looked at beside it.
    [[nodiscard]] const std::vector<Lookout*>& beside() const { return beside_; }
    /// Null: the fleet declares no such system.
    [[nodiscard]] System* of(Room room);
    /// Everything that differs. Pure.
    Diff diff(const Pass& pass);

  private:
    std::shared_ptr<Backends> backends_;
    std::unique_ptr<System> clients_;
    std::unique_ptr<System> secrets_;
    std::unique_ptr<System> policies_;
    std::unique_ptr<stacks::StacksSystem> stacks_;
    std::unique_ptr<System> annotations_;
    std::unique_ptr<Lookout> env_files_;
    std::vector<Lookout*> beside_;
};

}  // namespace wavegate::fleet
