#pragma once

#include "operator/base/result.hpp"
#include "operator/model/desired.hpp"
#include "operator/model/edit.hpp"
#include "operator/model/ledger.hpp"
#include "operator/model/observed.hpp"

namespace wavegate::clients {

/// Clients that are missing, or of ours and not as they should be: their switches, addresses,
/// authenticator, token lifespan and audience mappers. Other fields stay as Keycloak or a person
/// has them. A client without our mark is an obstacle (`Foreign`), never an edit, unless its
/// document says `adopt` and the ledger that a person accepted this very one; where drift is only
/// reported, so is one of ours that differs. Pure.
Diff diff(const DesiredState& desired, const Observed& observed, const Ledger& ledger);

/// May a person accept that the client of this id becomes ours, and if so, which one (Keycloak's
/// uuid)? NotFound: no document declares it, or there is none. Invalid: its document does not say
/// `adopt`, or it is nobody's to take. Unavailable: it was not seen. Pure.
Result<std::string>
may_adopt(const DesiredState& desired, const Observed& observed, const std::string& client_id);

}  // namespace wavegate::clients
