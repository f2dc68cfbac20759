#pragma once

#include "operator/model/desired.hpp"
#include "operator/model/ledger.hpp"

#include <optional>
#include <string>

namespace wavegate {

/// While it stands, nothing begins: no flip towards jwt, no wiring of a fleet that is open, no env
/// sync. What has begun is finished, ways back and steps towards `none` go on (invariant 12).
struct Freeze {
    std::string who;            ///< a person's name; empty: the desired state says it
    std::string why;            ///< as they gave it
    std::optional<Wall> until;  ///< nothing: until a person ends it
};

/// The one in force at `now`: of the desired state's and a person's the one that ends later.
std::optional<Freeze> freeze_at(const DesiredState& desired, const Ledger& ledger, Wall now);

/// A sentence for people: who, until when, and why.
std::string to_text(const Freeze& freeze);

}  // namespace wavegate
