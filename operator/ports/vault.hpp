#pragma once

#include "operator/base/task.hpp"
#include "operator/model/observed.hpp"
#include "operator/model/permit.hpp"

#include <optional>
#include <string>

namespace wavegate {

/// Secret entries below one KV v2 mount (OpenBao).
class Vault {
  public:
    virtual ~Vault() = default;
    /// Data and metadata of one path; nullopt: nothing was ever there. Unavailable: sealed.
    virtual Task<std::optional<VaultEntry>> read(std::string path) = 0;

    /// Performs a VaultWrite under check-and-set. Conflict: the entry moved on.
    virtual Task<Receipt> apply(Permit permit) = 0;
};

}  // namespace wavegate
