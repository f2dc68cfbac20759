#pragma once

#include "operator/access/vault_references.hpp"
#include "operator/ports/blocking.hpp"
#include "operator/ports/credentials.hpp"
#include "operator/settings/config.hpp"

#include <map>
#include <string>
#include <vector>

namespace wavegate::access {

/// What a variable or a file holds, of operator.yaml's own references. Blocks on files. NotFound:
/// no such variable or file; Invalid: a file that is no secret (over 64 KiB, not readable).
Result<SecretValue> read_own(const Reference& reference, const settings::Environment& environment);

/// Resolves references as far as operator.yaml allows, each for one host only: the host of its
/// rule, or the first one that asked in this process. So a commit that changes a URL cannot send
/// a token elsewhere.
class AllowedCredentials final : public Credentials {
  public:
    /// `blocking` and `vault` must outlive every call.
    AllowedCredentials(
        std::vector<settings::ReferenceRule> rules,
        settings::Environment environment,
        Blocking& blocking,
        VaultReferences& vault);

    /// Besides the port's errors, Invalid: a file that is no secret (over 64 KiB, not readable).
    Task<SecretValue> resolve(Reference reference, std::string host) override;
    /// One of operator.yaml's own, which the desired state has no say in: a variable or a file,
    /// since the vault is known by the desired state alone.
    Task<SecretValue> resolve_own(Reference reference);

  private:
    Result<void> allow(const std::string& reference, const std::string& host);

    std::vector<settings::ReferenceRule> rules_;
    settings::Environment environment_;
    Blocking& blocking_;
    VaultReferences& vault_;
    std::map<std::string, std::string> bound_;  ///< reference → its host
};

}  // namespace wavegate::access
