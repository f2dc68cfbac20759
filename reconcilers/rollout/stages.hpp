#pragma once

#include "operator/model/rollout.hpp"

namespace wavegate::rollout {

/// The multiplexer's life as a table: may it go from this stage to that one? A person's retry
/// begins it anew, past the table.
bool may_become(MultiplexerStage from, MultiplexerStage to);

}  // namespace wavegate::rollout
