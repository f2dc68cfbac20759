#pragma once

#include "reconcilers/rollout/scene.hpp"

#include <optional>

namespace wavegate::rollout {

/// After a refusal, and the first pause of a write that does not stick.
inline constexpr Duration kRefusedPause = std::chrono::seconds(10);
/// After refusals and repeats that stay until somebody changes something there.
inline constexpr Duration kLongestPause = std::chrono::hours(1);

/// Why an edit is not to be written at this moment, and for how much longer.
struct Pause {
    Duration left{};
    Reason reason = Reason::WriteFailed;
    std::string message;  ///< what came of the last tries
    Time since{};
};

/// Does a write on this target wait for its answer, or may one still land there whose answer was
/// lost? Nothing is written there meanwhile (design §4: one write at a time on a stack, and never
/// the same one blindly again).
const Intent* unsettled_on(const Scene& scene, const std::string& target);

/// What keeps this edit from being released now, whatever it is for: its last try was refused (a
/// moment, and twice as long each time that this very edit meets a refusal that stays), it was
/// written again and again and does not stick, or another write of its target is under way. Nothing
/// when nothing does.
std::optional<Pause> pause_of(const Scene& scene, const Edit& edit);

/// The pause of a write that does not stick alone.
std::optional<Pause> pause_in_vain(const Scene& scene, const Edit& edit);

/// Was the last try of this target refused, failed or lost only a moment ago? (For a way back,
/// which pauses no longer than that.)
bool is_cooling(const Scene& scene, const std::string& target);

}  // namespace wavegate::rollout
