#pragma once

#include "operator/base/secret.hpp"
#include "operator/base/task.hpp"
#include "operator/ports/clock.hpp"
#include "operator/ports/vault.hpp"

#include <map>
#include <memory>
#include <string>

namespace wavegate::access {

/// Reads `openbao:mount/path#key` through the vault of the fleet. A secret is asked for again
/// after a minute, so that it costs a pass no request of its own; while the vault does not answer
/// the last one stays in use, so that a way back never waits for the vault.
class VaultReferences {
  public:
    /// `clock` must outlive every call.
    explicit VaultReferences(const Clock& clock) : clock_(clock) {}

    /// Where the references' entries are: a mount, in a namespace of the vault (empty: the root
    /// one). What was read elsewhere says nothing of an entry here.
    struct Place {
        std::string mount;
        std::string name_space;

        bool operator==(const Place&) const = default;
    };
    /// The vault and the place, as the desired state now names them. A vault that is gone and
    /// another mount are errors of `read`.
    void use(std::weak_ptr<Vault> vault, Place place);

    /// NotFound: no such entry or key. Invalid: another mount, or no path and key. Unavailable:
    /// no desired state has named a vault yet, or it does not answer and never did.
    Task<SecretValue> read(std::string reference);

  private:
    struct Kept {
        SecretValue secret;
        Mono until;
    };
    Task<SecretValue> ask(std::string path, std::string key, std::string reference);

    const Clock& clock_;
    std::weak_ptr<Vault> vault_;
    Place place_;
    std::map<std::string, Kept> kept_;
};

}  // namespace wavegate::access
