#pragma once

#include "operator/formats/deployment.hpp"
#include "operator/model/auth_block.hpp"
#include "operator/model/edit.hpp"

#include <string>
#include <vector>

namespace wavegate::guard {

/// What stands there before and after a write to a stack, computed from the fresh re-read and the
/// very payload, for all services that the file has. The edit's purpose and its digests say
/// nothing here.
struct Consequence {
    formats::Deployed before;  ///< the file and Env as they stand there
    formats::Deployed after;
    StackEnv env_before;
    StackEnv env_after;

    /// The block that a service of the file gets; empty for one that the file does not have.
    [[nodiscard]] AuthBlock block_of(const std::string& compose_service) const;
    /// Variables of a service that get another value, come or go.
    [[nodiscard]] std::vector<std::string> changed_keys(const std::string& compose_service) const;
    /// Entries of Env that get another value, come or go.
    [[nodiscard]] std::vector<std::string> changed_entries() const;
    /// The value of a variable, empty where it is not set.
    [[nodiscard]] std::string value(const std::string& compose_service, const std::string& key)
        const;
};

/// Invalid: it can't be told, with the reason (a file that can't be read safely, or files over it
/// that are not read).
Result<Consequence> consequence_of(const StackEdit& edit, const Live& live);

}  // namespace wavegate::guard
