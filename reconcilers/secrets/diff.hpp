#pragma once

#include "operator/model/desired.hpp"
#include "operator/model/edit.hpp"
#include "operator/model/observed.hpp"

namespace wavegate::secrets {

/// Vault entries that lack one of the client's four keys, or hold another value than the one in
/// force, of clients that bear our mark: no other's secret is copied. Other keys of an entry stay.
/// An entry that is not marked as ours is written only when it is empty. Pure; values are compared
/// in constant time and never shown.
Diff diff(const DesiredState& desired, const Observed& observed);

}  // namespace wavegate::secrets
