#pragma once

#include "operator/model/admission.hpp"
#include "operator/model/desired.hpp"
#include "operator/model/edit.hpp"
#include "operator/model/observed.hpp"

#include <string>

namespace wavegate::policies {

/// Policies to create, and our own stale ones to delete. Policies have no update: both edits of
/// a replacement are here, and the planner releases the delete after the new one was verified.
/// Documents that left are deleted only with `prune`. `tools` are those that each service was ever
/// seen to list: rules compile to them, and a shorter list narrows nothing. Pure.
Diff diff(const DesiredState& desired, const Observed& observed, const Tools& tools);

/// The document whose policy this is, by its name; empty when it is none of this fleet's.
std::string document_of(const DesiredState& desired, const Policy& policy);

}  // namespace wavegate::policies
