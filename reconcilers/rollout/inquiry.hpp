#pragma once

#include "reconcilers/rollout/watched.hpp"

#include <string>

namespace wavegate::rollout {

/// Whose fault is it that one that was proven does not answer as it should? Those are asked who
/// would fail, too, if it were not its own.
class Inquiry {
  public:
    /// What was answered before `since` says nothing. The checks go into `move`, which outlives it.
    Inquiry(
        const Scene& scene,
        const WatchedServices& services,
        std::size_t place,
        Time since,
        Move& move);

    /// False: it was asked since then, and the answer is bad.
    bool holds(CheckKind kind, const std::string& subject);
    /// Do both gates hold, and does the multiplexer show its children? Whom they fail, no service
    /// is to blame.
    bool control_points_hold();
    /// Do the others that are Ready fail alike? Two of three, or all where there are fewer. Whose
    /// answer is neither good nor bad (over a rate limit, say) is not among them; where that leaves
    /// nobody, it is asking for a minute.
    bool others_fail();
    /// Has somebody not answered yet?
    [[nodiscard]] bool is_asking() const { return asking_; }

  private:
    const Evidence* answer(CheckKind kind, const std::string& subject);

    const Scene& scene_;
    const WatchedServices& services_;
    std::size_t place_;
    const Member& member_;
    CheckKind kind_;  ///< of the bad answer
    Time since_;
    Move& move_;
    bool asking_ = false;
};

}  // namespace wavegate::rollout
