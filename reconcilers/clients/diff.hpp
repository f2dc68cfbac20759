#pragma once

#include "operator/model/desired.hpp"
#include "operator/model/edit.hpp"
#include "operator/model/observed.hpp"

namespace wavegate::clients {

/// Clients that are missing, or of ours and not as they should be: their switches, addresses,
/// authenticator, token lifespan and audience mappers. Other fields stay as Keycloak or a person
/// has them. A client without our mark is an obstacle (`Foreign`), never an edit; where drift is
/// only reported, so is one of ours that differs. Pure.
Diff diff(const DesiredState& desired, const Observed& observed);

}  // namespace wavegate::clients
