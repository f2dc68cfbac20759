#pragma once

#include "operator/desired/crd.hpp"

#include <string>

namespace wavegate::render {

/// `generate schema`: one JSON Schema (draft 7, which editors read) for every kind, from the CRDs.
/// Deterministic: kinds by name, keywords in a fixed order; ends with a newline. Unknown fields
/// are errors, and `status` is no field, as in `validate`.
std::string json_schema(const desired::Schemas& schemas);

}  // namespace wavegate::render
