#pragma once

#include "operator/access/gate.hpp"
#include "operator/access/vault_references.hpp"
#include "operator/ports/blocking.hpp"
#include "operator/ports/credentials.hpp"
#include "operator/settings/config.hpp"

#include <string>
#include <utility>

namespace wavegate::access {

/// What a variable or a file holds, of operator.yaml's own references. Blocks on files. NotFound:
/// no such variable or file; Invalid: a file that is no secret (over 64 KiB, not readable).
Result<SecretValue> read_own(const Reference& reference, const settings::Environment& environment);

/// Resolves references as far as the gate lets them go where they are asked for. So a commit that
/// changes a URL cannot send a token elsewhere.
class AllowedCredentials final : public Credentials {
  public:
    /// `gate`, `blocking` and `vault` must outlive every call.
    AllowedCredentials(
        const Gate& gate,
        settings::Environment environment,
        Blocking& blocking,
        VaultReferences& vault);

    /// Besides the port's errors, Invalid: a file that is no secret (over 64 KiB, not readable).
    Task<SecretValue> resolve(Reference reference, std::string url) override;
    /// One of operator.yaml's own, which the desired state has no say in: a variable or a file,
    /// since the vault is known by the desired state alone.
    Task<SecretValue> resolve_own(Reference reference);

  private:
    const Gate& gate_;
    settings::Environment environment_;
    Blocking& blocking_;
    VaultReferences& vault_;
};

/// The operator's own references for what operator.yaml itself names: the repository of the
/// desired state. No desired state ever sees it.
class OwnCredentials final : public Credentials {
  public:
    /// `all` must outlive every call.
    explicit OwnCredentials(AllowedCredentials& all) : all_(all) {}

    Task<SecretValue> resolve(Reference reference, std::string /*url*/) override {
        return all_.resolve_own(std::move(reference));
    }

  private:
    AllowedCredentials& all_;
};

}  // namespace wavegate::access
