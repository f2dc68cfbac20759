#pragma once

#include "operator/formats/deployment.hpp"
#include "operator/model/auth_block.hpp"
#include "operator/model/edit.hpp"
#include "operator/model/write.hpp"

#include <string>
#include <vector>

namespace wavegate::guard {

/// What stands there before and after a write to a stack, computed from the fresh re-read and the
/// very payload, for all services that the file has. What the edit says of it says nothing here.
struct Consequence {
    const AuthProfile* profile = nullptr;  ///< outlives this
    formats::Deployed before;              ///< the file and Env as they stand there
    formats::Deployed after;
    bool partial = false;  ///< files are laid over the stack's own, and were not read
    StackEnv env_before;
    StackEnv env_after;

    /// The block that a service of the file gets; empty for one that the file does not have.
    [[nodiscard]] AuthBlock block_of(const std::string& compose_service) const;
    /// The block that the file and Env that stand there would give it.
    [[nodiscard]] AuthBlock block_before(const std::string& compose_service) const;
    /// Variables of a service that get another value, come or go.
    [[nodiscard]] std::vector<std::string> changed_keys(const std::string& compose_service) const;
    /// Entries of Env that get another value, come or go.
    [[nodiscard]] std::vector<std::string> changed_entries() const;
    /// The value of a variable, empty where it is not set.
    [[nodiscard]] std::string value(const std::string& compose_service, const std::string& key)
        const;
};

/// Invalid: it can't be told, with the reason: a file that can't be read safely.
Result<Consequence>
consequence_of(const StackWrite& write, const Live& live, const AuthProfile& profile);

/// The file that a write deploys: its own, the branch's as it was read again, or the one that
/// stands there.
const std::string& deployed_file(const StackWrite& write, const Live& live);

/// Entries that get another value, come or go.
std::vector<std::string> differing_entries(const StackEnv& before, const StackEnv& after);

}  // namespace wavegate::guard
