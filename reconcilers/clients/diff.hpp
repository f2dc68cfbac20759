#pragma once

#include "operator/model/desired.hpp"
#include "operator/model/edit.hpp"
#include "operator/model/observed.hpp"

namespace wavegate::clients {

/// Clients that are missing, or whose managed settings or audience mappers differ. Only declared
/// fields are compared: what Keycloak or a person added beside them stays. Pure.
Diff diff(const DesiredState& desired, const Observed& observed);

/// The attribute that marks a client as ours; its value is the fleet's name.
inline constexpr const char* kOwnerAttribute = "wavegate.owner";

}  // namespace wavegate::clients
