#pragma once

#include "reconcilers/rollout/move.hpp"
#include "reconcilers/rollout/waves.hpp"

#include <optional>
#include <string>

namespace wavegate::rollout {

/// A pending member that may be flipped, and what is known of it.
struct Candidate {
    const Scene& scene;
    const Wave& wave;
    const Member& member;
    const Edit* edit = nullptr;  ///< of its flip; null: there is none
    bool waves_before_are_done = true;
};

/// What the first condition of the table that does not hold says; nothing when the flip may go. The
/// checks that would tell more are in the move. Ordered: what the member waits for is the first no.
struct Unmet {
    Hold hold;
    Move move;
};
std::optional<Unmet> unmet_need(const Candidate& candidate);
/// One that does not hold.
std::optional<Unmet> unmet(Reason reason, std::string message = "");

/// The same on the way out, which waits for no gate, baseline, canary, soak or pause (invariant
/// 12).
std::optional<Unmet> unmet_need_of_way_out(const Candidate& candidate);

}  // namespace wavegate::rollout
