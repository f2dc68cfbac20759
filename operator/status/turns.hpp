#pragma once

#include "operator/status/view.hpp"

namespace wavegate::status {

/// When each condition and each wait last became another: both are derived anew at each pass and
/// have no memory of their own. `before`: the turns of the view before, null when there was none.
/// What an operator that has just begun finds is taken to be as old as its phase; what turned
/// later did so now, or when the record says, where that tells more.
Turns turns_of(const View& view, const Turns* before);

/// Gives each wait of the view the time of its turn.
void date_waits(View& view);

}  // namespace wavegate::status
