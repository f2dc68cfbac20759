#pragma once

#include "operator/model/edit.hpp"
#include "operator/model/ledger.hpp"

namespace wavegate {

/// The ledger's entry for an edit that is about to be judged. Pure.
Intent intent_of(const Edit& edit, Time now);

}  // namespace wavegate
