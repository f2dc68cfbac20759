#pragma once

#include "operator/access/gate.hpp"
#include "operator/ports/stacks.hpp"
#include "operator/ports/vault.hpp"

#include <memory>
#include <string>
#include <vector>

namespace wavegate::access {

/// A vault whose entries take a client's secret only where the gate lets it be kept: told by what
/// the entry would hold.
class GatedVault final : public Vault {
  public:
    /// `gate` must outlive every call.
    GatedVault(std::unique_ptr<Vault> inner, const Gate& gate)
        : inner_(std::move(inner)), gate_(gate) {}

    Task<std::optional<VaultEntry>> read(std::string path) override;
    /// Besides the vault's errors, Denied/None: that client's secret may not be kept there.
    Task<Receipt> apply(Permit permit) override;

  private:
    std::unique_ptr<Vault> inner_;
    const Gate& gate_;
};

/// Stacks whose Env takes a client's secret only where the gate lets it stand. What stays as it
/// is, and what a wiring met and recorded, may go back unasked.
class GatedStacks final : public Stacks {
  public:
    /// `gate` must outlive every call.
    GatedStacks(std::unique_ptr<Stacks> inner, const Gate& gate)
        : inner_(std::move(inner)), gate_(gate) {}

    Task<std::vector<StackView>> list() override;
    Task<SwarmView> swarm() override;
    Task<SwarmView> around(std::string stack, std::string service) override;
    Task<StackView> stack(int id) override;
    Task<void> watch(std::function<void(Hint)> tell) override;
    Task<std::string> file(int id) override;
    /// Besides the errors of Stacks, Denied/None: that client's secret may not stand there.
    Task<Receipt> apply(Permit permit) override;

  private:
    std::unique_ptr<Stacks> inner_;
    const Gate& gate_;
};

}  // namespace wavegate::access
