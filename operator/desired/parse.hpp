#pragma once

#include "operator/desired/crd.hpp"
#include "operator/model/desired.hpp"
#include "operator/model/revision.hpp"

#include <optional>
#include <vector>

namespace wavegate::desired {

struct Parsed {
    std::optional<DesiredState> state;  ///< only when no finding is an error
    std::vector<Diagnostic> found;      ///< by file, line and column
};

/// Turns the files of a revision into a desired state, or says everything that is wrong with it.
/// Pure; never throws, and ends soon whatever the files hold.
Parsed parse(const Revision& revision, const Schemas& schemas = Schemas::embedded());

}  // namespace wavegate::desired
